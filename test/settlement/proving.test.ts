/** Batches from posting to consolidation, and reads of the state that they leave, with proofs. */
import fc from 'fast-check';
import { encodeFunctionData, getAbiItem, keccak256, parseEventLogs, toFunctionSelector } from 'viem';
import type { Hex } from 'viem';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logHash } from '../../src/state/batch/log.js';
import type { HashDb } from '../../src/state/hashdb/hashdb.js';
import { toFr } from '../../src/base/field/fr.js';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import type { Write } from '../../src/settlement/data.js';
import { readsPoint } from '../../src/settlement/point.js';
import {
  dataOf,
  emptyState,
  EVERY_ABI,
  pointOf,
  PROVER,
  proveLog,
  put,
  refusal,
  SEQUENCER,
  SETTINGS,
  settlementForTests,
  storageOf,
  STRANGER,
  USER,
  ZERO_ADDRESS,
} from './world.js';
import type { Chunks, SettlementWorld } from './world.js';

/** The first two batches are posted together: two chunks, one of them by the other circuit, and one chunk. */
const FIRST = [put(1n, 5n), put(1n, 6n), put(1n, 4n), put(2n, 0n), put(1n, 7n)];
const SECOND = [put(2n, 9n)];
const FORCED = [storageOf(BigInt(USER.address), 1n, 4n)];

let db: HashDb;
let posted: readonly Posted[];
let chunks: readonly [Chunks, Chunks];

type Posted = Awaited<ReturnType<typeof eventsOf>>[0]['posted'];
const eventsOf = async (receipt: ReturnType<SettlementWorld['send']>) => {
  const { logs } = await receipt;
  return parseEventLogs({ abi: SETTLEMENT_ABI, logs, eventName: ['BatchPosted', 'ForcedBatchPosted'] }).map(
    ({ args }) => args,
  );
};

const world = settlementForTests(async (world) => {
  // The second batch names its prover, and the log that it will be proven with.
  const events = await eventsOf(
    world.send(SEQUENCER, 'sequenceBatches', [
      1,
      [
        { data: dataOf(FIRST), fee: 0n, prover: ZERO_ADDRESS, logHash: 0n },
        { data: dataOf(SECOND), fee: 0n, prover: PROVER.address, logHash: logHash(SECOND) },
      ],
    ]),
  );
  posted = events.map((event) => event.posted);
  db = await emptyState();
  chunks = [
    await proveLog(db, FIRST, pointOf(world.contract, 1, dataOf(FIRST), FIRST), { commit: true }),
    await proveLog(db, SECOND, pointOf(world.contract, 2, dataOf(SECOND), SECOND), { commit: true }),
  ];
});

const first = () => ({ posted: posted[0]!, data: dataOf(FIRST), chunks: chunks[0] });
/** Nothing is given again of what was evaluated when it was posted. */
const second = () => ({ posted: posted[1]!, data: '0x' as Hex, chunks: chunks[1] });
const verify = (number: number, batches: readonly ReturnType<typeof first>[], from = PROVER): Promise<string> =>
  refusal(world.send(from, 'verifyBatches', [number, batches]));

