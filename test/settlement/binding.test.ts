/** Proofs that hold, of other accesses than were posted, or for another place: the contract takes none of them. */
import { concat, getAddress, keccak256, toHex } from 'viem';
import type { Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../src/state/batch/access.js';
import { logHash } from '../../src/state/batch/log.js';
import { FIELD_ORDER, toFr } from '../../src/base/field/fr.js';
import type { Fr } from '../../src/base/field/fr.js';
import { CHAIN_VERIFIER_ABI } from '../../src/settlement/abi.js';
import type { Write } from '../../src/settlement/data.js';
import type { Address } from '../../src/settlement/point.js';
import { outOfRangeProof } from './out-of-range.js';
import {
  dataOf,
  emptyState,
  pointOf,
  PROVER,
  proveLog,
  put,
  refusal,
  SEQUENCER,
  SETTINGS,
  settlementForTests,
  STRANGER,
  ZERO_ADDRESS,
} from './world.js';
import type { Chunks } from './world.js';

const POSTED = [put(1n, 5n), put(1n, 2n ** 128n + 6n), put(1n, 7n)];
const DATA = dataOf(POSTED);

/** Two chunks of the smallest circuit. */
const LONGER = [...POSTED, put(2n, 8n)];
const LONGER_DATA = dataOf(LONGER);

const world = settlementForTests();

const NOBODY = { fee: 0n, prover: ZERO_ADDRESS, logHash: 0n, dataOut: 0n } as const;

/** Posts a batch for whoever proves it. */
async function post(data: Hex, number = 1) {
  const { blockNumber } = await world.send(SEQUENCER, 'sequenceBatches', [number, [{ data, ...NOBODY }]]);
  const { timestamp } = await world.reader.getBlock({ blockNumber });
  return { dataHash: keccak256(data), postedAt: Number(timestamp), version: 1, payer: SEQUENCER.address, ...NOBODY };
}
type Posted = Awaited<ReturnType<typeof post>>;

const settle = (posted: Posted, data: Hex, chunks: Chunks, { number = 1, from = PROVER } = {}): Promise<string> =>
  refusal(world.send(from, 'verifyBatches', [number, [{ posted, data, chunks }]]));

/** The chunks of `log` at the very point that the contract will ask for, `data` being posted. */
const proofsOf = async (log: readonly Write[], data: Hex): Promise<Chunks> =>
  proveLog(await emptyState(), log, pointOf(world.contract, 1, data, log));

/** What the verifiers say of each chunk's statement, from the empty state on. */
async function verified(chunks: Chunks, x: bigint): Promise<string[]> {
  const start = { newRoot: 0n, logHash: 0n, dataOut: 1n };
  return Promise.all(
    chunks.map(({ a, b, c, newRoot, logHash, dataOut, deep }, i) => {
      const before = chunks[i - 1] ?? start;
      const words = [
        ...a,
        ...b.flat(),
        ...c,
        before.newRoot,
        newRoot,
        before.logHash,
        logHash,
        x,
        before.dataOut,
        dataOut,
      ];
      const statement = concat(words.map((word) => toHex(word, { size: 32 })));
      const address = deep ? world.deep : world.usual;
      return refusal(
        world.reader.readContract({ address, abi: CHAIN_VERIFIER_ABI, functionName: 'verify', args: [statement] }),
      );
    }),
  );
}

describe('the data that was posted', () => {
  it('is consolidated by a proof of its writes, and the root moves', async () => {
    const posted = await post(DATA);
    const chunks = await proofsOf(POSTED, DATA);
    expect(await settle(posted, DATA, chunks)).toBe('accepted');
    expect(await world.read('consolidatedRoot')).toBe(chunks.at(-1)!.newRoot);
  });

  const [first, second, third] = POSTED as [Write, Write, Write];
  it.each<[string, Write[]]>([
    ['with one byte changed', [first, second, put(1n, 7n + 256n)]],
    ['with two writes exchanged', [second, first, third]],
    ['with a write less', [first, second]],
    ['with a write more', [...POSTED, put(1n, 7n)]],
    // Its elements are all 0, so that only the degree tells.
    ['with a write before all others whose bytes are 0', [{ ...put(0n, 0n), kind: 'balance' }, ...POSTED]],
    ['with the halves of a value exchanged', [first, put(1n, 6n * 2n ** 128n + 1n), third]],
  ])('is not consolidated by a proof %s, which holds', async (_, log) => {
    const posted = await post(DATA);
    const x = pointOf(world.contract, 1, DATA, log);
    const chunks = await proveLog(await emptyState(), log, x);
    expect(new Set(await verified(chunks, x))).toEqual(new Set(['accepted']));

    expect(await settle(posted, DATA, chunks)).toBe(`DataNotProven(${polynomial(POSTED, x)}, ${polynomial(log, x)})`);
    // With the value that the contract expects, it is no longer what was proven.
    const chunk = chunks.at(-1)!;
    expect(await settle(posted, DATA, chunks.with(-1, { ...chunk, dataOut: polynomial(POSTED, x) }))).toBe(
      'InvalidProofs()',
    );
    // Nor with the log's data, which was not posted, nor with a commitment that would give another point.
    expect(await settle(posted, dataOf(log), chunks)).toBe('OtherData(1)');
    expect(await settle(posted, DATA, chunks.with(-1, { ...chunk, logHash: logHash(POSTED) }))).toMatch(
      /^DataNotProven/,
    );
  });
});

describe('a limb that is not in range', () => {
  it('is in a log that the circuit proves, and in no data that can be posted', async () => {
    const write = put(1n, 2n ** 128n + 5n);
    const data = dataOf([write]);
    const posted = await post(data);
    const honest = await proofsOf([write], data);
    // The same number from other limbs: 0 and 2^128 + 5 instead of 1 and 5.
    const dishonest = await outOfRangeProof(write, (hash) => pointOf(world.contract, 1, data, hash));
    expect(await verified([dishonest], pointOf(world.contract, 1, data, dishonest.logHash))).toEqual(['accepted']);
    expect(dishonest.newRoot).not.toBe(honest[0]!.newRoot);
    expect(await settle(posted, data, [dishonest])).toMatch(/^DataNotProven/);
    expect(await settle(posted, data, honest)).toBe('accepted');
  });

  it('is no public signal: r added to one is refused', async () => {
    const posted = await post(LONGER_DATA);
    const [first, last] = (await proofsOf(LONGER, LONGER_DATA)) as [Chunks[0], Chunks[0]];
    const add = (chunk: Chunks[0], name: 'newRoot' | 'logHash' | 'dataOut') => ({
      ...chunk,
      [name]: (chunk[name] + FIELD_ORDER) as Fr,
    });
    for (const [name, signal] of [
      ['newRoot', 1],
      ['logHash', 3],
      ['dataOut', 6],
    ] as const) {
      expect(await settle(posted, LONGER_DATA, [add(first, name), last])).toBe(`SignalOutOfRange(0, ${signal})`);
    }
    expect(await settle(posted, LONGER_DATA, [first, add(last, 'newRoot')])).toBe('SignalOutOfRange(1, 1)');
    expect(await settle(posted, LONGER_DATA, [first, add(last, 'dataOut')])).toMatch(/^DataNotProven/);
    expect(await settle(posted, LONGER_DATA, [first, add(last, 'logHash')])).toMatch(/^DataNotProven/);
  });
});

describe('chunks', () => {
  it('are refused in another order, twice, or with one missing', async () => {
    const posted = await post(LONGER_DATA);
    const [first, last] = (await proofsOf(LONGER, LONGER_DATA)) as [Chunks[0], Chunks[0]];
    expect(await settle(posted, LONGER_DATA, [])).toBe('NoChunks()');
    expect(await settle(posted, LONGER_DATA, [first])).toMatch(/^DataNotProven/);
    expect(await settle(posted, LONGER_DATA, [last])).toBe('InvalidProofs()');
    expect(await settle(posted, LONGER_DATA, [last, first])).toMatch(/^DataNotProven/);
    expect(await settle(posted, LONGER_DATA, [first, first, last])).toBe('InvalidProofs()');
    expect(await settle(posted, LONGER_DATA, [first, last, last])).toBe('InvalidProofs()');
    expect(await settle(posted, LONGER_DATA, [first, { ...last, deep: true }])).toBe('InvalidProofs()');
    expect(await settle(posted, LONGER_DATA, [first, last])).toBe('accepted');
  });

  it('are refused if any word of any of them is another', async () => {
    const posted = await post(LONGER_DATA);
    const chunks = await proofsOf(LONGER, LONGER_DATA);
    for (const [i, chunk] of chunks.entries()) {
      for (const name of ['newRoot', 'logHash', 'dataOut'] as const) {
        const changed = chunks.with(i, { ...chunk, [name]: (chunk[name] + 1n) as Fr });
        expect(await settle(posted, LONGER_DATA, changed), `${name} of chunk ${i}`).toMatch(
          /^InvalidProofs\(\)$|^DataNotProven/,
        );
      }
      for (const changed of [
        { ...chunk, a: chunk.c },
        { ...chunk, c: chunk.a },
        { ...chunk, b: chunks[1 - i]!.b },
      ]) {
        expect(await settle(posted, LONGER_DATA, chunks.with(i, changed))).toBe('InvalidProofs()');
      }
    }
  });
});

describe('a proof made for elsewhere', () => {
  const elsewhere: [string, (contract: Address) => Fr][] = [
    ['another chain', (contract) => pointOf(contract, 1, DATA, POSTED, PROVER.address, { chainId: 1 })],
    ['another version', (contract) => pointOf(contract, 1, DATA, POSTED, PROVER.address, { version: 2 })],
    ['another contract', () => pointOf(getAddress(toHex(1n, { size: 20 })), 1, DATA, POSTED)],
    ['another batch', (contract) => pointOf(contract, 2, DATA, POSTED)],
    ['another prover', (contract) => pointOf(contract, 1, DATA, POSTED, STRANGER.address)],
  ];
  it.each(elsewhere)('is refused here: %s', async (_, pointOn) => {
    const posted = await post(DATA);
    const x = pointOn(world.contract);
    const chunks = await proveLog(await emptyState(), POSTED, x);
    expect(await settle(posted, DATA, chunks)).toMatch(/^DataNotProven/);
    const expected = polynomial(POSTED, pointOf(world.contract, 1, DATA, POSTED));
    expect(await settle(posted, DATA, chunks.with(-1, { ...chunks.at(-1)!, dataOut: expected }))).toBe(
      'InvalidProofs()',
    );
  });

  it('is refused from whoever copies it, time-out or not', async () => {
    const posted = await post(DATA);
    const chunks = await proofsOf(POSTED, DATA);
    await world.pass(SETTINGS.proverTimeout);
    expect(await settle(posted, DATA, chunks, { from: STRANGER })).toMatch(/^DataNotProven/);
    expect(await settle(posted, DATA, chunks)).toBe('accepted');
  });
});

/** The data polynomial, written anew: powers instead of Horner's rule. */
function polynomial(writes: readonly Write[], x: bigint): Fr {
  const limbs = writes.flatMap(({ address, kind, slot, value }) => [
    address + BigInt(KINDS[kind]) * 2n ** 160n,
    slot >> 128n,
    slot % 2n ** 128n,
    value >> 128n,
    value % 2n ** 128n,
  ]);
  let power = 1n;
  let sum = 0n;
  for (const limb of limbs.toReversed()) {
    sum = (sum + limb * power) % FIELD_ORDER;
    power = (power * x) % FIELD_ORDER;
  }
  return toFr((sum + power) % FIELD_ORDER);
}
