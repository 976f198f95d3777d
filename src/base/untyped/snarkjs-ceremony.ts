/** The door to what snarkjs does in a ceremony's second phase; see snarkjs.ts. */
import { spawn } from 'node:child_process';
import path from 'node:path';
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
 * @throws how snarkjs ended, if it came to neither
 */
export function verifyContributions(initial: string, ptau: string, zkey: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    // snarkjs takes a name that begins with a dash for an option.
    const args = [SNARKJS_PROGRAM, 'zkvi', ...[initial, ptau, zkey].map((file) => path.resolve(file))];
    // LOG is how much it prints.
    const env = { ...process.env, LOG: 'INFO' };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.on('data', (chunk) => (printed += String(chunk)));
    child.stderr.on('data', (chunk) => (printed += String(chunk)));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const lines = stripVTControlCharacters(printed).split('\n').map((line) => line.replace(/^\[\w+\] +snarkJS: /, '').trim());
      const refusal = lines.find((line) => REFUSAL.test(line));
      // Node ends with 0, too, when nothing is left that a promise could wait for.
      if (code === 0 && lines.includes('ZKey Ok!')) resolve(null);
      else if (code === 1 && refusal !== undefined) resolve(refusal);
      else reject(new Error(describeEnd(code, signal, lines)));
    });
  });
}

/** Source: `phase2verifyFromInit` of zkey_verify_frominit.js in snarkjs 0.7.6. */
const REFUSAL = /^(INVALID(\(\d+\))?: .*|(Coeffs|A|B1|B2) section is not identical|[LH] section does not match)$/;

function describeEnd(code: number | null, signal: string | null, lines: readonly string[]): string {
  // The kernel kills with SIGKILL; node gives up with SIGABRT.
  const starved = signal === 'SIGKILL' || signal === 'SIGABRT' ? ', most likely for lack of memory' : '';
  const lastWords = lines.find((line) => /^(FATAL ERROR|\w*Error)\b/.test(line)) ?? lines.findLast((line) => line !== '');
  return `snarkjs ended with ${signal ?? `exit code ${code}`}${starved}${lastWords === undefined ? '' : `; it said: ${lastWords}`}`;
}
