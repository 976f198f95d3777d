/** How verifiers are changed, and what becomes of a settlement whose proofs turn out to be forgeable. */
import type { Hex } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import { PARTS } from '../../src/settlement/administer.js';
import { acceptingSettlement, claimed } from './accepting.js';
import { brokenKeys } from './broken-keys.js';
import {
  ADMIN,
  dataOf,
  GUARDIAN,
  pointOf,
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

const UNAUTHORISED = /^AccessControlUnauthorizedAccount\(/;
const DAY = 24 * 3600;
const WRITES = [put(1n, 2n)];
const FEE = 10n ** 12n;

let own: Awaited<ReturnType<typeof acceptingSettlement>>;
/** Verifiers that accept everything, as the first do; which of them is asked is told by what reverts. */
let others: readonly [Hex, Hex];
const world: TestedSettlement = settlementForTests(async (created) => {
  own = await acceptingSettlement(created, { forcedRecordFee: FEE });
  others = [await created.deployAcceptAll(), created.usual];
});

type Name = 'announceVerifiers' | 'refuseVerifiers' | 'adoptVerifiers';
const call = (from: typeof ADMIN, name: Name, args: readonly unknown[] = []): Promise<string> =>
  refusal(world.send(from, name, args as never, { to: own.contract }));
const version = (): Promise<number> =>
  world.reader.readContract({ address: own.contract, abi: SETTLEMENT_ABI, functionName: 'version' });
const verify = (number: number, batches: readonly ReturnType<typeof own.proven>[]): Promise<string> =>
  refusal(world.send(PROVER, 'verifyBatches', [number, batches], { to: own.contract }));
/** Of what the verifiers of a version say: theirs, if they are real, is that there are no such proofs. */
const read = (version: number): Promise<string> => {
  const chunks = claimed(0n as never, WRITES, 0n);
  return refusal(
    world.reader.readContract({
      address: own.contract,
      abi: SETTLEMENT_ABI,
      functionName: 'checkReads',
      args: [0, version, dataOf(WRITES), chunks],
    }),
  );
};
const adopt = async (): Promise<void> => {
  expect(await call(ADMIN, 'announceVerifiers', [others])).toBe('accepted');
  await world.pass(SETTINGS.changeDelay);
  expect(await call(STRANGER, 'adoptVerifiers')).toBe('accepted');
};

describe('other verifiers', () => {
  it('are announced by the administrator alone, and are contracts', async () => {
    for (const other of [STRANGER, GUARDIAN, SEQUENCER, PROVER])
      expect(await call(other, 'announceVerifiers', [others])).toMatch(UNAUTHORISED);
    expect(await call(ADMIN, 'announceVerifiers', [[others[0]]])).toBe('OtherCount(2, 1)');
    expect(await call(ADMIN, 'announceVerifiers', [[others[0], ZERO_ADDRESS]])).toBe(`NoContract(${ZERO_ADDRESS})`);
    expect(await call(ADMIN, 'announceVerifiers', [[STRANGER.address, others[0]]])).toBe(
      `NoContract(${STRANGER.address})`,
    );
  });

  it('are adopted after the delay, and once', async () => {
    expect(await call(STRANGER, 'adoptVerifiers')).toBe('NotAdoptable(0)');
    await call(ADMIN, 'announceVerifiers', [others]);
    await world.pass(SETTINGS.changeDelay - 60);
    expect(await call(ADMIN, 'adoptVerifiers')).toMatch(/^NotAdoptable\([1-9]/);
    // Announced anew, the delay begins anew: nothing is exchanged at the last moment.
    await call(ADMIN, 'announceVerifiers', [others]);
    await world.pass(60);
    expect(await call(ADMIN, 'adoptVerifiers')).toMatch(/^NotAdoptable\([1-9]/);
    await world.pass(SETTINGS.changeDelay);
    expect([await call(STRANGER, 'adoptVerifiers'), await version()]).toEqual(['accepted', 2]);
    expect(await call(STRANGER, 'adoptVerifiers')).toBe('NotAdoptable(0)');
  });

  it('are refused by a guardian, until the moment that they are adopted', async () => {
    expect(await call(GUARDIAN, 'refuseVerifiers')).toBe('NotAdoptable(0)');
    await call(ADMIN, 'announceVerifiers', [others]);
    await world.pass(2 * SETTINGS.changeDelay);
    for (const other of [STRANGER, ADMIN, SEQUENCER])
      expect(await call(other, 'refuseVerifiers')).toMatch(UNAUTHORISED);
    expect(await call(GUARDIAN, 'refuseVerifiers')).toBe('accepted');
    expect(await call(ADMIN, 'adoptVerifiers')).toBe('NotAdoptable(0)');
  });

  it('wait for as long as anything is stopped: who leaves because of them still has the whole delay', async () => {
    await call(ADMIN, 'announceVerifiers', [others]);
    await world.send(GUARDIAN, 'stop', [[PARTS.forcing], 3 * DAY], { to: own.contract });
    await world.pass(3 * DAY);
    expect(await call(ADMIN, 'adoptVerifiers')).toMatch(/^NotAdoptable\([1-9]/);
    await world.pass(SETTINGS.changeDelay);
    expect(await call(ADMIN, 'adoptVerifiers')).toBe('accepted');
  });
});

describe('a batch', () => {
  it('is proven by the version with which it was posted, and by no other', async () => {
    const before = await own.post(1, WRITES);
    await adopt();
    const after = await own.post(2, WRITES);
    expect([before.version, after.version]).toEqual([1, 2]);
    const first = own.proven(1, before, WRITES);
    const second = own.proven(2, after, WRITES);
    // Version 1 is given out as 2, and the point is then another, too.
    expect(await verify(1, [{ ...first, posted: { ...before, version: 2 } }])).toBe('OtherBatch(1)');
    expect(await verify(1, [first, second])).toBe('OtherVersion(2)');
    expect(await verify(1, [first])).toBe('accepted');
    const asFirst = { ...second, chunks: own.proven(2, { ...after, version: 1 }, WRITES).chunks };
    expect(await verify(2, [asFirst])).toMatch(/^DataNotProven/);
    expect(await verify(2, [second])).toBe('accepted');
  });

  it('of a version that is no more ends what its keys are good for', async () => {
    await own.post(1, WRITES);
    await adopt();
    for (const number of [0, 3]) expect(await read(number)).toBe(`UnusableVersion(${number})`);
    // Batch 1 still waits for the first version's proofs; once it is proven, they are of no use.
    expect(await read(1)).toMatch(/^DataNotProven/);
    const posted = await own.post(2, WRITES);
    expect(posted.version).toBe(2);
    await world.restore();
    const first = await own.post(1, WRITES);
    await adopt();
    expect(await verify(1, [own.proven(1, first, WRITES)])).toBe('accepted');
    expect(await read(1)).toBe('UnusableVersion(1)');
    expect(await read(2)).toMatch(/^DataNotProven/);
  });
});

describe('a version', () => {
  it('with which no batch was posted is not in use once another is adopted', async () => {
    await own.post(1, WRITES);
    await adopt();
    await adopt();
    // Batch 1 waits for the first version; the second has no batch, and its keys are good for nothing.
    expect([await version(), await read(1), await read(2), await read(3)]).toEqual([
      3,
      expect.stringMatching(/^DataNotProven/),
      'UnusableVersion(2)',
      expect.stringMatching(/^DataNotProven/),
    ]);
  });
});

describe('the alarm', () => {
  const DATA = dataOf(WRITES);
  const claim = (root: bigint, prover: Hex, { number = 1, version = 1, log = WRITES } = {}) => ({
    prover,
    chunks: claimed(pointOf(own.contract, number, DATA, log, prover, { version }), log, root),
  });
  type Claim = ReturnType<typeof claim>;
  const alarm = (one: Claim, other: Claim, { number = 1, version = 1, data = DATA } = {}): Promise<string> =>
    refusal(world.send(STRANGER, 'raiseAlarm', [number, version, data, one, other], { to: own.contract }));

  it('is raised by anyone with two accepted proofs of the same data and different roots', async () => {
    expect(await alarm(claim(5n, PROVER.address), claim(6n, USER.address))).toBe('accepted');
    const post = { data: DATA, fee: 0n, prover: ZERO_ADDRESS, logHash: 0n };
    expect(await refusal(world.send(SEQUENCER, 'sequenceBatches', [1, [post]], { to: own.contract }))).toBe(
      'Alarmed()',
    );
    expect(await refusal(world.send(SEQUENCER, 'sequenceForcedBatches', [1], { to: own.contract }))).toBe('Alarmed()');
    expect(await verify(1, [])).toBe('Alarmed()');
    expect(await read(1)).toBe('Alarmed()');
    const forced = dataOf([storageOf(BigInt(USER.address), 1n, 1n)]);
    expect(await refusal(world.send(USER, 'forceBatch', [forced], { to: own.contract, value: FEE }))).toBe('Alarmed()');
  });

  it('is not raised by proofs that agree, or that are of other data, another root, another place', async () => {
    expect(await alarm(claim(5n, PROVER.address), claim(5n, USER.address))).toBe('SameRoot(5)');
    const otherLog = [put(1n, 3n)];
    expect(await alarm(claim(5n, PROVER.address), claim(6n, USER.address, { log: otherLog }))).toMatch(
      /^DataNotProven/,
    );
    expect(await alarm(claim(5n, PROVER.address), claim(6n, USER.address, { number: 2 }))).toMatch(/^DataNotProven/);
    // From a root that nobody knows yet.
    const second = [claim(5n, PROVER.address, { number: 2 }), claim(6n, USER.address, { number: 2 })] as const;
    expect(await alarm(...second, { number: 2 })).toBe('NotConsolidated(1)');
    expect(await alarm(...second, { number: 0 })).toBe('NotConsolidated(0)');
    expect(await alarm({ ...claim(5n, PROVER.address), chunks: [] }, claim(6n, USER.address))).toBe('NoChunks()');
  });

  it('is not raised by the keys of a version that harm nobody any more, nor of one that is not', async () => {
    expect(
      await alarm(claim(5n, PROVER.address, { version: 2 }), claim(6n, USER.address, { version: 2 }), { version: 2 }),
    ).toBe('UnusableVersion(2)');
    await adopt();
    expect(await alarm(claim(5n, PROVER.address), claim(6n, USER.address))).toBe('UnusableVersion(1)');
  });

  it('is not raised by proofs that no verifier accepts', async () => {
    const real = world.contract;
    const claims = [5n, 6n].map((root) => ({
      prover: USER.address,
      chunks: claimed(pointOf(real, 1, DATA, WRITES, USER.address), WRITES, root),
    }));
    expect(await refusal(world.send(STRANGER, 'raiseAlarm', [1, 1, DATA, claims[0]!, claims[1]!]))).toBe(
      'InvalidProofs()',
    );
  });

  it('is raised by whoever consolidates a batch truly, after one who forged its root with broken keys', async () => {
    const { key, forge } = await brokenKeys();
    const verifier = await world.deployVerifier(key);
    const contract = await world.deploySettlement({}, [verifier, verifier]);
    const forged = (root: bigint, prover: Hex) => {
      const x = pointOf(contract, 1, DATA, WRITES, prover);
      const [chunk] = claimed(x, WRITES, root);
      const signals = [0n, root, 0n, chunk!.logHash, x, 1n, chunk!.dataOut];
      return [{ ...chunk!, ...forge(signals) }];
    };
    const post = { data: DATA, fee: 0n, prover: ZERO_ADDRESS, logHash: 0n };
    const sent = await world.send(SEQUENCER, 'sequenceBatches', [1, [post]], { to: contract });
    const [posted] = await own.postedBy(Promise.resolve(sent));
    const batch = { posted: posted!, data: DATA, chunks: forged(666n, PROVER.address) };
    // What the forger proves is not what another's proof says, and not what anyone else can send.
    expect(await refusal(world.send(PROVER, 'verifyBatches', [1, [batch]], { to: contract }))).toBe('accepted');
    const claims = [
      { prover: PROVER.address, chunks: batch.chunks },
      { prover: USER.address, chunks: forged(5n, USER.address) },
    ] as const;
    const unproven = { ...claims[1], chunks: [{ ...claims[1].chunks[0]!, newRoot: 6n }] };
    const raise = (one: Claim, other: Claim) =>
      refusal(world.send(STRANGER, 'raiseAlarm', [1, 1, DATA, one, other], { to: contract }));
    expect(await raise(claims[0], unproven)).toBe('InvalidProofs()');
    expect(await raise(unproven, claims[0])).toBe('InvalidProofs()');
    expect(await raise(claims[0], claims[1])).toBe('accepted');
    expect(await refusal(world.send(SEQUENCER, 'sequenceBatches', [2, [post]], { to: contract }))).toBe('Alarmed()');
  });

  describe('being raised', () => {
    const OWN = [storageOf(BigInt(USER.address), 1n, 1n)];
    let posted: Awaited<ReturnType<typeof own.post>>;
    beforeEach(async () => {
      posted = await own.post(1, WRITES, 5n);
      for (let i = 0; i < 2; i++) await world.send(USER, 'forceBatch', [dataOf(OWN)], { to: own.contract, value: FEE });
    });
    const refunds = async (): Promise<readonly string[]> => [
      await refusal(world.send(STRANGER, 'refundPosted', [1, posted], { to: own.contract })),
      await refusal(world.send(STRANGER, 'refundForced', [9], { to: own.contract })),
    ];
    const owed = (account: Hex): Promise<bigint> =>
      world.reader.readContract({ address: own.contract, abi: SETTLEMENT_ABI, functionName: 'owed', args: [account] });

    it('gives back the fees of what can never be proven, each once', async () => {
      expect(await refunds()).toEqual(['NotAlarmed()', 'NotAlarmed()']);
      await alarm(claim(5n, PROVER.address), claim(6n, USER.address));
      const dearer = { ...posted, fee: 9n };
      expect(await refusal(world.send(STRANGER, 'refundPosted', [1, dearer], { to: own.contract }))).toBe(
        'OtherBatch(1)',
      );
      expect(await refunds()).toEqual(['accepted', 'accepted']);
      expect(await refunds()).toEqual(['OtherBatch(1)', 'accepted']);
      expect([await owed(SEQUENCER.address), await owed(USER.address)]).toEqual([5n, 2n * FEE]);
      await world.send(USER, 'fetch', [USER.address], { to: own.contract });
      await world.send(SEQUENCER, 'fetch', [SEQUENCER.address], { to: own.contract });
      expect(await world.reader.getBalance({ address: own.contract })).toBe(0n);
    });
  });
});

describe('a state that exists', () => {
  it('is what a settlement begins with, and its first batch goes on from it', async () => {
    const root = 77n;
    const begun = await acceptingSettlement(world, { genesisRoot: root });
    const place = { address: begun.contract, abi: SETTLEMENT_ABI } as const;
    expect(await world.reader.readContract({ ...place, functionName: 'consolidatedRoot' })).toBe(root);
    expect(await world.reader.readContract({ ...place, functionName: 'rootAfter', args: [0] })).toBe(root);
    const posted = await begun.post(1, WRITES);
    await world.send(PROVER, 'verifyBatches', [1, [begun.proven(1, posted, WRITES)]], { to: begun.contract });
    const roots = [0, 1].map((number) =>
      world.reader.readContract({ ...place, functionName: 'rootAfter', args: [number] }),
    );
    expect(await Promise.all(roots)).toEqual([root, 1n]);
  });
});
