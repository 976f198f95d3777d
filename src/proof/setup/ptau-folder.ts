import { access } from 'node:fs/promises';
import path from 'node:path';
import { SetupError } from './error.js';
import { listedPtauNames, ptauMegabytes } from './ptau-list.js';

/** The directory in which powers-of-tau files are looked for. */
export const PTAU_FOLDER = 'ptau';

/**
 * The first published file, from the smallest that serves 2^`power` constraints on, that lies in the directory `ptau`
 * below `directory`.
 * @param power 8 to 28
 * @throws {SetupError} there is none; the message says which file to download and how large it is
 * @example
 * await findPtau('.', 18); // 'ptau/powersOfTau28_hez_final_18.ptau'
 */
export async function findPtau(directory: string, power: number): Promise<string> {
  const names = listedPtauNames(power);
  for (const name of names) {
    const file = path.join(directory, PTAU_FOLDER, name);
    if (await isThere(file)) return file;
  }
  const folder = path.join(directory, PTAU_FOLDER);
  throw new SetupError(
    `expected a published powers-of-tau file for 2^${power} constraints or more in ${folder}, found none: ` +
      `download ${names[0]} (${ptauMegabytes(power)} MB) into it, or name a file with --ptau`,
  );
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
