/** What may be posted, by whom, and when; proofs play no part here. */
import fc from 'fast-check';
import { keccak256, parseEventLogs, toFunctionSelector, toHex } from 'viem';
import type { Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../src/state/batch/access.js';
import type { Kind } from '../../src/state/batch/access.js';
import { dataPolynomial } from '../../src/state/batch/log.js';
import { FIELD_ORDER, toFr } from '../../src/base/field/fr.js';
import { toUint256 } from '../../src/base/field/limbs.js';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import { BatchDataError, decodeBatchData, encodeBatchData } from '../../src/settlement/data.js';
import type { Write } from '../../src/settlement/data.js';
import { batchPoint } from '../../src/settlement/point.js';
import {
  ADMIN,
  dataOf,
  EVERY_ABI,
  GUARDIAN,
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

const world = settlementForTests();

const unevaluated = (data: Hex) => ({ data, fee: 0n, prover: ZERO_ADDRESS, logHash: 0n });
const BATCH = unevaluated(dataOf([put(1n, 2n)]));
/** Whether the contract would take these bytes; nothing is sent. */
const posting = (data: Hex): Promise<string> =>
  refusal(
    world.reader.simulateContract({
      address: world.contract,
      abi: EVERY_ABI,
      functionName: 'sequenceBatches',
      args: [1, [unevaluated(data)]],
      account: SEQUENCER,
    }),
  );

const WORDS = [0n, 1n, 2n ** 128n - 1n, 2n ** 128n, 2n ** 255n, 2n ** 256n - 1n];
const aWrite: fc.Arbitrary<Write> = fc
  .record({
    kind: fc.constantFrom(...(Object.keys(KINDS) as Kind[])),
    address: fc.oneof(fc.constantFrom(0n, 2n ** 160n - 1n), fc.bigInt(0n, 2n ** 160n - 1n)),
    slot: fc.oneof(fc.constantFrom(...WORDS), fc.bigInt(0n, 2n ** 256n - 1n)),
    value: fc.oneof(fc.constantFrom(...WORDS), fc.bigInt(0n, 2n ** 256n - 1n)),
  })
  .map(({ kind, address, slot, value }) => ({
    op: 'write',
    kind,
    address,
    slot: toUint256(kind === 'storage' ? slot : 0n),
    value: toUint256(value),
  }));

describe('posted data', () => {
  it.each<[string, Hex, string]>([
    ['nothing', '0x', 'MalformedLength(0)'],
    ['a byte less than a record', `0x${'00'.repeat(84)}`, 'MalformedLength(84)'],
    ['a byte more', `0x${'00'.repeat(86)}`, 'MalformedLength(86)'],
    [
      '513 records',
      dataOf(Array.from({ length: 512 }, () => put(1n, 2n))).concat('00'.repeat(85)) as Hex,
      'MalformedLength(43605)',
    ],
    ['kind 5', `${dataOf([put(1n, 2n)])}05${'00'.repeat(84)}`, 'MalformedRecord(1)'],
    ['kind 255', `0xff${'00'.repeat(84)}`, 'MalformedRecord(0)'],
    ['a slot beside a balance', `0x00${'00'.repeat(20)}${'00'.repeat(31)}01${'00'.repeat(32)}`, 'MalformedRecord(0)'],
    [
      'a slot beside a code length',
      `0x04${'00'.repeat(20)}80${'00'.repeat(31)}${'00'.repeat(32)}`,
      'MalformedRecord(0)',
    ],
  ])('is refused if it is %s, by the library too', async (_, data, error) => {
    expect(await posting(data)).toBe(error);
    expect(() => decodeBatchData(Buffer.from(data.slice(2), 'hex'))).toThrow(BatchDataError);
  });

  it('is taken from one record to 512, of every kind, with any numbers', async () => {
    const kinds = (Object.keys(KINDS) as Kind[]).map((kind): Write => ({
      op: 'write',
      kind,
      address: 2n ** 160n - 1n,
      slot: toUint256(kind === 'storage' ? 2n ** 256n - 1n : 0n),
      value: toUint256(2n ** 256n - 1n),
    }));
    expect(await posting(dataOf(kinds))).toBe('accepted');
    expect(await posting(dataOf([put(0n, 0n)]))).toBe('accepted');
    expect(await posting(dataOf(Array.from({ length: 512 }, (_, i) => put(BigInt(i), 1n))))).toBe('accepted');
  });

  it('is taken by the contract exactly if the library reads it, whatever bytes it is', async () => {
    const someBytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .record({
          writes: fc.array(aWrite, { minLength: 1, maxLength: 4 }),
          cut: fc.nat(2),
          at: fc.nat(339),
          byte: fc.nat(255),
        })
        .map(({ writes, cut, at, byte }) => {
          const data = Uint8Array.from(encodeBatchData(writes));
          data[at % data.length] = byte;
          return data.subarray(0, data.length - (cut === 2 ? 1 : 0));
        }),
    );
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(someBytes, async (data) => {
        const isTaken = (await posting(toHex(data))) === 'accepted';
        if (isTaken) {
          taken++;
          expect(Buffer.from(encodeBatchData(decodeBatchData(data))).equals(data)).toBe(true);
        } else {
          expect(() => decodeBatchData(data)).toThrow(BatchDataError);
        }
      }),
      { numRuns: 150 },
    );
    expect(taken).toBeGreaterThan(10);
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.array(aWrite, { minLength: 1, maxLength: 5 }), (writes) => {
        expect(decodeBatchData(encodeBatchData(writes))).toEqual(writes);
      }),
    );
    expect(() => encodeBatchData([])).toThrow('expected 1 to 512 records of 85 bytes, got 0 writes');
    expect(() => encodeBatchData([{ ...put(1n, 2n), kind: 'nonce' }])).toThrow(
      'record 0: expected slot 0 with kind nonce, got nonce of 0x',
    );
  });

  it('has at the point the value that the circuit computes, if a prover is named', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aWrite, { minLength: 1, maxLength: 20 }),
        fc.bigInt(0n, 2n ** 253n),
        async (writes, log) => {
          const logHash = toFr(log);
          const data = dataOf(writes);
          const number = ((await world.read('lastVirtual')) as number) + 1;
          const { logs } = await world.send(SEQUENCER, 'sequenceBatches', [
            number,
            [{ data, fee: 0n, prover: PROVER.address, logHash }],
          ]);
          const [event] = parseEventLogs({ abi: SETTLEMENT_ABI, logs, eventName: 'BatchPosted' });
          const context = {
            chainId: 31_337,
            contract: world.contract,
            number,
            version: 1,
            prover: PROVER.address,
            dataHash: keccak256(data),
            logHash,
          };
          expect(event!.args.posted.dataOut).toBe(dataPolynomial(batchPoint(context), writes));
          expect(event!.args).toMatchObject({
            number,
            data,
            posted: { dataHash: keccak256(data), prover: PROVER.address, logHash },
          });
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('posting', () => {
  it('is for the sequencer, batch by batch in order', async () => {
    for (const other of [STRANGER, PROVER, GUARDIAN, ADMIN]) {
      expect(await refusal(world.send(other, 'sequenceBatches', [1, [BATCH]]))).toMatch(
        /^AccessControlUnauthorizedAccount/,
      );
    }
    expect(await refusal(world.send(SEQUENCER, 'sequenceBatches', [1, []]))).toBe('NoBatches()');
    for (const first of [0, 2])
      expect(await refusal(world.send(SEQUENCER, 'sequenceBatches', [first, [BATCH]]))).toBe(`NotNext(1, ${first})`);
    await world.send(SEQUENCER, 'sequenceBatches', [1, [BATCH, BATCH]]);
    expect(await world.read('lastVirtual')).toBe(2);
    // The very same call, sent twice, posts once.
    expect(await refusal(world.send(SEQUENCER, 'sequenceBatches', [1, [BATCH, BATCH]]))).toBe('NotNext(3, 1)');
  });

  it('posts all of a call or nothing', async () => {
    expect(await refusal(world.send(SEQUENCER, 'sequenceBatches', [1, [BATCH, unevaluated('0x00')]]))).toBe(
      'MalformedLength(1)',
    );
    expect(await world.read('lastVirtual')).toBe(0);
  });
});

describe('a forced batch', () => {
  const own = (slot: bigint, owner = USER.address): Write => storageOf(BigInt(owner), slot, 7n);
  const OWN = dataOf([own(1n), own(2n)]);

  it('writes entries of whoever asks for it, and no others', async () => {
    expect(await refusal(world.send(USER, 'forceBatch', [OWN]))).toBe('accepted');
    expect(await refusal(world.send(STRANGER, 'forceBatch', [OWN]))).toBe('ForeignRecord(0)');
    expect(await refusal(world.send(USER, 'forceBatch', [dataOf([own(1n), own(1n, STRANGER.address)])]))).toBe(
      'ForeignRecord(1)',
    );
    expect(await refusal(world.send(USER, 'forceBatch', [dataOf([put(1n, 1n)])]))).toBe('ForeignRecord(0)');
    expect(await refusal(world.send(USER, 'forceBatch', ['0x00']))).toBe('MalformedLength(1)');
    expect(
      await refusal(world.send(USER, 'forceBatch', [`0x05${USER.address.slice(2)}${'00'.repeat(64)}` as Hex])),
    ).toBe('MalformedRecord(0)');
  });

  it('is posted by the sequencer at once, or by anyone after the delay, but not before it was asked for', async () => {
    await world.send(USER, 'forceBatch', [OWN]);
    await world.send(USER, 'forceBatch', [OWN]);
    expect(await refusal(world.send(STRANGER, 'sequenceForcedBatches', [1]))).toBe('ForcedBatchNotDue(0)');
    await world.send(SEQUENCER, 'sequenceForcedBatches', [1]);
    await world.pass(SETTINGS.forceDelay);
    // Who asks for more than there are gets those that there are.
    const { logs } = await world.send(STRANGER, 'sequenceForcedBatches', [2 ** 48 - 1]);
    const [event] = parseEventLogs({ abi: SETTLEMENT_ABI, logs, eventName: 'ForcedBatchPosted' });
    expect(event!.args).toMatchObject({
      number: 2,
      index: 1,
      posted: { dataHash: keccak256(OWN), prover: ZERO_ADDRESS },
    });
    expect([await world.read('lastVirtual'), await world.read('forcedPosted')]).toEqual([2, 2]);
    for (const from of [STRANGER, SEQUENCER])
      expect(await refusal(world.send(from, 'sequenceForcedBatches', [1]))).toBe('ForcedBatchNotDue(2)');
  });

  it('is not ignored: once it is due, the sequencer posts nothing before it', async () => {
    await world.send(USER, 'forceBatch', [OWN]);
    await world.send(SEQUENCER, 'sequenceBatches', [1, [BATCH]]);
    await world.pass(SETTINGS.forceDelay);
    expect(await refusal(world.send(SEQUENCER, 'sequenceBatches', [2, [BATCH]]))).toBe('ForcedBatchOverdue(0)');
    await world.send(SEQUENCER, 'sequenceForcedBatches', [1]);
    expect(await refusal(world.send(SEQUENCER, 'sequenceBatches', [3, [BATCH]]))).toBe('accepted');
  });
});

describe('a settlement', () => {
  it('is not made with a delay of 0, or of more than 30 days', async () => {
    const month = 30 * 24 * 3600;
    const accepted = [
      { proverTimeout: 1, forceDelay: 1, changeDelay: 2 },
      { proverTimeout: month, forceDelay: month - 1, changeDelay: month },
    ];
    for (const delays of accepted) expect(await refusal(world.deploySettlement(delays))).toBe('accepted');
    for (const name of ['proverTimeout', 'forceDelay', 'changeDelay'] as const) {
      for (const delay of [0, month + 1])
        await expect(world.deploySettlement({ [name]: delay })).rejects.toThrow(
          toFunctionSelector('DelayOutOfRange(uint48)'),
        );
    }
  });

  it('is not made with a change of verifiers that overtakes who forces a batch because of it', async () => {
    await expect(world.deploySettlement({ forceDelay: 60, changeDelay: 60 })).rejects.toThrow(
      toFunctionSelector('ChangeDelayTooShort(uint48,uint48)'),
    );
  });

  it('begins with a root that is one', async () => {
    expect(await refusal(world.deploySettlement({ genesisRoot: FIELD_ORDER - 1n }))).toBe('accepted');
    await expect(world.deploySettlement({ genesisRoot: FIELD_ORDER })).rejects.toThrow(
      toFunctionSelector('RootOutOfRange(uint256)'),
    );
  });

  it('is not made with a verifier that is no contract, nor with one too many or too few', async () => {
    for (const verifiers of [[], [world.usual], [world.usual, world.deep, world.deep]])
      await expect(world.deploySettlement({}, verifiers)).rejects.toThrow(
        toFunctionSelector('OtherCount(uint256,uint256)'),
      );
    for (const verifiers of [
      [ZERO_ADDRESS, world.deep],
      [world.usual, STRANGER.address],
    ] as const)
      await expect(world.deploySettlement({}, verifiers)).rejects.toThrow(toFunctionSelector('NoContract(address)'));
  });
});
