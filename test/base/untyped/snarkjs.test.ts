import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as snarkjs from 'snarkjs';
import { groth16, zKey } from 'snarkjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  exportSolidityVerifier,
  exportVerificationKey,
  groth16Verify,
  isG2Point,
} from '../../../src/base/untyped/snarkjs.js';
import { SNARKJS } from '../../../src/proof/prover/program.js';
import { prove } from '../../../src/proof/prover/prove.js';
import { PUBLIC_SIGNALS } from '../../../src/machine/trace/trace.js';
import type { Trace } from '../../../src/machine/trace/trace.js';
import { read, run, write } from '../../machine/circuits/world.js';
import { circuit, keys, provenTrace } from '../../proof/prover/prover.js';

// The published types lack it.
const { curves } = snarkjs as unknown as {
  curves: { getCurveFromName(name: 'bn128'): Promise<{ terminate(): Promise<void> }> };
};

let folder: string;
let trace: Trace;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
  ({ trace } = await run([[1n, 7n]], [read(1n), write(2n, 5n)], 2));
});
afterAll(() => rm(folder, { recursive: true }));
const signals = () => PUBLIC_SIGNALS.map((name) => trace.publics[name]);

describe('what takes no long time', () => {
  it('starts no thread that could be gone, and says what snarkjs says with its threads', async () => {
    const { proof } = await provenTrace(trace);
    let threads = 0;
    const count = (): void => void threads++;
    process.on('worker', count);
    const key = await exportVerificationKey(keys.zkey);
    const answers = await Promise.all([
      groth16Verify(key, signals(), proof),
      groth16Verify(key, [5n, ...signals().slice(1)], proof),
      isG2Point(proof.pi_b),
    ]);
    const contract = await exportSolidityVerifier(keys.zkey);
    process.off('worker', count);
    expect(threads).toBe(0);
    expect(answers).toEqual([true, false, true]);
    expect(contract).toContain('contract Groth16Verifier');
    expect(key).toEqual(keys.verificationKey);
    expect(await zKey.exportVerificationKey(keys.zkey)).toEqual(key);
    expect(await groth16.verify(key as never, signals().map(String), proof as never)).toBe(true);
    await (await curves.getCurveFromName('bn128')).terminate();
  });

  it("leaves others' curve as it is", async () => {
    const theirs = await curves.getCurveFromName('bn128');
    await exportVerificationKey(keys.zkey);
    expect(await curves.getCurveFromName('bn128')).toBe(theirs);
    await theirs.terminate();
    await exportVerificationKey(keys.zkey);
    expect((globalThis as { curve_bn128?: unknown }).curve_bn128 ?? null).toBeNull();
  });
});

describe('a proof with snarkjs of which a thread', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['ends before it works', 'process.exit(7)', /exit code 7/],
    [
      'ends at its work',
      "require('node:worker_threads').parentPort.once('message', () => setTimeout(() => process.exit(7), 100))",
      /exit code 7/,
    ],
    [
      'fails at its work',
      "require('node:worker_threads').parentPort.once('message', () => setTimeout(() => { throw new Error('no " +
        "such luck'); }, 100))",
      /no such luck/,
    ],
  ])('%s fails, with its reason', async (_, fault, says) => {
    const file = path.join(folder, 'fault.cjs');
    await writeFile(
      file,
      `if (!require('node:worker_threads').isMainThread && process.pid !== ${process.pid}) { ${fault} }`,
    );
    vi.stubEnv('NODE_OPTIONS', `--require=${file}`);
    const proving = prove({ trace, circuit, keys, program: SNARKJS });
    await expect(proving).rejects.toThrow(
      /^the prover snarkjs ended with exit code 1; its last output: a thread of snarkjs ended before its work was done: /,
    );
    await expect(proving).rejects.toThrow(says);
  });
});

it('a proof with snarkjs tells how far it is, never less than before, up to its end', async () => {
  const told: [string, number, number][] = [];
  await prove({ trace, circuit, keys, program: SNARKJS, onProgress: (...progress) => void told.push(progress) });
  expect(new Set(told.map(([phase]) => phase))).toEqual(new Set(['proof with snarkjs']));
  const shares = told.map(([, done, total]) => done / total);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
  expect(new Set(shares).size).toBeGreaterThan(6);
  expect(
    (await readdir(tmpdir())).filter(
      (name) => name.startsWith('rootshift-proof-') && name.includes(`-${process.pid}-`),
    ),
  ).toEqual([]);
});
