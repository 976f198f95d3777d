// Ways to time work, and to watch the memory it takes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Of an even count, the upper of the two in the middle; NaN of none. */
export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;

/**
 * Operations a second: by the clock, and by the CPU time of all threads, which other load on the machine hardly
 * changes.
 */
export interface Rates {
  readonly clock: number;
  readonly processor: number;
}

/** The medians of rates. */
export const medianRates = (taken: readonly Rates[]): Rates => ({
  clock: median(taken.map(({ clock }) => clock)),
  processor: median(taken.map(({ processor }) => processor)),
});

/** The rates of two kinds of work on the same operations, one after the other. */
export const ratesOfBoth = (a: Rates, b: Rates): Rates => ({
  clock: 1 / (1 / a.clock + 1 / b.clock),
  processor: 1 / (1 / a.processor + 1 / b.processor),
});

/** The result of `work`, which does `count` operations, and its rates. */
export async function rated<Result>(
  count: number,
  work: () => Result | Promise<Result>,
): Promise<[result: Result, rates: Rates]> {
  const start = performance.now();
  const used = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(used);
  const clock = count / ((performance.now() - start) / 1e3);
  return [result, { clock, processor: count / ((user + system) / 1e6) }];
}

/** The rates of `work`, which does `count` operations. */
export const rates = async (count: number, work: () => unknown): Promise<Rates> => (await rated(count, work))[1];

/** The result of work, and the seconds that it took. */
export async function timed<Result>(work: () => Result | Promise<Result>): Promise<[result: Result, seconds: number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}

/** Times in seconds, and the most memory that the process had meanwhile. */
export interface Watched<Result> {
  readonly result: Result;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly peakMiB: number;
}

/** Runs `work`, and watches its time and memory. */
export async function watched<Result>(work: () => Promise<Result>): Promise<Watched<Result>> {
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

/** In MiB: of this process, and of all processes below it together. */
export interface MemoryPeaks {
  own: number;
  children: number;
}

/** Watches the resident memory of this process, and of all below it, at its highest. Linux only; elsewhere 0. */
export function watchMemory(): { readonly peaks: Readonly<MemoryPeaks>; stop(): void } {
  const peaks: MemoryPeaks = { own: 0, children: 0 };
  if (!existsSync('/proc/self/task')) return { peaks, stop: () => {} };
  const timer = setInterval(() => {
    peaks.own = Math.max(peaks.own, residentKiB(process.pid) / 1024);
    const children = below(process.pid).reduce((sum, pid) => sum + residentKiB(pid), 0);
    peaks.children = Math.max(peaks.children, children / 1024);
  }, 100);
  return { peaks, stop: () => clearInterval(timer) };
}

/** 0 for a process that has just ended. */
function residentKiB(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter((one) => one !== '')
        .map(Number),
    );
  } catch {
    return [];
  }
}

const below = (pid: number): number[] => childrenOf(pid).flatMap((child) => [child, ...below(child)]);
