import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeTransactions } from '../../src/state/batch/batch.js';
import { parseBatch } from '../../src/state/batch/parse.js';
import { ArtifactStore } from '../../src/machine/circuit/artifacts.js';
import { circuitMeasurements, circuitPins } from '../../src/machine/circuit/pins.js';
import { Calibration } from '../../src/engine/calibration.js';
import { choosePlan } from '../../src/engine/choose-plan.js';
import { MachineError, THIS_MACHINE } from '../../src/engine/machine.js';
import type { Machine } from '../../src/engine/machine.js';
import { startingState } from '../../src/engine/starting-state.js';
import { testCeremony } from '../proof/setup/ceremony.js';
import type { TestCeremony } from '../proof/setup/ceremony.js';
import { plantCeremonyKeys, plantDevelopmentKeys } from '../proof/setup/planted.js';
import { closeCurve } from '../proof/setup/ptau.js';
import { freshFolder } from '../state/hashdb/drivers.js';

const block = parseBatch(
  await readFile(new URL('../../examples/mainnet-block-20472570.json', import.meta.url), 'utf8'),
);
const start = await startingState(null, block);
const GIB = 2 ** 30;
const machine = (memoryGib: number, diskGib = 100): Machine => ({
  memory: () => memoryGib * GIB,
  disk: async () => diskGib * GIB,
});
const emptyStore = async (): Promise<ArtifactStore> => new ArtifactStore(path.join(await freshFolder(), 'artifacts'));
const choose = async (on: Machine, { batch = block, store = undefined as ArtifactStore | undefined } = {}) =>
  choosePlan({ start, batch, store: store ?? (await emptyStore()), prover: 'snarkjs', machine: on });
const circuitsOf = ({ plan }: Awaited<ReturnType<typeof choose>>): string[] => [
  ...new Set(plan.chunks.map(({ circuit }) => circuit)),
];

let world: TestCeremony;
beforeAll(async () => {
  world = await testCeremony();
});
afterAll(async () => {
  await world.remove();
  await closeCurve();
});

