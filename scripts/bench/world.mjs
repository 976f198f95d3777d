// @ts-check
// Keys, values and the ways to time them, the same in every run.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/**
 * A raw tree key or value of 253 bits, the same for the same name.
 * @param {string} name
 */
export const word = (name) => BigInt(`0x${createHash('sha256').update(name).digest('hex')}`) >> 3n;

/**
 * A small generator of numbers from 0 to 1 (mulberry32).
 * @param {number} seed
 */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Draws ranks below `size`, rank k with a weight of (k + 1)^-0.99 (YCSB's constant).
 * @param {number} size
 * @param {() => number} next numbers from 0 to 1
 */
export function ranks(size, next) {
  const sums = new Float64Array(size);
  for (let rank = 0, sum = 0; rank < size; rank++) sums[rank] = sum += (rank + 1) ** -0.99;
  return () => {
    const aim = next() * (sums[size - 1] ?? 0);
    let [low, high] = [0, size - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < aim) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/**
 * Draws indices below `size`: all alike, or by ranks that are spread over the indices.
 * @param {string} distribution `uniform`, or any other for ranks
 * @param {number} size
 * @param {number} seed
 */
export function drawer(distribution, size, seed) {
  const next = random(seed);
  if (distribution === 'uniform') return () => Math.floor(next() * size);
  const rank = ranks(size, next);
  return () => (rank() * 7919) % size;
}

/** @param {readonly number[]} numbers at least one */
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;

/**
 * Operations a second of `work`, which does `count` of them: by the clock, and by the processor time of all of this
 * process's threads, which does not depend on what else the machine does.
 * @param {number} count
 * @param {() => unknown} work
 */
export async function rates(count, work) {
  const [start, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return { clock: count / ((performance.now() - start) / 1e3), processor: count / ((user + system) / 1e6) };
}

/**
 * Operations a second by the clock.
 * @param {number} count
 * @param {() => unknown} work
 */
export const rate = async (count, work) => (await rates(count, work)).clock;

/**
 * Runs `work` and tells how long it took, in seconds, and the most memory that the process had meanwhile, in MiB.
 * @template Result
 * @param {() => Promise<Result>} work
 */
export async function watched(work) {
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 100);
  const start = performance.now();
  const used = process.cpuUsage();
  try {
    const result = await work();
    const { user, system } = process.cpuUsage(used);
    return {
      result,
      seconds: (performance.now() - start) / 1e3,
      processorSeconds: (user + system) / 1e6,
      peakMiB: Math.max(peak, process.memoryUsage.rss()) / 2 ** 20,
    };
  } finally {
    clearInterval(timer);
  }
}

/** Watches the resident memory of this process, and of all below it, in MiB, at its highest; Linux only, elsewhere 0. */
export function watchMemory() {
  const peaks = { own: 0, children: 0 };
  if (!existsSync('/proc/self/task')) return { peaks, stop: () => {} };
  /** @param {number | string} pid */
  const residentKiB = (pid) => {
    try {
      return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      return 0;
    }
  };
  /** @param {number | string} pid */
  const childrenOf = (pid) => {
    try {
      return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
        readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
          .split(' ')
          .filter((one) => one !== ''),
      );
    } catch {
      return [];
    }
  };
  /** @type {(pid: number | string) => string[]} */
  const below = (pid) => childrenOf(pid).flatMap((child) => [child, ...below(child)]);
  const timer = setInterval(() => {
    peaks.own = Math.max(peaks.own, residentKiB(process.pid) / 1024);
    peaks.children = Math.max(
      peaks.children,
      below(process.pid).reduce((sum, pid) => sum + residentKiB(pid), 0) / 1024,
    );
  }, 100);
  return { peaks, stop: () => clearInterval(timer) };
}
