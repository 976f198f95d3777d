import type { EVMResult, Message } from '@ethereumjs/evm';
import type { VM } from '@ethereumjs/vm';
import { numberOf } from './bytes.js';
import type { EvmFrame, EvmObserver } from './observer.js';

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
