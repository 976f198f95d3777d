import { data } from './hex.js';
import { RpcError } from '../../base/json-rpc/answer.js';
import { REVERTED, SERVER_ERROR } from './errors.js';

/** Solidity's `Error(string)` and `Panic(uint256)`. */
const ERROR = '0x08c379a0';
const PANIC = '0x4e487b71';

/** What the codes of Solidity's panics mean: see "Panic via assert and Error via require" in its documentation. */
const PANICS: Readonly<Record<number, string>> = {
  0x00: 'generic panic',
  0x01: 'assert(false)',
  0x11: 'arithmetic underflow or overflow',
  0x12: 'division or modulo by zero',
  0x21: 'enum overflow',
  0x22: 'invalid encoded storage byte array accessed',
  0x31: 'out-of-bounds array access; popping on an empty array',
  0x32: 'out-of-bounds access of an array or bytesN',
  0x41: 'out of memory',
  0x51: 'uninitialized function',
};

/** The reason that a contract gave for reverting, if it is one of Solidity's; null for others. */
export function reasonOf(output: Uint8Array): string | null {
  const selector = data(output.subarray(0, 4));
  const wordAt = (at: number): number => {
    const value = BigInt(`0x0${data(output.subarray(at, at + 32)).slice(2)}`);
    return value < 1n << 32n ? Number(value) : Infinity;
  };
  if (selector === PANIC && output.length === 36) {
    const code = wordAt(4);
    return PANICS[code] ?? `unknown panic code: 0x${code.toString(16)}`;
  }
  if (selector !== ERROR || output.length < 68) return null;
  const start = 4 + wordAt(4);
  const length = wordAt(start);
  if (start + 32 + length > output.length) return null;
  return new TextDecoder().decode(output.subarray(start + 32, start + 32 + length));
}

/** The error of a call that failed: as geth has it, so that libraries find what the contract returned. */
export function failedCall(failure: string, output: Uint8Array): RpcError {
  if (failure !== 'revert') return new RpcError(SERVER_ERROR, failure);
  const reason = reasonOf(output);
  return new RpcError(REVERTED, `execution reverted${reason === null ? '' : `: ${reason}`}`, data(output));
}
