import type { Command } from 'commander';
import type { Describe, Run } from './command.js';
import type { JobsOptions, ListJobsOptions } from './commands/jobs.js';
import type { WorkerOptions } from './commands/worker.js';
import { PROVER, QUEUE, WORKER_SETTINGS } from './settings.js';

/** The workers of a queue, and what is done with its jobs. */
export function addQueueCommands(
  command: (usage: string, summary: string, details: string, example: string) => Command,
  describe: Describe,
  run: Run,
): void {
  const worker = command(
    'worker',
    'prove the jobs of a queue, until it is told to stop',
    'Any number of workers, on any machines. A worker takes the jobs that its artifacts have the keys for, the next while one is with the prover; told to ' +
      'stop (Ctrl-C, SIGTERM), it finishes what it has. One that dies loses nothing: its jobs go to another. See docs/proving.md.',
    'worker --queue postgres://prover@db.example/proofs',
  ).action((options: WorkerOptions, self: Command) =>
    run(self, async (places) => (await import('./commands/worker.js')).workerCommand(places, options)));
  for (const { option } of [QUEUE, PROVER, ...WORKER_SETTINGS]) worker.addOption(option());

  const jobs = command('jobs', 'list the jobs of a queue: state, tries, worker, what went wrong', 'Those asked for last come first.', 'jobs --json')
    .addOption(QUEUE.option())
    .option('--limit <n>', 'at most so many jobs', '100')
    .action((options: ListJobsOptions, self: Command) =>
      run(self, async () => (await import('./commands/jobs.js')).jobsCommand(options)));
  describe(jobs.command('retry <job>'), 'try a job again that failed or was cancelled', 'JOB is the first digits of its key, as `jobs` shows them.', 'jobs retry 0123456789ab')
    .action((job: string, _options: object, self: Command) =>
      run(self, async () => (await import('./commands/jobs.js')).retryCommand(self.optsWithGlobals<JobsOptions>(), job)));
  describe(jobs.command('cancel <job>'), 'take a job out of the queue', 'A worker that has it stops within a third of its lease; whoever waits for the proof is told.', 'jobs cancel 0123456789ab')
    .action((job: string, _options: object, self: Command) =>
      run(self, async () => (await import('./commands/jobs.js')).cancelCommand(self.optsWithGlobals<JobsOptions>(), job)));
}
