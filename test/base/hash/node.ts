import { execFile } from 'node:child_process';

/** Runs a program in a process of its own, which has a minute to end by itself. */
export function node(program: string): Promise<{ code: number | string | null; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '--eval', program], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? null), output: stdout + stderr }),
    );
  });
}
