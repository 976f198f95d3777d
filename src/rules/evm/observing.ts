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
      output: execResult.returnValue.slice(),
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

const kindOf = (message: Message): EvmFrame['kind'] => {
  const { to, salt, delegatecall, isStatic } = message;
  if (to === undefined) return salt === undefined ? 'create' : 'create2';
  if (delegatecall) return 'delegatecall';
  if (message.codeAddress !== to) return 'callcode';
  // What is called within a static call is static, too, whatever its opcode.
  return isStatic ? 'staticcall' : 'call';
};

/** Bytes are copied: the EVM gives views of memory, which changes when the caller goes on. */
const frameOf = (message: Message): EvmFrame => {
  const { caller, to, value, gasLimit, data, delegatecall } = message;
  return {
    kind: kindOf(message),
    // Of a delegated call, `to` is whose state the code works on: the caller's.
    from: numberOf(delegatecall ? to!.bytes : caller.bytes),
    to: to === undefined ? null : numberOf(message.codeAddress.bytes),
    value,
    gasLimit,
    data: data.slice(),
  };
};
