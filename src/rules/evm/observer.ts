import type { EVMResult, Message } from '@ethereumjs/evm';
import type { VM } from '@ethereumjs/vm';
import type { Uint256 } from '../../base/field/limbs.js';
import { numberOf } from './bytes.js';
import type { EvmLog } from './receipt.js';

/**
 * A call that begins within a transaction: of a contract, of an account, or one that makes a contract.
 * @see {@link EvmObserver}
 */
export interface EvmFrame {
  readonly kind: 'call' | 'delegatecall' | 'staticcall' | 'create' | 'create2';
  readonly from: bigint;
  /** Null of one that makes a contract. */
  readonly to: bigint | null;
  readonly value: Uint256;
  readonly gasLimit: bigint;
  /** What it is called with, or the code that makes a contract. */
  readonly data: Uint8Array;
}

/**
 * How a call ended.
 * @see {@link EvmObserver}
 */
export interface EvmFrameEnd {
  readonly gasUsed: bigint;
  readonly output: Uint8Array;
  /** What ended a failed one, such as `revert`; null for one that succeeded. */
  readonly failure: string | null;
  /** The contract that was made. */
  readonly created: bigint | null;
  /** Logs of it and of the calls within it that were not undone. */
  readonly logs: readonly EvmLog[];
}

/**
 * Sees a transaction's calls as they are made; those within one come between its begin and its end.
 *
 * @example
 * const calls: EvmFrame[] = [];
 * const observer: EvmObserver = { enter: (frame) => void calls.push(frame), leave: () => {} };
 * observer.enter; // for the options of `execute` and `simulate`
 */
export interface EvmObserver {
  enter(frame: EvmFrame): void;
  leave(end: EvmFrameEnd): void;
}

/** Does `work` while the observer sees what the EVM does. */
export async function observing<T>(vm: VM, observer: EvmObserver | undefined, work: () => Promise<T>): Promise<T> {
  const { events } = vm.evm;
  if (observer === undefined || events === undefined) return work();
  const enter = (message: Message): void => observer.enter(frameOf(message));
  const leave = ({ execResult, createdAddress }: EVMResult): void =>
    observer.leave({
      gasUsed: execResult.executionGasUsed,
      output: execResult.returnValue,
      failure: execResult.exceptionError?.error ?? null,
      created: createdAddress === undefined ? null : numberOf(createdAddress.bytes),
      logs: (execResult.logs ?? []).map(([address, topics, data]) => ({
        address: numberOf(address),
        topics: topics.map(numberOf),
        data,
      })),
    });
  events.on('beforeMessage', enter);
  events.on('afterMessage', leave);
  try {
    return await work();
  } finally {
    events.off('beforeMessage', enter);
    events.off('afterMessage', leave);
  }
}

const kindOf = ({ to, salt, delegatecall, isStatic }: Message): EvmFrame['kind'] => {
  if (to === undefined) return salt === undefined ? 'create' : 'create2';
  if (delegatecall) return 'delegatecall';
  return isStatic ? 'staticcall' : 'call';
};

const frameOf = (message: Message): EvmFrame => {
  const { caller, to, value, gasLimit, data, delegatecall } = message;
  // Of a delegated call, `to` is whose state the code works on: the caller's.
  const callee = delegatecall ? message.codeAddress : to;
  return {
    kind: kindOf(message),
    from: numberOf(delegatecall ? to!.bytes : caller.bytes),
    to: callee === undefined ? null : numberOf(callee.bytes),
    value,
    gasLimit,
    data,
  };
};
