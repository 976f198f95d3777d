/** A settlement whose verifiers accept whatever they are asked about: for what does not depend on what proofs say. */
import { parseEventLogs } from 'viem';
import type { Hex } from 'viem';
import type { Fr } from '../../src/base/field/fr.js';
import { dataPolynomial, logHash } from '../../src/state/batch/log.js';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import type { Write } from '../../src/settlement/data.js';
import type { Address } from '../../src/settlement/point.js';
import { dataOf, pointOf, PROVER, SEQUENCER, ZERO_ADDRESS } from './world.js';
import type { SETTINGS, SettlementWorld } from './world.js';

type Pair = readonly [bigint, bigint];
interface Chunk {
  readonly a: Pair;
  readonly b: readonly [Pair, Pair];
  readonly c: Pair;
  readonly newRoot: bigint;
  readonly logHash: Fr;
  readonly dataOut: Fr;
  readonly deep: boolean;
}

/** What stands for the proof of a log that ends with this root. */
export const claimed = (x: Fr, log: readonly Write[], newRoot: bigint): Chunk[] => [
  {
    a: [0n, 0n],
    b: [
      [0n, 0n],
      [0n, 0n],
    ],
    c: [0n, 0n],
    newRoot,
    logHash: logHash(log),
    dataOut: dataPolynomial(x, log),
    deep: false,
  },
];

/** Such a settlement, and calls to it. */
export async function acceptingSettlement(world: SettlementWorld, settings: Partial<typeof SETTINGS> = {}) {
  const acceptAll = await world.deployAcceptAll();
  const contract = await world.deploySettlement(settings, [acceptAll, acceptAll]);
  const postedBy = async (receipt: ReturnType<SettlementWorld['send']>) => {
    const { logs } = await receipt;
    return parseEventLogs({ abi: SETTLEMENT_ABI, logs, eventName: ['BatchPosted', 'ForcedBatchPosted'] }).map(
      ({ args }) => args.posted,
    );
  };
  return {
    acceptAll,
    contract,
    postedBy,
    post: async (number: number, writes: readonly Write[], fee = 0n) => {
      const batch = { data: dataOf(writes), fee, prover: ZERO_ADDRESS, logHash: 0n };
      const sent = world.send(SEQUENCER, 'sequenceBatches', [number, [batch]], { to: contract, value: fee });
      return (await postedBy(sent))[0]!;
    },
    /** What `verifyBatches` takes of a batch. */
    proven: (
      number: number,
      posted: Awaited<ReturnType<typeof postedBy>>[number],
      writes: readonly Write[],
      { root = 1n, prover = PROVER.address as Address } = {},
    ) => {
      const data = dataOf(writes);
      const x = pointOf(contract, number, data, writes, prover, { version: posted.version });
      return { posted, data: data as Hex, chunks: claimed(x, writes, root) };
    },
  };
}
