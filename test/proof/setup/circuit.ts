import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { createRequire } from 'node:module';

/**
 * `steps` constraints and a few more, of every shape that a key treats differently: a public input and output, a
 * wire that no constraint names, wires absent from B or from A, one wire twice in one constraint,
 * constants, and coefficients as large as they get.
 */
const source = (steps: number): string => `pragma circom 2.1.0;
template Mixed(n) {
  signal input publicIn;
  signal input secret;
  signal input unused;
  signal output result;
  signal chain[n + 1];
  chain[0] <== secret * (secret + 7);
  for (var i = 0; i < n; i++) {
    chain[i + 1] <== (chain[i] - 5 * publicIn + i) * (chain[i] + 3 * chain[i] - 1) + 11 * secret;
  }
  signal once;
  once <== (chain[n] - 2) * publicIn;
  result <== once * once + chain[1];
}
component main {public [publicIn]} = Mixed(${steps});
`;

export interface TestCircuit {
  readonly folder: string;
  readonly r1cs: string;
  readonly wasm: string;
  remove(): Promise<void>;
}

/** Compiles the circuit in a new directory under the project's root, as the compiler sees no other place. */
export async function compileTestCircuit(steps: number): Promise<TestCircuit> {
  await mkdir('.rootshift', { recursive: true });
  const folder = await mkdtemp(join('.rootshift', 'test-setup-'));
  await writeFile(join(folder, 'mixed.circom'), source(steps));
  const circom = createRequire(import.meta.url).resolve('circom2/cli.js');
  const args = [circom, relative('.', join(folder, 'mixed.circom')), '--r1cs', '--wasm', '-o', folder];
  await promisify(execFile)(process.execPath, args);
  return {
    folder,
    r1cs: join(folder, 'mixed.r1cs'),
    wasm: join(folder, 'mixed_js', 'mixed.wasm'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
