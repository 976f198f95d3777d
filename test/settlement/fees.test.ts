/** Forced batches where they are allowed, and the fees of whoever proves. No proof plays a part here. */
import { parseEventLogs } from 'viem';
import type { Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import type { Write } from '../../src/settlement/data.js';
import { acceptingSettlement } from './accepting.js';
import {
  dataOf,
  PROVER,
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
import type { TestedSettlement } from './world.js';

const FEE = 10n ** 12n;
const own = (slot: bigint): Write => storageOf(BigInt(USER.address), slot, 7n);
const OWN = [own(1n), own(2n)];

type Accepting = Awaited<ReturnType<typeof acceptingSettlement>>;
let off: Hex;
let paid: Accepting;
const world: TestedSettlement = settlementForTests(async (created) => {
  off = await created.deploySettlement({ maxForcedRecords: 0 });
  paid = await acceptingSettlement(created, { maxForcedRecords: 3, forcedRecordFee: FEE });
});

const force = (writes: readonly Write[], value: bigint, to = paid.contract): Promise<string> =>
  refusal(world.send(USER, 'forceBatch', [dataOf(writes)], { to, value }));
const owedTo = (account: Hex): Promise<bigint> =>
  world.reader.readContract({ address: paid.contract, abi: SETTLEMENT_ABI, functionName: 'owed', args: [account] });
const held = (): Promise<bigint> => world.reader.getBalance({ address: paid.contract });

describe('a forced write', () => {
  it('is refused unless the deployment says that records belong to their address', async () => {
    // A balance of the forcer's own: where the sequencer's word is what authorises, this would mint.
    const minted: Write = {
      op: 'write',
      kind: 'balance',
      address: BigInt(USER.address),
      slot: own(0n).slot,
      value: own(0n).value,
    };
    expect(await force([minted], 0n, off)).toBe('TooManyForced(0, 1)');
    expect(await force([minted], 0n, world.contract)).toBe('accepted');
  });

  it('is one of few', async () => {
    expect(await force([own(1n), own(2n), own(3n)], 3n * FEE)).toBe('accepted');
    expect(await force([own(1n), own(2n), own(3n), own(4n)], 4n * FEE)).toBe('TooManyForced(3, 4)');
  });

  it('costs its fee, no less and no more', async () => {
    for (const value of [0n, 2n * FEE - 1n, 2n * FEE + 1n])
      expect(await force(OWN, value)).toBe(`OtherFee(${2n * FEE}, ${value})`);
    expect(await force(OWN, 2n * FEE)).toBe('accepted');
    expect(await held()).toBe(2n * FEE);
  });
});

describe('a fee', () => {
  it('is owed to whoever proves the batch, once, and fetched by them alone', async () => {
    await world.send(USER, 'forceBatch', [dataOf(OWN)], { to: paid.contract, value: 2n * FEE });
    const [forced] = await paid.postedBy(world.send(SEQUENCER, 'sequenceForcedBatches', [1], { to: paid.contract }));
    expect(forced).toMatchObject({ payer: USER.address, fee: 2n * FEE });
    const WRITES = [put(1n, 2n)];
    const posted = await paid.post(2, WRITES, 5n);
    expect(await held()).toBe(2n * FEE + 5n);
    await world.pass(SETTINGS.proverTimeout);
    const other = { prover: STRANGER.address };
    const batches = [paid.proven(1, forced!, OWN, other), paid.proven(2, posted, WRITES, { ...other, root: 2n })];
    // Not with a fee that was not paid.
    const dearer = [batches[0]!, { ...batches[1]!, posted: { ...posted, fee: 2n ** 80n } }];
    expect(await refusal(world.send(STRANGER, 'verifyBatches', [1, dearer], { to: paid.contract }))).toBe(
      'OtherBatch(2)',
    );
    expect(await refusal(world.send(STRANGER, 'verifyBatches', [1, batches], { to: paid.contract }))).toBe('accepted');
    expect(await refusal(world.send(STRANGER, 'verifyBatches', [1, batches], { to: paid.contract }))).toMatch(
      /^NotNext/,
    );
    expect(await owedTo(STRANGER.address)).toBe(2n * FEE + 5n);
    for (const other of [USER, PROVER, SEQUENCER])
      expect(await refusal(world.send(other, 'fetch', [other.address], { to: paid.contract }))).toBe(
        `NothingOwed(${other.address})`,
      );
    const before = await world.reader.getBalance({ address: USER.address });
    await world.send(STRANGER, 'fetch', [USER.address], { to: paid.contract });
    expect((await world.reader.getBalance({ address: USER.address })) - before).toBe(2n * FEE + 5n);
    expect([await held(), await owedTo(STRANGER.address)]).toEqual([0n, 0n]);
    expect(await refusal(world.send(STRANGER, 'fetch', [USER.address], { to: paid.contract }))).toMatch(/^NothingOwed/);
  });

  it('that nobody takes is owed still', async () => {
    const WRITES = [put(1n, 2n)];
    const posted = await paid.post(1, WRITES, 5n);
    await world.send(PROVER, 'verifyBatches', [1, [paid.proven(1, posted, WRITES)]], { to: paid.contract });
    // The settlement itself takes no ether.
    expect(await refusal(world.send(PROVER, 'fetch', [paid.contract], { to: paid.contract }))).toBe(
      `PaymentRefused(${paid.contract})`,
    );
    expect(await owedTo(PROVER.address)).toBe(5n);
  });

  it('of posted batches is sent along, no less and no more', async () => {
    const batch = { data: dataOf([put(1n, 2n)]), fee: 5n, prover: ZERO_ADDRESS, logHash: 0n };
    for (const value of [0n, 9n, 11n])
      expect(
        await refusal(world.send(SEQUENCER, 'sequenceBatches', [1, [batch, batch]], { to: paid.contract, value })),
      ).toBe(`OtherFee(10, ${value})`);
    await world.send(SEQUENCER, 'sequenceBatches', [1, [batch, batch]], { to: paid.contract, value: 10n });
  });

  it('is never held twice, nor lost: the contract holds what it owes and what waits, whatever is called', async () => {
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    let number = 0;
    let forced = 0;
    const waiting: { fee: bigint; prove: () => Promise<string> }[] = [];
    let asked: readonly Write[][] = [];
    const actions = [
      async () => {
        const writes = Array.from({ length: 1 + random(3) }, (_, i) => own(BigInt(i)));
        await world.send(USER, 'forceBatch', [dataOf(writes)], {
          to: paid.contract,
          value: BigInt(writes.length) * FEE,
        });
        asked = [...asked, writes];
      },
      async () => {
        const fee = BigInt(random(1000));
        const writes = [put(1n, BigInt(random(100)))];
        const posted = await paid.post(number + 1, writes, fee);
        add(posted, writes);
      },
      async () => {
        if (forced === asked.length) return;
        const all = await paid.postedBy(
          world.send(SEQUENCER, 'sequenceForcedBatches', [1 + random(3)], { to: paid.contract }),
        );
        for (const posted of all) add(posted, asked[forced++]!);
      },
      async () => {
        const next = waiting[0];
        if (next === undefined) return;
        expect(await next.prove()).toBe('accepted');
        waiting.shift();
      },
      async () => {
        if ((await owedTo(PROVER.address)) > 0n)
          await world.send(PROVER, 'fetch', [PROVER.address], { to: paid.contract });
      },
    ];
    const add = (posted: Awaited<ReturnType<Accepting['post']>>, writes: readonly Write[]): void => {
      const own = ++number;
      const batch = paid.proven(own, posted, writes, { root: BigInt(own) });
      const prove = () => refusal(world.send(PROVER, 'verifyBatches', [own, [batch]], { to: paid.contract }));
      waiting.push({ fee: posted.fee, prove });
    };
    for (let step = 0; step < 60; step++) {
      await actions[random(actions.length)]!();
      const unposted = asked.slice(forced).reduce((sum, writes) => sum + BigInt(writes.length) * FEE, 0n);
      const unproven = waiting.reduce((sum, { fee }) => sum + fee, 0n);
      expect(await held(), `after step ${step}`).toBe(unposted + unproven + (await owedTo(PROVER.address)));
    }
    expect(number).toBeGreaterThan(10);
  });
});

describe('events', () => {
  it('tell of what is owed and fetched', async () => {
    const WRITES = [put(1n, 2n)];
    const posted = await paid.post(1, WRITES, 5n);
    const batches = [paid.proven(1, posted, WRITES)];
    const { logs } = await world.send(PROVER, 'verifyBatches', [1, batches], { to: paid.contract });
    expect(parseEventLogs({ abi: SETTLEMENT_ABI, logs, eventName: 'Owing' }).map(({ args }) => args)).toEqual([
      { account: PROVER.address, amount: 5n },
    ]);
    const fetched = await world.send(PROVER, 'fetch', [USER.address], { to: paid.contract });
    expect(
      parseEventLogs({ abi: SETTLEMENT_ABI, logs: fetched.logs, eventName: 'Fetched' }).map(({ args }) => args),
    ).toEqual([{ account: PROVER.address, to: USER.address, amount: 5n }]);
  });
});
