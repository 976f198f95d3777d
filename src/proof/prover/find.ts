import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import { ROOTSHIFT, SNARKJS } from './program.js';
import type { ProverProgram } from './program.js';

/** The requested program does not exist, by name or path. */
export class NoProverError extends Error {
  override readonly name = 'NoProverError';
}

/** What rapidsnark's program is called where it is installed. */
const RAPIDSNARK = 'rapidsnark';

/**
 * The programs to prove with, best first.
 *
 * @param choice `rootshift` or `snarkjs`; `auto` for rapidsnark, where it is found, else Rootshift's own, and the next
 *   of these with snarkjs last, for where one fails; else a program with rapidsnark's command line, by its path or its
 *   name in `searchPath`
 * @param searchPath directories of programs, as in the variable PATH
 * @throws {NoProverError} no such program
 *
 * @example
 * await using local = new LocalQueue({ programs: await findProvers('auto', process.env['PATH'] ?? '') });
 */
export async function findProvers(
  choice: string,
  searchPath: string,
): Promise<readonly [ProverProgram, ...ProverProgram[]]> {
  const own = [ROOTSHIFT, SNARKJS].find(({ name }) => name === choice);
  if (own !== undefined) return [own];
  if (choice === 'auto') {
    const rapidsnark = await findProgram(RAPIDSNARK, searchPath);
    return rapidsnark === null
      ? [ROOTSHIFT, SNARKJS]
      : [{ name: RAPIDSNARK, command: [rapidsnark] }, ROOTSHIFT, SNARKJS];
  }
  const isPath = /[/\\]/.test(choice);
  const found = isPath ? await programAt(path.resolve(choice)) : await findProgram(choice, searchPath);
  if (found !== null) return [{ name: choice, command: [found] }];
  throw new NoProverError(
    isPath
      ? `expected a prover at ${choice}, found no program that can be run`
      : `expected a program ${choice} in one of the directories of PATH, found none`,
  );
}

async function findProgram(name: string, searchPath: string): Promise<string | null> {
  for (const folder of searchPath.split(path.delimiter).filter((one) => one !== '')) {
    const found = await programAt(path.join(folder, name));
    if (found !== null) return found;
  }
  return null;
}

/** The file of a program; null if there is none, or it cannot be run. */
async function programAt(file: string): Promise<string | null> {
  for (const name of process.platform === 'win32' ? [file, `${file}.exe`] : [file]) {
    try {
      await access(name, constants.X_OK);
      if ((await stat(name)).isFile()) return name;
    } catch {
      // Not there, or not ours to run.
    }
  }
  return null;
}
