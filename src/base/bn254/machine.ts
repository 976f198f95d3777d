import { Pool } from '../tasks/pool.js';
import { MAXIMUM_PAGES } from '../wasm/assembler.js';
import type { Arena } from './arena.js';
import { buildKernel } from './kernel.js';
import type { KernelCode } from './kernel.js';
import { MemoryError } from './memory-error.js';
import { fromLimbs, LIMBS, toLimbs } from './numbers.js';
import { THREAD_SOURCE } from './threads.js';
import type { Job, ThreadData, ThreadMemory } from './threads.js';

const PAGE_BYTES = 65536;
const gib = (pages: number): string => ((pages * PAGE_BYTES) / 2 ** 30).toFixed(1);

/** Kernels are built once. */
const kernels = new Map<boolean, KernelCode>();

/** @param isFused whether it uses fused multiply-add, which not every machine has */
export function kernelFor(isFused: boolean): KernelCode {
  const known = kernels.get(isFused) ?? buildKernel(isFused);
  kernels.set(isFused, known);
  return known;
}

export interface MachineOptions {
  readonly kernel: KernelCode;
  /** What the computation has taken of the memory, behind the kernel's constants. */
  readonly arena: Arena;
  readonly threads: readonly ThreadMemory[];
  readonly signal: AbortSignal | undefined;
}

/** Threads that run a kernel on one memory. */
export class Machine {
  readonly bytes: Uint8Array;
  readonly words: BigUint64Array;

  private constructor(
    readonly threads: Pool<Job>,
    buffer: ArrayBufferLike,
  ) {
    this.bytes = new Uint8Array(buffer);
    this.words = new BigUint64Array(buffer);
  }

  /**
   * Has a machine while `use` runs.
   * @throws {MemoryError} it needs more than 4 GiB, or than the machine has
   * @throws {ThreadError} a thread ended
   * @throws what `signal` was aborted with
   */
  static async with<T>(
    { kernel, arena, threads: own, signal }: MachineOptions,
    use: (machine: Machine) => Promise<T>,
  ): Promise<T> {
    const pages = Math.ceil(arena.end / PAGE_BYTES);
    if (pages > MAXIMUM_PAGES) {
      throw new MemoryError(
        `this needs ${gib(pages)} GiB of memory at once, but WebAssembly has at most ${gib(MAXIMUM_PAGES)} GiB`,
      );
    }
    const module = await WebAssembly.compile(kernel.bytes);
    const memory = memoryOf(pages);
    kernel.statics.write(memory.buffer);
    const data = own.map((memoryOfOne): ThreadData => ({ module, memory, ...memoryOfOne }));
    return Pool.with({ what: 'computing', source: THREAD_SOURCE, data, signal }, (threads: Pool<Job>) =>
      use(new Machine(threads, memory.buffer)),
    );
  }

  /** One limb after another. */
  putElement(address: number, x: bigint): void {
    this.words.set(toLimbs(x), address / 8);
  }

  /** Both lanes are `x`, unless there is another number for the second one. */
  putPair(address: number, x: bigint, second: bigint = x): void {
    const other = toLimbs(second);
    this.words.set(
      toLimbs(x).flatMap((limb, i) => [limb, other[i]!]),
      address / 8,
    );
  }

  element(address: number): bigint {
    return fromLimbs(this.words.subarray(address / 8, address / 8 + LIMBS));
  }

  /** A number of 32 bytes, little-endian. */
  putScalar(address: number, x: bigint): void {
    for (let i = 0; i < 4; i++) this.words[address / 8 + i] = BigInt.asUintN(64, x >> BigInt(64 * i));
  }
}

function memoryOf(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new MemoryError(`out of memory: this needs ${gib(pages)} GiB at once`, { cause });
  }
}

/** Ranges that share `count` evenly, none of them empty, in at most `parts` parts. */
export function ranges(count: number, parts: number): { readonly from: number; readonly count: number }[] {
  const size = Math.max(1, Math.ceil(count / parts));
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
    from: i * size,
    count: Math.min(size, count - i * size),
  }));
}

export const call = (name: string, ...args: readonly number[]): Job => ({ kind: 'call', name, args });
