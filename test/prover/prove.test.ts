import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { toFr } from '../../src/field/fr.js';
import { toUint256 } from '../../src/field/limbs.js';
import { prove, KeyMismatchError } from '../../src/prover/prove.js';
import { type ProverProgram, ProverError, SNARKJS } from '../../src/prover/program.js';
import { type Trace } from '../../src/trace/trace.js';
import { witness, WitnessError } from '../../src/witness/calculate.js';
import { CapacityError } from '../../src/witness/layout.js';
import { poseidon, read, run, write } from '../circuits/world.js';
import { circuit, keys } from './prover.js';

let folder: string;
let trace: Trace;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
  ({ trace } = await run([[1n, 7n]], [read(1n), write(2n, 5n)], 2));
});
afterAll(() => rm(folder, { recursive: true }));

/** A prover that does what a shell script says; $3 and $4 are where it writes. */
async function script(name: string, ...lines: string[]): Promise<ProverProgram> {
  const file = path.join(folder, name);
  await writeFile(file, ['#!/bin/sh', ...lines].join('\n'));
  await chmod(file, 0o755);
  return { name, command: [file] };
}
const proveWith = (program: ProverProgram) => prove({ poseidon, trace, circuit, keys, program });

describe('witness', () => {
  it('of an honest trace is there; of another it is refused, with template and line', async () => {
    // The heads of the file and of its two sections, the first section, 32 bytes a wire.
    expect((await witness(poseidon, trace, circuit)).length).toBe(12 + 2 * 12 + 40 + 32 * circuit.wires);
    const log = trace.log.map((row, i) => (i === 0 ? { ...row, value: toUint256(8n) } : row));
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    const runs = [{ ...trace, log }, trace, { ...trace, log }].map((one) => witness(poseidon, one, circuit));
    const [refused, , again] = await Promise.all(runs.map((run) => run.catch((error: unknown) => error)));
    expect(printed).not.toHaveBeenCalled();
    console.error('after', 'all');
    expect(printed.mock.calls).toEqual([['after', 'all']]);
    printed.mockRestore();
    expect(again).toEqual(refused);
    expect(refused).toBeInstanceOf(WitnessError);
    expect(refused).toMatchObject({
      template: 'Transition',
      line: expect.any(Number),
      message: expect.stringMatching(/^the trace breaks a constraint of the circuit: template Transition, line \d+$/),
    });
  });
});

describe('prove', () => {
  it('gives a proof of the trace, and the time of each phase', async () => {
    const phases: string[] = [];
    const { proof, timings } = await prove({ poseidon, trace, circuit, keys, onProgress: (phase) => phases.push(phase) });
    expect(proof).toMatchObject({
      circuit: { name: 's14', digest: circuit.digest },
      setup: 'development',
      verificationKey: keys.verificationKeyHash,
      publicSignals: trace.publics,
      log: [{ op: 'read', value: 7n }, { op: 'write', value: 5n }],
    });
    expect(Object.keys(proof.log[0]!)).toEqual(['op', 'address', 'kind', 'slot', 'value']);
    for (const time of Object.values(timings)) expect(time).toBeGreaterThan(0);
    expect(phases).toEqual(['witness', 'proof (snarkjs)', 'verification']);

    // Any program that writes this proof will do; and one that writes another is refused.
    const json = JSON.stringify(proof.proof);
    const signals = JSON.stringify(Object.values(trace.publics).map(String));
    const writing = (name: string, proof: string, publics: string) =>
      script(name, `cat > "$3" <<'END'\n${proof}\nEND`, `cat > "$4" <<'END'\n${publics}\nEND`);
    expect((await proveWith(await writing('mirror', json, signals))).proof.proof).toEqual(proof.proof);
    const { pi_a, pi_c } = proof.proof;
    const forged = JSON.stringify({ ...proof.proof, pi_a: pi_c, pi_c: pi_a });
    await expect(proveWith(await writing('forger', forged, signals))).rejects.toThrow('the prover forger gave a proof that does not verify');
    const otherRoot = signals.replace(String(trace.publics.newRoot), '5');
    await expect(proveWith(await writing('stranger', json, otherRoot))).rejects.toThrow(
      /^the prover stranger proved another statement: expected newRoot = 0x[0-9a-f]{64}, got 5$/,
    );
    await expect(proveWith(await writing('short', json, '["1"]'))).rejects.toThrow(ProverError);
    await expect(proveWith(await writing('garbled', '{"pi_a": 1}', signals))).rejects.toThrow(
      'the prover garbled wrote no proof.json that can be used: the file: expected a field "pi_b", got none',
    );
  });

  it('leaves no witness behind, nor shows it to other users', async () => {
    const seen = path.join(folder, 'seen');
    await expect(proveWith(await script('looking', `dirname "$2" > ${seen}`, `stat -c %a "$(dirname "$2")" >> ${seen}`, 'exit 1'))).rejects.toThrow(ProverError);
    const [witnessFolder, mode] = (await readFile(seen, 'utf8')).split('\n') as [string, string];
    expect(mode).toBe('700');
    expect(existsSync(witnessFolder)).toBe(false);
  });

  it('tells how a prover ended that did not prove', async () => {
    await expect(proveWith(await script('silent'))).rejects.toThrow('the prover silent wrote no proof.json that can be used: ENOENT');
    await expect(proveWith(await script('failing', 'echo no such zkey >&2', 'exit 3'))).rejects.toThrow(
      'the prover failing ended with exit code 3; it said: no such zkey',
    );
    await expect(proveWith(await script('killed', 'kill -9 $$'))).rejects.toThrow(
      /^the prover killed died, by SIGKILL, most likely for lack of memory \(this machine has [\d.]+ GiB of memory, of which [\d.]+ GiB are free now\)/,
    );
    await expect(proveWith(await script('stopped', 'kill -15 $$'))).rejects.toThrow(/^the prover stopped died, by SIGTERM$/);
    await expect(proveWith({ name: 'absent', command: ['/no/such/prover'] })).rejects.toThrow('the prover absent could not be started');
    const damaged = { ...keys, zkey: path.join(folder, 'none.zkey') };
    await expect(prove({ poseidon, trace, circuit, keys: damaged })).rejects.toThrow(/^the prover snarkjs ended with exit code 1; it said: .*none\.zkey/s);
    const [node, ...args] = SNARKJS.command;
    await expect(proveWith({ name: 'starved', command: [node, '--max-old-space-size=4', ...args] })).rejects.toThrow(
      'the prover starved died, by SIGABRT, most likely for lack of memory',
    );
  });

  it('refuses keys of another circuit, a trace too large, and a trace that does not hold', async () => {
    const others = { ...keys, circuit: { ...keys.circuit, digest: '0'.repeat(64) } };
    await expect(prove({ poseidon, trace, circuit, keys: others })).rejects.toThrow(KeyMismatchError);
    const { trace: large } = await run([[1n, 7n]], Array.from({ length: 7 }, () => read(1n)), 2);
    await expect(prove({ poseidon, trace: large, circuit, keys })).rejects.toThrow(CapacityError);
    const wrong = { ...trace, publics: { ...trace.publics, newRoot: toFr(5n) } };
    await expect(prove({ poseidon, trace: wrong, circuit, keys })).rejects.toThrow(WitnessError);
  });
});
