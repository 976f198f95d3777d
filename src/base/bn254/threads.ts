import type { MessagePort } from 'node:worker_threads';
import type { Answer } from '../tasks/pool.js';
import { scriptOf } from '../tasks/script.js';
import { fillTable, multiplyBase, powersOfBase } from './fixed-base.js';
import type { FillJob, MultiplyJob, PowersJob } from './fixed-base.js';
import { combine, sumWindow } from './window.js';
import type { CombineJob, KernelExports, WindowJob } from './window.js';

/** A function of the kernel, and its arguments. */
export interface CallJob {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly number[];
}

export type Job = CallJob | WindowJob | CombineJob | PowersJob | FillJob | MultiplyJob;

/** Memory of a thread's own. */
export interface ThreadMemory {
  /** What its instance of the kernel needs. */
  readonly scratch: number;
  /** Where it works on jobs that are not calls of the kernel. */
  readonly work: number;
}

export interface ThreadData extends ThreadMemory {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** What a thread runs besides the kernel. */
interface Tasks {
  readonly window: typeof sumWindow;
  readonly combine: typeof combine;
  readonly powers: typeof powersOfBase;
  readonly fill: typeof fillTable;
  readonly multiply: typeof multiplyBase;
}

/** The whole program of a thread, see `scriptOf`. */
function runThread(port: MessagePort, { module, memory, scratch, work }: ThreadData, tasks: Tasks): void {
  const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports as KernelExports;
  kernel['begin']!(scratch);
  const area = { kernel, buffer: memory.buffer, address: work };
  const run = (job: Job): void => {
    switch (job.kind) {
      case 'call':
        return void kernel[job.name]!(...job.args);
      case 'window':
        return tasks.window(area, job);
      case 'combine':
        return tasks.combine(area, job);
      case 'powers':
        return tasks.powers(area, job);
      case 'fill':
        return tasks.fill(area, job);
      case 'multiply':
        return tasks.multiply(area, job);
    }
  };
  port.on('message', (job: Job) => {
    let answer: Answer = null;
    try {
      run(job);
    } catch (error) {
      answer = `${job.kind}: ${(error as Error).message}`;
    }
    port.postMessage(answer);
  });
}

const TASKS = {
  window: sumWindow,
  combine,
  powers: powersOfBase,
  fill: fillTable,
  multiply: multiplyBase,
} satisfies Tasks;

/** The text of a thread's program, which takes a `Job` and is given `ThreadData`. */
export const THREAD_SOURCE = scriptOf(
  runThread,
  "require('node:worker_threads').parentPort",
  "require('node:worker_threads').workerData",
  `{ ${Object.entries(TASKS)
    .map(([name, task]) => `${name}: ${task.toString()}`)
    .join(', ')} }`,
);