describe('the plan that is chosen', () => {
  it('keeps to the default circuit where one proof of it holds the batch', async () => {
    const { plan, estimate } = await choose(machine(100), { batch: takeTransactions(block, 3) });
    expect(plan.chunks.map(({ circuit, accesses }) => [circuit, accesses])).toEqual([['s18', 26]]);
    const { s18 } = (await circuitMeasurements()).circuits;
    expect(estimate).toMatchObject({
      provingMs: 1000 * s18!.proofSeconds,
      makingMs: 1000 * (s18!.compileSeconds + s18!.keysSeconds),
      isCalibrated: false,
      constraints: (await circuitPins()).s18!.constraints,
    });
  });

  it('takes the circuit with a shared top for fewer proofs, the default if the tree has no such top', async () => {
    const accesses = Array.from({ length: 66 }, (_, i) => ({
      op: i % 3 === 0 ? 'write' : 'read',
      key: 1 + (i % 6),
      ...(i % 3 === 0 ? { value: 9 + i } : {}),
    }));
    const planned = async (entries: number) => {
      const batch = parseBatch(
        JSON.stringify({
          prestate: Array.from({ length: entries }, (_, i) => ({ key: 1 + i, value: 1 + i })),
          accesses,
        }),
      );
      const on = await startingState(null, batch);
      const { plan } = await choosePlan({
        start: on,
        batch,
        store: await emptyStore(),
        prover: 'snarkjs',
        machine: machine(2),
      });
      return plan.chunks.map((chunk) => [chunk.circuit, chunk.accesses]);
    };
    expect(await planned(200)).toEqual([['s18t', 66]]);
    expect(await planned(1)).toEqual([
      ['s18', 60],
      ['s16', 6],
    ]);
  });

  it('takes a smaller circuit for what one proof of it holds', async () => {
    const { plan } = await choose(machine(100), { batch: takeTransactions(block, 1) });
    expect(plan.chunks.map((chunk) => chunk.circuit)).toEqual(['s16']);
  });

  it('takes circuits with keys of a ceremony alone, once there are any', async () => {
    const batch = takeTransactions(block, 1);
    const withKeys = async (setup: string): Promise<ArtifactStore> => {
      const store = await emptyStore();
      const { digest } = (await circuitPins()).s20!;
      if (setup === 'ceremony') await plantCeremonyKeys(store, world, 's20', digest);
      else await plantDevelopmentKeys(store, world.circuit.r1cs, 's20', digest);
      return store;
    };
    expect(circuitsOf(await choose(machine(100), { batch, store: await withKeys('development') }))).toEqual(['s16']);
    const store = await withKeys('ceremony');
    expect(circuitsOf(await choose(machine(100), { batch, store }))).toEqual(['s20']);
    // Not development keys in their place.
    const [keys] = await store.all('keys-s20');
    await rm(path.join(keys!.folder, 'circuit.zkey'));
    await expect(choose(machine(100), { batch, store })).rejects.toThrow(
      /circuit\.zkey is damaged: .*; remove the directory .*, then install the keys again$/,
    );
  });

  it('takes a larger circuit where that is faster, making it counted in, and the machine has the memory', async () => {
    const large = await choose(machine(100));
    const small = await choose(machine(1.5));
    expect(circuitsOf(large)[0]).not.toBe('s18');
    expect(circuitsOf(small)).toContain('s18');
    expect(large.plan.chunks.length).toBeLessThan(small.plan.chunks.length);
    const time = ({ estimate: { makingMs, provingMs } }: typeof large): number => makingMs + provingMs;
    expect(time(large)).toBeLessThan(time(small));
    expect(large.estimate.memoryBytes).toBeGreaterThan(1.5 * GIB);
    expect(small.estimate.memoryBytes).toBeLessThan(1.5 * GIB);
  });

  it('is none where memory or disk will not do, and says what is needed and what there is', async () => {
    const batch = takeTransactions(block, 3);
    const { estimate } = await choose(machine(100), { batch });
    const enough: Machine = { memory: () => estimate.memoryBytes, disk: async () => estimate.diskBytes };
    await expect(choose(enough, { batch })).resolves.toBeDefined();
    const forgetful = choose({ ...enough, memory: () => estimate.memoryBytes - 1 }, { batch });
    await expect(forgetful).rejects.toThrow(MachineError);
    await expect(forgetful).rejects.toThrow(/^snarkjs needs \d\.\d GiB of memory, but only \d\.\d GiB are free$/);
    await expect(choose({ ...enough, disk: async () => 0 }, { batch })).rejects.toThrow(
      /^snarkjs needs \d+ MiB of disk for circuits and keys, but only 0 MiB are free$/,
    );
    const fullTemporary = choose(
      { ...enough, disk: async (folder) => (folder === tmpdir() ? estimate.witnessBytes - 1 : estimate.diskBytes) },
      { batch },
    );
    await expect(fullTemporary).rejects.toThrow(
      /^snarkjs needs \d+ MiB of disk for witnesses in \S+, but only \d+ MiB are free$/,
    );
  });

  it('counts the memory to make circuits and keys; that of provers only if they prove on this machine', async () => {
    const batch = takeTransactions(block, 3);
    const store = await emptyStore();
    const memoryOf = async (prover: string, provesHere: boolean) =>
      (await choosePlan({ start, batch, store, prover, provesHere, machine: machine(100) })).estimate.memoryBytes;
    const { s18 } = (await circuitMeasurements()).circuits;
    const elsewhere = await memoryOf('workers', false);
    expect(elsewhere).toBeGreaterThan((400 + s18!.compileMiB) * 2 ** 20);
    // Its proof takes less than the making of its keys.
    expect(await memoryOf('rapidsnark', true)).toBe(elsewhere);
    expect(await memoryOf('snarkjs', true)).toBeGreaterThan(elsewhere);
  });

  it('is told by what a prover took here, the last time; not by what it took elsewhere', async () => {
    const store = await emptyStore();
    const batch = takeTransactions(block, 3);
    const before = await choose(machine(100), { batch, store });
    const { s14 } = (await circuitMeasurements()).circuits;
    await (await Calibration.read(store)).record('snarkjs', 's14', 2 * 1000 * s14!.proofSeconds);
    const after = await choose(machine(100), { batch, store });
    expect(after.estimate.isCalibrated).toBe(true);
    expect(after.estimate.provingMs).toBeCloseTo(2 * before.estimate.provingMs, 3);
    const file = path.join(store.directory, 'calibration.json');
    const text = await readFile(file, 'utf8');
    for (const other of [text.replace(/"machine": "/, '"machine": "another '), text.slice(0, -5)]) {
      await writeFile(file, other);
      expect((await choose(machine(100), { batch, store })).estimate).toEqual(before.estimate);
    }
  });
});

it('this machine has memory, and disk for directories that are not there yet', async () => {
  expect(THIS_MACHINE.memory()).toBeGreaterThan(0);
  expect(await THIS_MACHINE.disk(path.join(await freshFolder(), 'not', 'there', 'yet'))).toBeGreaterThan(0);
});