describe('batches', () => {
  it('are consolidated together or one after another, by both circuits, with the same root', async () => {
    expect(chunks.map((list) => list.map(({ deep }) => deep))).toEqual([[false, true], [false]]);
    const { root } = await db.current();
    const { logs } = await world.send(PROVER, 'verifyBatches', [1, [first(), second()]]);
    expect(await world.read('consolidatedRoot')).toBe(root);
    expect(await world.read('lastConsolidated')).toBe(2);
    expect(
      parseEventLogs({ abi: SETTLEMENT_ABI, logs, eventName: 'BatchConsolidated' }).map(({ args }) => args),
    ).toEqual([
      { number: 1, root: chunks[0].at(-1)!.newRoot, logHash: logHash(FIRST), prover: PROVER.address },
      { number: 2, root, logHash: logHash(SECOND), prover: PROVER.address },
    ]);
    await world.restore();
    expect([await verify(1, [first()]), await verify(2, [second()])]).toEqual(['accepted', 'accepted']);
    expect(await world.read('consolidatedRoot')).toBe(root);
  });

  it('are consolidated in order, once, and only as they were posted', async () => {
    expect(await verify(2, [second()])).toBe('NotNext(1, 2)');
    expect(await verify(1, [second()])).toBe('OtherBatch(1)');
    expect(await verify(1, [second(), first()])).toBe('OtherBatch(1)');
    expect(await verify(1, [])).toBe('NoBatches()');
    const others: Partial<Posted>[] = [
      { dataHash: keccak256('0x') },
      { postedAt: posted[0]!.postedAt + 1 },
      { version: 2 },
      { payer: PROVER.address },
      { fee: 1n },
      { prover: PROVER.address },
      { logHash: 1n },
      { dataOut: 1n },
    ];
    for (const other of others)
      expect(await verify(1, [{ ...first(), posted: { ...posted[0]!, ...other } }])).toBe('OtherBatch(1)');
    expect(await verify(1, [first(), second()])).toBe('accepted');
    expect(await verify(1, [first()])).toBe('NotNext(3, 1)');
    expect(await verify(3, [second()])).toBe('OtherBatch(3)');
  });

  it('are consolidated all or none', async () => {
    const wrong = { ...second(), chunks: [{ ...chunks[1][0]!, newRoot: toFr(1n) }] };
    expect(await verify(1, [first(), wrong])).toBe('InvalidProofs()');
    expect(await world.read('consolidatedRoot')).toBe(0n);
  });

  it('are for the prover alone until the time-out, then for anyone with a proof of their own', async () => {
    expect(await verify(1, [first()])).toBe('accepted');
    const until = posted[1]!.postedAt + SETTINGS.proverTimeout;
    for (const other of [STRANGER, SEQUENCER])
      expect(await verify(2, [second()], other)).toBe(`ProverHasTime(2, ${until})`);
    const state = await emptyState();
    await proveLog(state, FIRST, pointOf(world.contract, 1, dataOf(FIRST), FIRST), { commit: true });
    const x = pointOf(world.contract, 2, dataOf(SECOND), SECOND, STRANGER.address);
    const own = { ...second(), data: dataOf(SECOND), chunks: await proveLog(state, SECOND, x) };
    expect(await verify(2, [own], STRANGER)).toBe(`ProverHasTime(2, ${until})`);
    await world.pass(SETTINGS.proverTimeout);
    expect(await verify(2, [own], STRANGER)).toBe('accepted');
  });

  it('need their data again from another prover than was named, or for another log', async () => {
    expect(await verify(1, [first()])).toBe('accepted');
    expect(await verify(2, [{ ...second(), chunks: [{ ...chunks[1][0]!, logHash: toFr(7n) }] }])).toBe('OtherData(2)');
    await world.pass(SETTINGS.proverTimeout);
    expect(await verify(2, [second()], STRANGER)).toBe('OtherData(2)');
    expect(await verify(2, [{ ...second(), data: dataOf(SECOND) }], STRANGER)).toMatch(/^DataNotProven/);
    // The data may be given though it need not be.
    expect(await verify(2, [{ ...second(), data: dataOf(SECOND) }])).toBe('accepted');
  });

  it('that were forced are consolidated as others are', async () => {
    await world.send(USER, 'forceBatch', [dataOf(FORCED)]);
    await world.pass(SETTINGS.forceDelay);
    const [event] = await eventsOf(world.send(STRANGER, 'sequenceForcedBatches', [1]));
    const own = await proveLog(db, FORCED, pointOf(world.contract, 3, dataOf(FORCED), FORCED));
    const batch = { posted: event!.posted, data: dataOf(FORCED), chunks: own };
    expect(await verify(1, [first(), second(), batch])).toBe('accepted');
    expect(await world.read('consolidatedRoot')).toBe(own.at(-1)!.newRoot);
  });
});

