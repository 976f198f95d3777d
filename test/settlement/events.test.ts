/** A settlement's events, which are asked for once, and what of them and of verifiers is checked. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Hex } from 'viem';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { toFr } from '../../src/base/field/fr.js';

import { readBatches, readCircuits } from '../../src/settlement/chain.js';
import { verifierConstructor, verifierKeyHash } from '../../src/settlement/contracts.js';
import type { Write } from '../../src/settlement/data.js';
import { proveLog } from '../../src/settlement/prove-log.js';
import { openEndpoint } from '../../src/settlement/provider.js';
import { ChangedState } from '../../src/state/hashdb/changed-state.js';
import { STORE } from '../proof/prover/prover.js';
import { endpointBefore } from './endpoint.js';
import { DEEP, dataOf, emptyState, put, SEQUENCER, startSettlement, USUAL, ZERO_ADDRESS } from './world.js';
import type { SettlementWorld } from './world.js';

let world: SettlementWorld;
let folder: string;
let file: string;
let fresh: Hex;
beforeAll(async () => {
  world = await startSettlement();
  fresh = await world.tools.snapshot();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  await world.tools.revert({ id: fresh });
  fresh = await world.tools.snapshot();
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-events-'));
  file = path.join(folder, 'events.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const post = async (...writes: Write[]): Promise<void> => {
  const next = (await world.read('lastVirtual')) as number;
  const batch = { data: dataOf(writes), fee: 0n, prover: ZERO_ADDRESS, logHash: 0n };
  await world.send(SEQUENCER, 'sequenceBatches', [next + 1, [batch]]);
};

/** The writes of all batches, and the first block whose events were asked for; null if none were. */
async function reading(): Promise<{ writes: (readonly Write[])[]; from: number | null }> {
  let from: number | null = null;
  const url = await endpointBefore(world.url, ({ method, params }) => {
    if (method === 'eth_getLogs') from ??= Number((params as [{ fromBlock: Hex }])[0].fromBlock);
    return null;
  });
  const batches = await readBatches(openEndpoint(url), world.contract, { events: file });
  return { writes: batches.map(({ writes }) => writes), from };
}
const head = async (): Promise<number> => Number(await world.reader.getBlockNumber({ cacheTime: 0 }));

it('events are asked for once, and from the last block on where the file ends', async () => {
  await post(put(1n, 5n));
  expect((await reading()).writes).toEqual([[put(1n, 5n)]]);
  expect(await reading()).toEqual({ writes: [[put(1n, 5n)]], from: null });
  const block = await head();
  await post(put(2n, 6n));
  expect(await reading()).toEqual({ writes: [[put(1n, 5n)], [put(2n, 6n)]], from: block + 1 });
});

it('events of a block that the chain left are asked for again, earlier ones are not', async () => {
  await post(put(1n, 5n));
  await reading();
  const block = await head();
  const id = await world.tools.snapshot();
  await post(put(2n, 6n));
  await reading();
  await world.tools.revert({ id });
  await world.tools.mine({ blocks: 1, interval: 100 });
  await post(put(3n, 7n));
  expect(await reading()).toEqual({ writes: [[put(1n, 5n)], [put(3n, 7n)]], from: block + 1 });
  expect((await reading()).from).toBeNull();
});

it.each([
  ['torn', (text: string) => text.slice(0, -20)],
  ['of something else', () => 'something else\n'],
  ['changed', (text: string) => text.replace(`5${'0'.repeat(22)}"`, `6${'0'.repeat(22)}"`)],
  ['doubled', (text: string) => text + text],
])('a file that is %s is read from the chain again, and whole from then on', async (_, change) => {
  await post(put(1n, 5n));
  await reading();
  const text = await readFile(file, 'utf8');
  expect(change(text)).not.toBe(text);
  await writeFile(file, change(text));
  expect((await reading()).writes).toEqual([[put(1n, 5n)]]);
  expect(await reading()).toEqual({ writes: [[put(1n, 5n)]], from: null });
});

it('a waiting batch that differs from what the contract has stored is refused', async () => {
  await post(put(1n, 5n));
  // Its fee, the fifth word of the event.
  const url = await endpointBefore(world.url, async ({ method }, answer) => {
    if (method !== 'eth_getLogs') return null;
    const logs = (await answer()).result as { data: Hex }[];
    const at = 2 + 64 * 4 + 63;
    const changed = (data: Hex): string => `${data.slice(0, at)}1${data.slice(at + 1)}`;
    return { result: logs.map((log) => (log.data.length < 600 ? log : { ...log, data: changed(log.data) })) };
  });
  await expect(readBatches(openEndpoint(url), world.contract)).rejects.toThrow(
    `the endpoint's event of batch 1 of ${world.contract} differs from what the contract has stored`,
  );
});

it('the key of a verifier is compared by its own hash: what it says of its origin can be copied', async () => {
  const circuits = await readCircuits(openEndpoint(world.url), world.contract);
  expect(circuits.map(({ keyHash }) => keyHash)).toEqual([verifierKeyHash(USUAL.keys), verifierKeyHash(DEEP.keys)]);
  expect(circuits.map(({ developmentKeys }) => developmentKeys)).toEqual([true, true]);
  // Another key, with the provenance of the usual one.
  const [key] = verifierConstructor(DEEP.keys);
  const copy = await world.deployVerifier(key);
  const copied = await world.deploySettlement({}, [copy, world.deep]);
  const [usual, deep] = await readCircuits(openEndpoint(world.url), copied);
  expect(usual.verificationKey).toBe(circuits[0].verificationKey);
  const db = await emptyState();
  const state = new ChangedState(db, (await db.current()).root);
  let asked = 0;
  const queue = {
    prover: 'none',
    ahead: 1,
    provesHere: true,
    proveRules: () => Promise.reject(new Error('no rules were asked for')),
    prove: () => Promise.reject(new Error(`a proof was asked for ${++asked}`)),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  const prove = (own: typeof circuits) =>
    proveLog({ db, store: STORE, queue }, state, own, 'a log', [put(1n, 5n)], toFr(1n));
  await expect(prove([usual, deep])).rejects.toThrow(/^the verifier of circuit \w+ claims to have the key 0x/);
  expect(asked).toBe(0);
  await expect(prove(circuits)).rejects.toThrow('a proof was asked for 1');
});
