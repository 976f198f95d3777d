/** A file cannot be read or written; the message says which, and why. */
export class FileError extends Error {
  override readonly name: string = 'FileError';
  constructor(
    what: 'read' | 'write',
    file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`could not ${what} ${file}: ${reason}`, options);
  }
}

/** A file is larger than what is read of it. */
export class FileTooLargeError extends FileError {
  override readonly name = 'FileTooLargeError';
}

/** Whether what failed was the reading of a file that is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof FileError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