describe('calldata', () => {
  it('with any byte changed consolidates nothing else', async () => {
    const data = Buffer.from(
      encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'verifyBatches', args: [1, [first(), second()]] }).slice(
        2,
      ),
      'hex',
    );
    const { root } = await db.current();
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(data.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const changed = Uint8Array.from(data);
        changed[place]! ^= change;
        const call = {
          to: world.contract,
          account: PROVER,
          data: `0x${Buffer.from(changed).toString('hex')}` as Hex,
          gas: 5_000_000n,
        };
        const isRefused = await world.reader.call(call).then(
          () => false,
          () => true,
        );
        if (isRefused) refused++;
        else {
          // Padding, or another way to say the same.
          await world.receiptOf(await world.sendRaw(PROVER, call.data));
          expect(await world.read('consolidatedRoot')).toBe(root);
          await world.restore();
        }
      }),
      { numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('that is no call is refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom(...(['verifyBatches', 'sequenceBatches', 'checkReads', null] as const)),
        async (bytes, name) => {
          const selector = name === null ? '' : toFunctionSelector(getAbiItem({ abi: SETTLEMENT_ABI, name })).slice(2);
          const data = `0x${selector}${Buffer.from(bytes).toString('hex')}` as Hex;
          await expect(world.reader.call({ to: world.contract, account: PROVER, data })).rejects.toThrow();
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('reads', () => {
  /** Entries of the state after both batches; key 3 is absent. */
  const HELD = [put(1n, 7n), put(2n, 9n)];
  let read: Chunks;
  beforeAll(async () => {
    read = await readProof(HELD);
  });
  beforeEach(async () => {
    await world.send(PROVER, 'verifyBatches', [1, [first(), second()]]);
  });

  const readProof = async (entries: readonly Write[]): Promise<Chunks> =>
    proveLog(db, entries, readsPoint(keccak256(dataOf(entries)), logHash(entries)));
  const check = (entries: readonly Write[], proof: Chunks, number = 2): Promise<string> =>
    refusal(
      world.reader.readContract({
        address: world.contract,
        abi: EVERY_ABI,
        functionName: 'checkReads',
        args: [number, 1, dataOf(entries), proof],
      }),
    );

  it('are accepted of entries as the state has them, present and absent', async () => {
    expect(await check(HELD, read)).toBe('accepted');
    const absent = [put(3n, 0n)];
    expect(await check(absent, await readProof(absent))).toBe('accepted');
  });

  it('are refused with another value, another entry, fewer or more', async () => {
    for (const other of [[put(1n, 8n), HELD[1]!], [put(1n, 7n), put(3n, 9n)], [HELD[0]!], [...HELD, put(3n, 0n)]]) {
      expect(await check(other, read)).toMatch(/^DataNotProven/);
    }
  });

  it('are refused of a value that the state does not have, as its proof moves the root', async () => {
    const wrong = [put(1n, 8n)];
    const proof = await readProof(wrong);
    expect(await check(wrong, proof)).toBe(`RootMoved(${proof[0]!.newRoot})`);
    const { root } = await db.current();
    expect(await check(wrong, [{ ...proof[0]!, newRoot: toFr(root) }])).toBe('InvalidProofs()');
  });

  it('are refused of an entry given twice, the last time as it is', async () => {
    const twice = [put(1n, 8n), put(1n, 7n)];
    const proof = await readProof(twice);
    expect(proof.at(-1)!.newRoot).toBe((await db.current()).root);
    expect(await check(twice, proof)).toBe('RecordsNotAscending(1)');
    expect(await check([HELD[1]!, HELD[0]!], read)).toBe('RecordsNotAscending(1)');
    expect(
      await check(
        [
          { ...put(1n, 7n), address: 1n },
          { ...put(1n, 7n), kind: 'balance', slot: put(0n, 0n).slot },
        ],
        read,
      ),
    ).toBe('RecordsNotAscending(1)');
  });

  it('are refused of another state, and of one that is not there yet', async () => {
    for (const number of [0, 1]) expect(await check(HELD, read, number)).toMatch(/^RootMoved/);
    expect(await check(HELD, read, 3)).toBe('NotConsolidated(3)');
    expect(await check(HELD, [])).toBe('NoChunks()');
    await world.restore();
    expect(await check(HELD, read)).toBe('NotConsolidated(2)');
  });

  it('stay as good as they were when the root moves on', async () => {
    const next = [put(1n, 8n)];
    const [event] = await eventsOf(
      world.send(SEQUENCER, 'sequenceBatches', [
        3,
        [{ data: dataOf(next), fee: 0n, prover: ZERO_ADDRESS, logHash: 0n }],
      ]),
    );
    const proof = await proveLog(db, next, pointOf(world.contract, 3, dataOf(next), next));
    expect(await verify(3, [{ posted: event!.posted, data: dataOf(next), chunks: proof }])).toBe('accepted');
    expect(await check(HELD, read)).toBe('accepted');
    expect(await check(HELD, read, 3)).toMatch(/^RootMoved/);
  });
});
