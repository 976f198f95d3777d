import type { EvmReceipt } from '../../rules/evm/receipt.js';
import type { EvmFrame, EvmFrameEnd, EvmObserver } from '../../rules/evm/observer.js';
import { address, data, quantity } from './hex.js';
import { reasonOf } from './revert.js';

interface Call {
  readonly frame: EvmFrame;
  end: EvmFrameEnd | null;
  readonly calls: Call[];
}

/** The calls of a transaction, each with those within it: what geth's callTracer gives. */
export class CallTree implements EvmObserver {
  #top: Call | null = null;
  /** The calls under way, the innermost last. */
  readonly #open: Call[] = [];

  enter(frame: EvmFrame): void {
    const call: Call = { frame, end: null, calls: [] };
    this.#open.at(-1)?.calls.push(call);
    this.#top ??= call;
    this.#open.push(call);
  }

  leave(end: EvmFrameEnd): void {
    this.#open.pop()!.end = end;
  }

  /**
   * All of it, once the transaction is executed.
   * @param gasLimit the transaction's, which is more than its call's
   */
  show({ gasUsed }: Pick<EvmReceipt, 'gasUsed'>, gasLimit: bigint, onlyTop: boolean): object {
    return { ...showCall(this.#top!, onlyTop), gas: quantity(gasLimit), gasUsed: quantity(gasUsed) };
  }
}

function showCall({ frame, end, calls }: Call, onlyTop: boolean): object {
  const { kind, from, value, gasLimit, data: input } = frame;
  const { gasUsed, failure, created } = end!;
  const output = failure === null || failure === 'revert' ? end!.output : new Uint8Array();
  const to = frame.to ?? (failure === null ? created : null);
  const reason = failure === 'revert' ? reasonOf(output) : null;
  return {
    type: kind.toUpperCase(),
    from: address(from),
    ...(to === null ? {} : { to: address(to) }),
    ...(kind === 'staticcall' ? {} : { value: quantity(value) }),
    gas: quantity(gasLimit),
    gasUsed: quantity(gasUsed),
    input: data(input),
    ...(output.length === 0 ? {} : { output: data(output) }),
    ...(failure === null ? {} : { error: failure === 'revert' ? 'execution reverted' : failure }),
    ...(reason === null ? {} : { revertReason: reason }),
    ...(onlyTop || calls.length === 0 ? {} : { calls: calls.map((call) => showCall(call, false)) }),
  };
}
