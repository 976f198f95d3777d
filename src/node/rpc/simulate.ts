import type { Uint256 } from '../../base/field/limbs.js';
import { keccak256 } from '../../state/batch/import/keccak.js';
import type { EntryKey } from '../../state/batch/access.js';
import { WorkingState } from '../../state/hashdb/working-state.js';
import { EvmBatch } from '../../rules/evm/batch.js';
import type { BlockEnvironment } from '../../rules/evm/environment.js';
import type { CodeSource } from '../../rules/evm/codes.js';
import type { StateSource } from '../../rules/common/view.js';
import type { EvmObserver } from '../../rules/evm/observer.js';
import type { EvmSimulation, SimulatedTransaction } from '../../rules/evm/simulation.js';
import type { StoredBlock } from '../store/state-db.js';
import type { RpcContext } from './context.js';
import type { Override } from './request.js';

/** The state after a block. */
export const stateAfter = ({ state }: RpcContext, { stateRoot }: StoredBlock): StateSource =>
  new WorkingState(state, stateRoot);

/** What a block's transactions could ask about it. */
export async function environmentOf({ store }: RpcContext, block: StoredBlock): Promise<BlockEnvironment> {
  const { number, timestamp, gasLimit, baseFeePerGas, prevRandao, feeRecipient } = block;
  const ancestors = await store.ancestors(number);
  return { number, timestamp, gasLimit, baseFeePerGas, prevRandao, feeRecipient, ancestors };
}

/** What transactions of a block's child could ask, if it were made now. */
export async function environmentAfter(context: RpcContext, parent: StoredBlock): Promise<BlockEnvironment> {
  const { ancestors, ...environment } = await environmentOf(context, parent);
  const now = BigInt(Math.floor(context.now() / 1000));
  return {
    ...environment,
    number: parent.number + 1n,
    timestamp: now > parent.timestamp ? now : parent.timestamp + 1n,
    baseFeePerGas: context.nextBaseFee(parent),
    ancestors: [parent.hash, ...ancestors].slice(0, 256),
  };
}

/** Where transactions that nobody signed are tried: in an environment, on the state after a block. */
export interface Trial {
  readonly block: StoredBlock;
  readonly environment: BlockEnvironment;
  readonly overrides: readonly Override[];
}

/**
 * What would come of a transaction. One that pays nothing for its gas is tried in a block without a base fee.
 * @throws {TransactionRejectedError} it cannot be in the block
 */
export async function simulate(
  context: RpcContext,
  { block, environment, overrides }: Trial,
  simulation: EvmSimulation,
  observer?: EvmObserver,
): Promise<SimulatedTransaction> {
  const source = overridden(stateAfter(context, block), context.store, overrides);
  const batch = await EvmBatch.begin(context.chain, source.state, source.codes);
  const isFree = simulation.gasPrice === 0n;
  batch.enterBlock(isFree ? { ...environment, baseFeePerGas: 0n } : environment);
  return batch.simulate(simulation, { observer });
}

/** A state in which some entries are others. */
function overridden(
  state: StateSource,
  codes: CodeSource,
  overrides: readonly Override[],
): { readonly state: StateSource; readonly codes: CodeSource } {
  if (overrides.length === 0) return { state, codes };
  const accounts = new Map(overrides.map((override) => [override.address, override]));
  const given = new Map(overrides.flatMap(({ code }) => (code == null ? [] : [[keccak256(code), code] as const])));
  return {
    state: {
      getMany: async (entries) => {
        const values = await state.getMany(entries);
        return entries.map((entry, i) => valueIn(accounts.get(entry.address), entry) ?? values[i]!);
      },
    },
    codes: { get: (hash) => given.get(hash) ?? codes.get(hash) },
  };
}

/** What an override says of an entry; null if nothing. */
function valueIn(override: Override | undefined, { kind, slot }: EntryKey): Uint256 | null {
  if (override === undefined) return null;
  const { balance, nonce, code, slots, isWhole } = override;
  switch (kind) {
    case 'balance':
      return balance ?? null;
    case 'nonce':
      return nonce ?? null;
    case 'code':
      if (code == null) return null;
      return code.length === 0 ? 0n : keccak256(code);
    case 'length':
      return code == null ? null : BigInt(code.length);
    case 'storage':
      return slots.find(([name]) => name === slot)?.[1] ?? (isWhole ? 0n : null);
    default:
      return null;
  }
}
