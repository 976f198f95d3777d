import { bytesToHex } from '@noble/hashes/utils.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import { EvmBatch } from '../../rules/evm/batch.js';
import { decodeTransaction } from '../../rules/evm/decode.js';
import type { BlockEnvironment } from '../../rules/evm/environment.js';
import { RejectedError } from '../../rules/common/rules.js';
import { changeOf } from '../../state/hashdb/change.js';
import { WorkingState } from '../../state/hashdb/working-state.js';
import type { BatchBlock } from '../store/batch-bytes.js';
import type { BlockHeader } from '../store/header.js';
import { sealBlock } from '../store/seal.js';
import type { Included } from '../store/seal.js';
import type { StoredBatch, StoredBlock } from '../store/state-db.js';
import type { ChainParts } from './parts.js';

/** A batch that was executed again came to something else; the message says which block and field. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
  constructor(
    readonly block: bigint,
    /** Of the block's header, `transactions`, or `blocks`. */
    readonly field: string,
    message: string,
  ) {
    super(`block ${block}: executed again, ${message}; nothing more is sequenced until somebody has looked at it`);
  }
}

/** In the order in which they say most about what differs. */
const FIELDS = [
  'parentHash',
  'number',
  'timestamp',
  'gasLimit',
  'baseFeePerGas',
  'prevRandao',
  'feeRecipient',
  'transactionsRoot',
  'gasUsed',
  'bloom',
  'receiptsRoot',
] as const satisfies readonly (keyof BlockHeader)[];

/**
 * Executes a batch's blocks on the state before it, and compares each with the stored one; at the end the root of the
 * state. The roots between are those that the stored blocks say.
 * @param blocks what the batch's bytes say
 * @param stored the batch's blocks, as they are stored
 * @returns the batch, after its last block
 * @throws {DivergenceError} a field differs
 */
export async function replay(
  { chain, db, store }: ChainParts,
  { oldRoot, firstBlock }: Pick<StoredBatch, 'oldRoot' | 'firstBlock'>,
  blocks: readonly BatchBlock[],
  stored: readonly StoredBlock[],
): Promise<EvmBatch> {
  if (blocks.length !== stored.length) {
    const what = `the batch was expected to have ${stored.length} blocks, got ${blocks.length}`;
    throw new DivergenceError(firstBlock, 'blocks', what);
  }
  const batch = await EvmBatch.begin(chain, new WorkingState(db, oldRoot), store);
  let ancestors = await store.ancestors(firstBlock);
  for (const [i, { transactions, ...fields }] of blocks.entries()) {
    const number = firstBlock + BigInt(i);
    const environment: BlockEnvironment = { ...fields, number, ancestors };
    batch.enterBlock(environment);
    const included: Included[] = [];
    for (const [index, bytes] of transactions.entries()) {
      const transaction = decodeTransaction(bytes, chain);
      try {
        included.push({ transaction, ...(await batch.execute(transaction)) });
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error;
        throw new DivergenceError(number, 'transactions', `transaction ${index} was refused: ${error.message}`);
      }
    }
    const expected = stored[i]!;
    const sealed = sealBlock(environment, included, expected.stateRoot, chain.fork);
    for (const field of FIELDS) compare(number, field, expected[field], sealed[field]);
    compare(number, 'hash', expected.hash, sealed.hash);
    ancestors = [sealed.hash, ...ancestors].slice(0, 256);
  }
  const last = stored.at(-1);
  if (last === undefined) return batch;
  const { root } = await changeOf(db, oldRoot, batch.netChanges().writes);
  compare(last.number, 'stateRoot', last.stateRoot, root);
  return batch;
}

function compare(block: bigint, field: string, expected: bigint | Uint8Array, got: bigint | Uint8Array): void {
  if (shown(expected) === shown(got)) return;
  throw new DivergenceError(block, field, `${field} was expected to be ${shown(expected)}, got ${shown(got)}`);
}

const shown = (value: bigint | Uint8Array): string =>
  typeof value === 'bigint' ? uint256ToHex(value) : `0x${bytesToHex(value)}`;
