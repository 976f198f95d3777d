import * as z from 'zod';
import { RpcError } from '../../../base/json-rpc/answer.js';
import type { Access } from '../../../state/batch/access.js';
import type { EvmSimulation, SimulatedTransaction } from '../../../rules/evm/simulation.js';
import { blockNamed } from '../blocks.js';
import type { RpcContext } from '../context.js';
import { SERVER_ERROR } from '../errors.js';
import { address, data, quantity, word } from '../hex.js';
import { method } from '../method.js';
import type { Methods } from '../method.js';
import { BLOCK } from '../params.js';
import type { BlockName } from '../params.js';
import { CALL, OVERRIDES, simulationOf } from '../request.js';
import type { CallRequest, Override } from '../request.js';
import { failedCall } from '../revert.js';
import { environmentAfter, environmentOf, simulate, stateAfter } from '../simulate.js';
import type { Trial } from '../simulate.js';

const ASKED = z.tuple([CALL, BLOCK.nullish(), OVERRIDES.nullish()]);

type Asked = readonly [name: BlockName | null | undefined, overrides: readonly Override[] | null | undefined];

/** In a named block; `pending` is the one that comes next. */
async function trialIn(context: RpcContext, ...[name, overrides]: Asked): Promise<Trial> {
  if (name === 'pending') return trialAfter(context, name, overrides);
  const block = await blockNamed(context.store, name ?? 'latest');
  return { block, environment: await environmentOf(context, block), overrides: overrides ?? [] };
}

/**
 * For what is to be sent: in the block that comes next, unless an older one is named. What a transaction costs can
 * depend on the time: Uniswap's pairs store a price once a block.
 */
async function trialAfter(context: RpcContext, ...[name, overrides]: Asked): Promise<Trial> {
  if (name != null && name !== 'latest' && name !== 'pending') return trialIn(context, name, overrides);
  const block = await blockNamed(context.store, 'latest');
  return { block, environment: await environmentAfter(context, block), overrides: overrides ?? [] };
}

const isFailed = ({ receipt }: SimulatedTransaction): boolean => receipt.failure !== null;

/**
 * The least gas limit with which a transaction succeeds, or up to 1.5 % more: as in geth, what a call within may use
 * depends on what is left, so that no formula gives it.
 */
async function estimateGas(context: RpcContext, trial: Trial, request: CallRequest): Promise<bigint> {
  const asked = simulationOf(request, context, trial.environment.baseFeePerGas);
  const most = await affordable(context, trial, asked);
  const attempt = (gasLimit: bigint): Promise<SimulatedTransaction> => simulate(context, trial, { ...asked, gasLimit });
  const first = await attempt(most);
  const { failure, output, gasUsed } = first.receipt;
  if (failure === 'revert') throw failedCall(failure, output);
  if (failure !== null) {
    throw new RpcError(SERVER_ERROR, `gas required exceeds allowance (${most}): ${failure}`);
  }
  if (gasUsed === most || !isFailed(await attempt(gasUsed))) return gasUsed;
  let tooLittle = gasUsed;
  let enough = most;
  // What was given back was needed before it was; a call leaves a 64th of its gas to its caller (EIP-150).
  let next = min(((gasUsed + gasUsed / 4n + 2_300n) * 64n) / 63n, most - 1n);
  while (enough - tooLittle > 1n && (enough - tooLittle) * 1000n > enough * 15n) {
    if (isFailed(await attempt(next))) tooLittle = next;
    else enough = next;
    next = (tooLittle + enough) / 2n;
  }
  return enough;
}

/** A gas limit that the sender can pay: what was asked for, at most. */
async function affordable(context: RpcContext, trial: Trial, asked: EvmSimulation): Promise<bigint> {
  const { from, value, gasLimit, gasPrice } = asked;
  if (gasPrice === 0n) return gasLimit;
  const own = trial.overrides.find((override) => override.address === from)?.balance;
  const entry = { address: from, kind: 'balance', slot: 0n } as const;
  const balance = own ?? (await stateAfter(context, trial.block).getMany([entry]))[0]!;
  if (balance < value) throw new RpcError(SERVER_ERROR, 'insufficient funds for transfer');
  return min(gasLimit, (balance - value) / gasPrice);
}

/** The accounts and slots that a transaction touches, but those that are warm without a list. */
function touched(
  { reads, writes }: Pick<SimulatedTransaction, 'reads' | 'writes'>,
  warm: ReadonlySet<bigint>,
): EvmSimulation['accessList'] {
  const slots = new Map<bigint, Set<bigint>>();
  for (const { address: at, kind, slot } of [...reads, ...writes] satisfies Access[]) {
    const own = slots.get(at) ?? new Set();
    slots.set(at, own);
    if (kind === 'storage') own.add(slot);
  }
  return [...slots]
    .filter(([at, own]) => own.size > 0 || !(warm.has(at) || isPrecompile(at)))
    .map(([at, own]) => ({ address: at, slots: [...own] }));
}

/** Prague's have the addresses from 1 to 17. */
const isPrecompile = (at: bigint): boolean => at >= 1n && at <= 17n;

async function createAccessList(context: RpcContext, trial: Trial, request: CallRequest): Promise<object> {
  const asked = simulationOf(request, context, trial.environment.baseFeePerGas);
  let { accessList } = asked;
  // A list changes what gas buys, and so, perhaps, what is touched: until it stays the same, but not for ever.
  for (let round = 0; ; round++) {
    const simulated = await simulate(context, trial, { ...asked, accessList });
    const { receipt } = simulated;
    const warm = new Set([asked.from, asked.to ?? receipt.contractAddress ?? 0n, trial.environment.feeRecipient]);
    const found = touched(simulated, warm);
    if (round < 10 && show(found) !== show(accessList)) {
      accessList = found;
      continue;
    }
    return {
      accessList: accessList.map((item) => ({ address: address(item.address), storageKeys: item.slots.map(word) })),
      gasUsed: quantity(receipt.gasUsed),
      ...(receipt.failure === null
        ? {}
        : { error: receipt.failure === 'revert' ? 'execution reverted' : receipt.failure }),
    };
  }
}

const show = (list: EvmSimulation['accessList']): string =>
  list
    .map((item) => [item.address, ...item.slots.toSorted(ascending)].join())
    .toSorted()
    .join(';');
const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : 1);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** What transactions would do. */
export const CALL_METHODS: Methods = {
  eth_call: method(ASKED, async (context, request, name, overrides) => {
    const trial = await trialIn(context, name, overrides);
    const { receipt } = await simulate(context, trial, simulationOf(request, context, trial.environment.baseFeePerGas));
    if (receipt.failure !== null) throw failedCall(receipt.failure, receipt.output);
    return data(receipt.output);
  }),
  eth_estimateGas: method(ASKED, async (context, request, name, overrides) =>
    quantity(await estimateGas(context, await trialAfter(context, name, overrides), request)),
  ),
  eth_createAccessList: method(ASKED, async (context, request, name, overrides) =>
    createAccessList(context, await trialAfter(context, name, overrides), request),
  ),
};
