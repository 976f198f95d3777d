/**
 * Each prover that is at hand, on good input and on damaged: rootshift, snarkjs, and the real rapidsnark where
 * ROOTSHIFT_TEST_RAPIDSNARK names it.
 */
import { cp, mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProvers, NoProverError } from '../../../src/proof/prover/find.js';
import { ProverError, ROOTSHIFT, runProver, SNARKJS } from '../../../src/proof/prover/program.js';
import type { ProverProgram } from '../../../src/proof/prover/program.js';
import { PUBLIC_SIGNALS } from '../../../src/machine/trace/trace.js';
import type { Trace } from '../../../src/machine/trace/trace.js';
import { groth16Verify } from '../../../src/base/untyped/snarkjs.js';
import { WitnessCalculator } from '../../../src/machine/witness/calculate.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import { read, run, write } from '../../machine/circuits/world.js';
import { circuit, keys } from './prover.js';
import { standInFile } from './stand-in.js';

const RAPIDSNARK = process.env['ROOTSHIFT_TEST_RAPIDSNARK'];
const PROGRAMS: readonly ProverProgram[] = [
  ROOTSHIFT,
  SNARKJS,
  ...(RAPIDSNARK === undefined ? [] : [{ name: 'rapidsnark', command: [RAPIDSNARK] as const }]),
];

let folder: string;
let wtns: string;
let trace: Trace;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
  wtns = path.join(folder, 'witness.wtns');
  ({ trace } = await run([[1n, 7n]], [read(1n), write(2n, 5n)], 2));
  const calculator = new WitnessCalculator();
  await calculator.write(circuitInputs(trace, circuit.size), circuit.wasm, wtns);
  await calculator.close();
});
afterAll(() => rm(folder, { recursive: true }));

const cutShort = async (file: string, by: number): Promise<string> => {
  const copy = path.join(folder, `short-${path.basename(file)}`);
  await cp(file, copy);
  await truncate(copy, (await stat(file)).size - by);
  return copy;
};

describe.each(PROGRAMS)('$name', (program) => {
  const proofOf = (files: { readonly zkey: string; readonly wtns: string }) =>
    runProver(program, { ...files, folder, timeoutMs: 3_600_000, signal: new AbortController().signal });

  it('proves a witness', async () => {
    const { proof, signals } = await proofOf({ zkey: keys.zkey, wtns });
    expect(signals).toEqual(PUBLIC_SIGNALS.map((name) => trace.publics[name]));
    expect(await groth16Verify(keys.verificationKey, signals, proof)).toBe(true);
  });

  it.each(['witness', 'key'] as const)('gives no proof that holds of a %s that was cut short', async (what) => {
    const files =
      what === 'witness'
        ? { zkey: keys.zkey, wtns: await cutShort(wtns, 1000) }
        : { zkey: await cutShort(keys.zkey, 100_000), wtns };
    const outcome = await proofOf(files).then(
      async ({ proof, signals }) =>
        (await groth16Verify(keys.verificationKey, signals, proof)) ? 'proven' : 'a proof that is not valid',
      (error: unknown) => (error instanceof ProverError ? 'refused' : error),
    );
    expect(['refused', 'a proof that is not valid']).toContain(outcome);
  });
});

describe('programs that prove', () => {
  it('are rootshift or snarkjs alone, or the one that is named, in the path or by its own', async () => {
    const file = await standInFile(folder, 'replay');
    expect(await findProvers('snarkjs', folder)).toEqual([SNARKJS]);
    expect(await findProvers('rootshift', folder)).toEqual([ROOTSHIFT]);
    expect(await findProvers('replay', `/no/such/folder${path.delimiter}${folder}`)).toEqual([
      { name: 'replay', command: [file] },
    ]);
    expect(await findProvers(file, '')).toEqual([{ name: file, command: [file] }]);
    await expect(findProvers('replay', '/no/such/folder')).rejects.toThrow(NoProverError);
    await expect(findProvers(`${file}x`, folder)).rejects.toThrow(NoProverError);
    await expect(findProvers(wtns, folder)).rejects.toThrow(/found no program that can be run$/);
  });

  it('are, of themselves, rapidsnark where it is in the path, rootshift, and snarkjs last', async () => {
    expect(await findProvers('auto', folder)).toEqual([ROOTSHIFT, SNARKJS]);
    const bin = await mkdtemp(path.join(folder, 'bin-'));
    await cp(await standInFile(folder, 'replay'), path.join(bin, 'rapidsnark'));
    expect(await findProvers('auto', bin)).toEqual([
      { name: 'rapidsnark', command: [path.join(bin, 'rapidsnark')] },
      ROOTSHIFT,
      SNARKJS,
    ]);
    expect(await findProvers('rapidsnark', bin)).toEqual([
      { name: 'rapidsnark', command: [path.join(bin, 'rapidsnark')] },
    ]);
  });
});
