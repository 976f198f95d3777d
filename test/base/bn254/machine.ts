import { randomBytes } from 'node:crypto';
import { buildKernel } from '../../../src/base/bn254/kernel.js';
import { fromLimbs, LIMBS, toLimbs } from '../../../src/base/bn254/numbers.js';
import type { KernelExports } from '../../../src/base/bn254/window.js';
import { hasFusedMultiplyAdd } from '../../../src/base/bn254/fused.js';

/** The kernels that this machine can run. */
export const KERNELS = hasFusedMultiplyAdd()
  ? ([
      ['fused', true],
      ['integer', false],
    ] as const)
  : ([['integer', false]] as const);

/** A kernel in this thread, and memory to try it on, behind so many pages that nothing touches. */
export function startKernel(isFused: boolean, pages = 400, skipped = 0) {
  const code = buildKernel(isFused);
  const memory = new WebAssembly.Memory({ initial: pages + skipped, maximum: pages + skipped, shared: true });
  const kernel = new WebAssembly.Instance(new WebAssembly.Module(code.bytes), { env: { memory } })
    .exports as KernelExports;
  code.statics.write(memory.buffer);
  let end = ((code.statics.end + 15) & -16) + 65536 * skipped;
  const take = (bytes: number): number => {
    const start = end;
    end += Math.ceil(bytes / 16) * 16;
    if (end > memory.buffer.byteLength) throw new Error('too little memory');
    return start;
  };
  kernel['begin']!(take(code.scratchBytes));
  const words = new BigUint64Array(memory.buffer);
  const putLane = (address: number, lane: number, x: bigint): void =>
    toLimbs(x).forEach((limb, i) => {
      words[address / 8 + 2 * i + lane] = limb;
    });
  const getLane = (address: number, lane: number): bigint =>
    fromLimbs(Array.from({ length: LIMBS }, (_, i) => words[address / 8 + 2 * i + lane]!));
  return { kernel, memory, take, putLane, getLane, words };
}

export const randomBelow = (limit: bigint): bigint => BigInt(`0x${randomBytes(48).toString('hex')}`) % limit;
