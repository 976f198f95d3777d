import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFr } from '../../../src/base/field/fr.js';
import { prove } from '../../../src/proof/prover/prove.js';
import { ProverError, SNARKJS } from '../../../src/proof/prover/program.js';
import type { ProverProgram } from '../../../src/proof/prover/program.js';
import { KeyMismatchError, LocalQueue } from '../../../src/proof/prover/queue.js';
import type { ProofJob } from '../../../src/proof/prover/queue.js';
import type { Trace } from '../../../src/machine/trace/trace.js';
import { WitnessError } from '../../../src/machine/witness/calculate.js';
import { CapacityError } from '../../../src/machine/witness/layout.js';
import { read, run, write } from '../../machine/circuits/world.js';
import { circuit, keys } from './prover.js';
import { inScript, isRunning, letProve, runsOf, standIn } from './stand-in.js';
import type { Mode } from './stand-in.js';

let folder: string;
let trace: Trace;
let otherTrace: Trace;
const TMPDIR = process.env['TMPDIR'];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'));
  // What is left here is left by these proofs.
  process.env['TMPDIR'] = await mkdtemp(path.join(folder, 'tmp-'));
  ({ trace } = await run([[1n, 7n]], [read(1n), write(2n, 5n)], 2));
  ({ trace: otherTrace } = await run([[1n, 7n]], [read(1n), write(2n, 6n)], 2));
});
afterAll(async () => {
  if (TMPDIR === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = TMPDIR;
  await rm(folder, { recursive: true });
});

const proveWith = (program: ProverProgram) => prove({ trace, circuit, keys, program });
const proveBy = (mode: Mode) => proveWith(standIn(folder, mode));

describe('prove', () => {
  it('gives a proof of the trace, its prover, and the time of each step, and leaves no files', async () => {
    const { proof, prover, timings } = await prove({ trace, circuit, keys });
    expect(proof).toMatchObject({
      circuit: { name: 's14', digest: circuit.digest },
      setup: 'development',
      verificationKey: keys.verificationKeyHash,
      publicSignals: trace.publics,
      log: [
        { op: 'read', value: 7n },
        { op: 'write', value: 5n },
      ],
    });
    expect(Object.keys(proof.log[0]!)).toEqual(['op', 'address', 'kind', 'slot', 'value']);
    expect(prover).toBe('rootshift');
    for (const time of Object.values(timings)) expect(time).toBeGreaterThan(0);
    expect(await readdir(tmpdir())).toEqual([]);
  });

  it('gives the proof of any program that is called as rapidsnark is', async () => {
    expect(await proveBy('replay')).toMatchObject({ prover: 'replay', proof: { publicSignals: trace.publics } });
  });

  it.each<[Mode, RegExp]>([
    ['fail', /^the prover fail ended with exit code 3; its last output: no such luck$/],
    ['rude', /^the prover rude ended with exit code 3; its last output: first line second line$/],
    ['crash', /^the prover crash died, by SIGSEGV$/],
    ['silent', /^the prover silent succeeded, but wrote no proof\.json$/],
    ['garbage', /^the prover garbage wrote a proof\.json that is not valid: not JSON: line 1, column 1: /],
    ['forged', /^the prover forged made a proof that is not valid$/],
    ['another', /^the prover another proved a different statement: expected newRoot = 0x[0-9a-f]{64}, got 5$/],
  ])('refuses what a prover gives that would %s', async (mode, message) => {
    const proving = proveBy(mode);
    await expect(proving).rejects.toThrow(message);
    await expect(proving).rejects.toBeInstanceOf(ProverError);
    expect(await readdir(tmpdir())).toEqual([]);
  });

  it('tells how a prover ended that could not prove', async () => {
    await expect(proveWith({ name: 'absent', command: ['/no/such/prover'] })).rejects.toThrow(
      'the prover absent could not be started',
    );
    const damaged = { ...keys, zkey: path.join(folder, 'none.zkey') };
    await expect(prove({ trace, circuit, keys: damaged })).rejects.toThrow(
      /^the prover rootshift ended with exit code 1; its last output: expected a zkey at .*none\.zkey/s,
    );
    const [node, ...args] = SNARKJS.command;
    await expect(proveWith({ name: 'starved', command: [node, '--max-old-space-size=4', ...args] })).rejects.toThrow(
      /^the prover starved died, by SIGABRT, most likely because the machine is out of memory \(this machine has [\d.]+ GiB of memory, but only [\d.]+ GiB are free now\)/,
    );
  });

  it.skipIf(process.platform !== 'linux')(
    'tells of a program that the system will not run as of one that is not there',
    async () => {
      const busy = path.join(folder, 'busy');
      await copyFile(process.execPath, busy);
      const writing = await open(busy, 'a');
      await expect(proveWith({ name: 'busy', command: [busy] })).rejects.toThrow(
        /^the prover busy could not be started: spawn ETXTBSY$/,
      );
      await writing.close();
    },
  );

  it('refuses keys of another circuit, a trace too large, and a trace that is not valid', async () => {
    const others = { ...keys, circuit: { ...keys.circuit, digest: '0'.repeat(64) } };
    await expect(prove({ trace, circuit, keys: others })).rejects.toThrow(KeyMismatchError);
    const { trace: large } = await run(
      [[1n, 7n]],
      Array.from({ length: 7 }, () => read(1n)),
      2,
    );
    await expect(prove({ trace: large, circuit, keys })).rejects.toThrow(CapacityError);
    const wrong = { ...trace, publics: { ...trace.publics, newRoot: toFr(5n) } };
    await expect(prove({ trace: wrong, circuit, keys })).rejects.toThrow(WitnessError);
    expect(await readdir(tmpdir())).toEqual([]);
  });
});

describe('a queue in one process', () => {
  const jobs = () => [trace, otherTrace].map((one) => ({ trace: one, circuit, keys }));
  const queueOf = (programs: readonly ProverProgram[], timeoutMs?: number) => {
    const warnings: string[] = [];
    const queue = new LocalQueue({
      programs,
      ...(timeoutMs !== undefined && { timeoutMs }),
      onWarning: (text) => warnings.push(text),
    });
    return { queue, warnings };
  };

  it('makes the witness of the next chunk while a prover works', async () => {
    const { queue } = queueOf([standIn(folder, 'overlap')]);
    const proven = await Promise.all(jobs().map((job) => queue.prove(job)));
    expect(proven.map(({ prover }) => prover)).toEqual(['overlap', 'overlap']);
    expect(await runsOf(folder, 'overlap')).toHaveLength(2);
    await queue.close();
  });

  it.each<Mode>(['fail', 'forged'])(
    'has the next program take over, for good, from one that would %s, and warns once',
    async (mode) => {
      const { queue, warnings } = queueOf([standIn(folder, mode), standIn(folder, 'replay')]);
      expect(queue.prover).toBe(mode);
      const proven = await Promise.all(jobs().map((job) => queue.prove(job)));
      expect(proven.map(({ prover }) => prover)).toEqual(['replay', 'replay']);
      expect(warnings).toEqual([expect.stringMatching(new RegExp(`^the prover ${mode} .*; using replay instead$`))]);
      expect(queue.prover).toBe('replay');
      await queue.close();
    },
  );

  it.each([
    ['', standIn],
    ['in a script ', (...of: Parameters<typeof standIn>) => inScript(standIn(...of))],
  ] as const)('stops a prover %sthat hangs, when its time is over', async (_, make) => {
    // Made once, the proof is given again at once, however busy the machine is.
    const { queue: usual } = queueOf([standIn(folder, 'replay')]);
    await usual.prove(jobs()[0]!);
    await usual.close();
    const { queue, warnings } = queueOf([make(folder, 'hang'), standIn(folder, 'replay')], 20_000);
    const before = (await runsOf(folder, 'hang')).length;
    expect((await queue.prove(jobs()[0]!)).prover).toBe('replay');
    expect(warnings).toEqual([
      'the prover hang was stopped because it had not finished after 20 s; using replay instead',
    ]);
    for (const pid of (await runsOf(folder, 'hang')).slice(before)) await ended(pid);
    await queue.close();
  });

  it('ends its provers when it is closed', async () => {
    const { queue } = queueOf([standIn(folder, 'hang')]);
    const before = (await runsOf(folder, 'hang')).length;
    const proving = Promise.allSettled(jobs().map((job) => queue.prove(job)));
    while ((await runsOf(folder, 'hang')).length === before) await sleep(10);
    await queue.close();
    expect((await proving).map((result) => (result.status === 'rejected' ? String(result.reason) : 'proven'))).toEqual([
      expect.stringContaining('its queue was closed'),
      expect.stringContaining('its queue was closed'),
    ]);
    for (const pid of (await runsOf(folder, 'hang')).slice(before)) await ended(pid);
    expect(await readdir(tmpdir())).toEqual([]);
  });

  it('stops one job alone, in line, at its witness or with the prover, at once; the others are proven', async () => {
    const at = await mkdtemp(path.join(folder, 'held-'));
    const { queue, warnings } = queueOf([standIn(at, 'held')]);
    const started = (job: ProofJob) => {
      const stop = new AbortController();
      let hasWitness = (): void => {};
      const witness = new Promise<void>((resolve) => (hasWitness = resolve));
      const result = queue.prove(job, { signal: stop.signal, onWitness: hasWitness });
      const refused = result.then(
        () => 'proven',
        (error: unknown) => error,
      );
      return { result, witness, stop: () => (stop.abort(new Error('not wanted')), refused) };
    };
    const [first, second] = jobs() as [ProofJob, ProofJob];
    const withProver = started(first);
    const waiting = started(second);
    const inLine = started(first);
    while ((await readdir(tmpdir())).length < 3) await sleep(1);
    expect(await inLine.stop()).toEqual(new Error('not wanted'));
    await Promise.all([withProver.witness, waiting.witness]);
    const atWitness = started(second);
    while ((await readdir(tmpdir())).length < 3) await sleep(1);
    expect(await atWitness.stop()).toEqual(new Error('not wanted'));
    while ((await runsOf(at, 'held')).length === 0) await sleep(10);
    expect(await waiting.stop()).toEqual(new Error('not wanted'));
    const next = started(second);
    expect(await withProver.stop()).toEqual(new Error('not wanted'));
    const [killed] = await runsOf(at, 'held');
    await ended(killed!);
    await letProve(at);
    expect(await next.result).toMatchObject({ prover: 'held', proof: { publicSignals: second.trace.publics } });
    expect(await runsOf(at, 'held')).toHaveLength(2);
    await expect(queue.prove(first, { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
    expect(warnings).toEqual([]);
    expect(await readdir(tmpdir())).toEqual([]);
    await queue.close();
  });

  it('proves when there is a place for witnesses again', async () => {
    const { queue } = queueOf([standIn(folder, 'replay')]);
    const good = tmpdir();
    process.env['TMPDIR'] = path.join(folder, 'file');
    await writeFile(tmpdir(), '');
    await expect(queue.prove(jobs()[0]!)).rejects.toMatchObject({ syscall: 'mkdir' });
    process.env['TMPDIR'] = good;
    expect((await queue.prove(jobs()[0]!)).prover).toBe('replay');
    await queue.close();
  });

  it('removes what killed processes left, and nothing else', async () => {
    const { queue } = queueOf([standIn(folder, 'replay')]);
    await queue.prove(jobs()[0]!);
    await queue.close();
    const mine = new LocalQueue({ programs: [standIn(folder, 'hang')] });
    const proving = mine.prove(jobs()[0]!);
    let owned: string[] = [];
    while (owned.length === 0) owned = await readdir(tmpdir());
    const dead = owned[0]!.replace(`-${process.pid}-`, '-4194305-');
    await writeFile(path.join(tmpdir(), dead), '');
    await writeFile(path.join(tmpdir(), 'rootshift-proof-of-my-own'), '');
    const { queue: next } = queueOf([standIn(folder, 'replay')]);
    await next.prove(jobs()[0]!);
    await next.close();
    expect((await readdir(tmpdir())).sort()).toEqual([...owned, 'rootshift-proof-of-my-own'].sort());
    const refused = expect(proving).rejects.toThrow('its queue was closed');
    await mine.close();
    await refused;
    await rm(path.join(tmpdir(), 'rootshift-proof-of-my-own'));
    expect(existsSync(path.join(tmpdir(), dead))).toBe(false);
  });
});

/** A process that was killed is gone a moment later. */
async function ended(pid: number): Promise<void> {
  while (isRunning(pid)) await sleep(10);
}
