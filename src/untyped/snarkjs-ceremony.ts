/** The door to what snarkjs does in a ceremony's second phase; see snarkjs.ts. */
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { zKey } from 'snarkjs';
import { closingCurve, SNARKJS_PROGRAM } from './snarkjs.js';

/**
 * Makes `to` from `from` with one contribution more, its secret drawn from `entropy` (not empty) and the system's
 * randomness.
 * @returns the contribution's hash, hexadecimal
 */
export const contribute = (from: string, to: string, name: string, entropy: string, onProgress: OnPoints): Promise<string> =>
  closingCurve(async () => toHex(await zKey.contribute(from, to, name, entropy, progressLogger(onProgress))));

/**
 * The same with a secret that anyone can find from `value`, hexadecimal, by hashing it 2^iterationsExponent times.
 * @throws what snarkjs says against value or iterations
 */
export const contributeBeacon = (
  from: string,
  to: string,
  name: string,
  { value, iterationsExponent }: { readonly value: string; readonly iterationsExponent: number },
  onProgress: OnPoints,
): Promise<string> =>
  closingCurve(async () => {
    const complaints: string[] = [];
    const logger = { ...progressLogger(onProgress), error: (text: string) => complaints.push(text) };
    const hash = (await zKey.beacon(from, to, name, value, iterationsExponent, logger)) as Uint8Array | false;
    return hash === false ? Promise.reject(new Error(complaints.join('; '))) : toHex(hash);
  });

/** Called as points of one kind are worked through. */
export type OnPoints = (kind: string, done: number, total: number) => void;

/** snarkjs tells how far it is in lines such as `Applying key: L Section: 65536/262144`. */
function progressLogger(onProgress: OnPoints) {
  const ignore = (): void => undefined;
  const debug = (line: string): void => {
    const [, kind, done, total] = /^Applying key: (.+): (\d+)\/(\d+)$/.exec(line) ?? [];
    if (kind !== undefined) onProgress(kind, Number(done), Number(total));
  };
  return { debug, info: ignore, warn: ignore, error: ignore };
}

const toHex = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString('hex');

/**
 * Checks that `zkey` is `initial` after the contributions that it lists, each a right one. In a process of its own:
 * snarkjs leaves files open when it refuses a key.
 * @returns null if it is, else what snarkjs says against it
 */
export function verifyContributions(initial: string, ptau: string, zkey: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const args = [SNARKJS_PROGRAM, 'zkvi', initial, ptau, zkey];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.on('data', (chunk) => (printed += String(chunk)));
    child.stderr.on('data', (chunk) => (printed += String(chunk)));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(null);
      else if (signal === null) resolve(complaintIn(printed));
      else reject(new Error(`snarkjs was ended by ${signal} as it verified ${zkey}`));
    });
  });
}

/** What snarkjs prints against a key, among other things. */
function complaintIn(printed: string): string {
  const lines = stripVTControlCharacters(printed).split('\n').map((line) => line.replace('[ERROR] snarkJS: ', '').trim());
  return lines.find((line) => /INVALID|not identical|not match/.test(line)) ?? lines.findLast((line) => line !== '') ?? 'it gave no reason';
}
