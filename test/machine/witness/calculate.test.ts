import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WitnessCalculatorBuilder } from 'circom_runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestedAccess } from '../../../src/state/batch/access.js';
import { toUint256 } from '../../../src/base/field/limbs.js';
import type { CompiledCircuit } from '../../../src/machine/circuit/compile.js';
import type { Trace } from '../../../src/machine/trace/trace.js';
import { WitnessCalculator, WitnessError } from '../../../src/machine/witness/calculate.js';
import { circuitInputs } from '../../../src/machine/witness/inputs.js';
import { read, run, write } from '../circuits/world.js';
import { binaryProver, circuit } from '../../proof/prover/prover.js';

let folder: string;
let calculator: WitnessCalculator;
let files = 0;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'))));
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => void (calculator = new WitnessCalculator()));
afterEach(() => calculator.close());

const traceOf = async (accesses: RequestedAccess[], bits: 1 | 2 = 2): Promise<Trace> =>
  (await run([[1n, 7n]], accesses, bits)).trace;
const written = async (trace: Trace, of: CompiledCircuit = circuit): Promise<Buffer> => {
  const file = path.join(folder, String(files++));
  await calculator.write(circuitInputs(trace, of.size), of.wasm, file);
  return readFile(file);
};
/** What circom's own runtime makes of the same inputs. */
const expected = async (trace: Trace, of: CompiledCircuit = circuit): Promise<Buffer> => {
  const program = await WitnessCalculatorBuilder(await readFile(of.wasm));
  return Buffer.from(await program.calculateWTNSBin(circuitInputs(trace, of.size), 0));
};

describe('a witness', () => {
  it("is byte for byte that of circom's runtime, the first and the next, of one circuit and another", async () => {
    const first = await traceOf([read(1n), write(2n, 5n)]);
    const next = await traceOf([write(1n, 9n), read(1n), read(1n)]);
    const binary = { circuit: (await binaryProver()).circuit, trace: await traceOf([read(3n)], 1) };
    expect((await written(first)).equals(await expected(first))).toBe(true);
    expect((await written(next)).equals(await expected(next))).toBe(true);
    expect((await written(binary.trace, binary.circuit)).equals(await expected(binary.trace, binary.circuit))).toBe(
      true,
    );
    expect((await written(first)).equals(await expected(first))).toBe(true);
  });

  it('of a trace that is not valid is refused, with template and line, and the next is made', async () => {
    const trace = await traceOf([read(1n), write(2n, 5n)]);
    const wrong = { ...trace, log: trace.log.map((row, i) => (i === 0 ? { ...row, value: toUint256(8n) } : row)) };
    const answers = await Promise.allSettled([written(wrong), written(trace), written(wrong)]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    const { reason } = answers[0] as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(WitnessError);
    expect(reason).toMatchObject({
      template: 'Transition',
      line: expect.any(Number),
      message: expect.stringMatching(/^the inputs break a constraint of the circuit: template Transition, line \d+$/),
    });
  });

  it.skipIf(!existsSync('/dev/full'))('for which the disk has no room is told in the words of the system', async () => {
    const trace = await traceOf([read(1n)]);
    await expect(calculator.write(circuitInputs(trace, circuit.size), circuit.wasm, '/dev/full')).rejects.toMatchObject(
      { code: 'ENOSPC', syscall: 'write', path: '/dev/full' },
    );
    expect((await written(trace)).length).toBe(12 + 2 * 12 + 40 + 32 * circuit.wires);
  });

  it('of a circuit whose program is damaged, or gone, is refused', async () => {
    await expect(written(await traceOf([read(1n)]), { ...circuit, wasm: circuit.r1cs })).rejects.toThrow(
      new RegExp(
        `^${circuit.r1cs} is damaged: WebAssembly.*; remove the directory ${path.dirname(circuit.r1cs)}, and it will be made again$`,
      ),
    );
    const gone = path.join(path.dirname(circuit.wasm), 'gone.wasm');
    await expect(written(await traceOf([read(1n)]), { ...circuit, wasm: gone })).rejects.toThrow(
      `${gone} is damaged: it is not there; remove the directory ${path.dirname(gone)}, and it will be made again`,
    );
  });

  it("of another circuit's program is refused, with the file and the remedy, and the next is made", async () => {
    const { wasm } = (await binaryProver()).circuit;
    await expect(written(await traceOf([read(1n)]), { ...circuit, wasm })).rejects.toThrow(
      new RegExp(
        `^${wasm} is damaged: it takes \\d+ numbers, expected \\d+, so it is of another circuit; remove the directory ${path.dirname(wasm)}, and it will be made again$`,
      ),
    );
    // The smallest module: it has none of a witness program's functions.
    const empty = path.join(folder, 'empty.wasm');
    await writeFile(empty, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    await expect(written(await traceOf([read(1n)]), { ...circuit, wasm: empty })).rejects.toThrow(
      `${empty} is damaged: program.getFieldNumLen32 is not a function`,
    );
    expect((await written(await traceOf([read(1n)]))).length).toBeGreaterThan(0);
  });

  it('is not made any more when the calculator was closed', async () => {
    const made = written(await traceOf([read(1n)]));
    await calculator.close();
    await expect(made).rejects.toThrow('its thread was stopped');
  });

  it('is made by a new thread after a close, whether the old one is still ending or just done', async () => {
    const trace = await traceOf([read(1n), write(2n, 5n)]);
    for (const ms of [0, 50, 100, 150, 200, 250]) {
      const made = written(trace).then(
        () => 'made',
        (error: Error) => error.message,
      );
      await sleep(ms);
      const closed = calculator.close();
      expect((await written(trace)).equals(await expected(trace))).toBe(true);
      await closed;
      expect(await made).toMatch(/^made$|its thread was stopped$/);
    }
  });
});
