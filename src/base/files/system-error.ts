import { getSystemErrorMap } from 'node:util';

/** The system refused: no room on the disk, no permission. */
export type SystemError = NodeJS.ErrnoException & { readonly syscall: string; readonly code: string };

export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error &&
  'syscall' in error &&
  typeof error.syscall === 'string' &&
  'errno' in error &&
  'code' in error &&
  typeof error.code === 'string';

/** What could not be done, and why. */
export const describeSystemError = (error: SystemError): string =>
  `could not ${error.syscall}${error.path === undefined ? '' : ` ${error.path}`}: ${reasonOf(error)} (${error.code})`;

/** Why the system refused, in its own words where they are clear: `no such file or directory`. */
export function reasonOf(error: unknown): string {
  const { code, errno, message } = error as NodeJS.ErrnoException;
  if (code === 'EISDIR') return 'it is a directory';
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? message;
}
