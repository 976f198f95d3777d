import type { Command, Option } from 'commander';
import type { Describe, Run } from './command.js';
import type { JobsOptions, ListJobsOptions } from './commands/jobs.js';
import type { WorkerOptions } from './commands/worker.js';
import { LOG_SETTINGS, PROVER, QUEUE, WORKER_SETTINGS } from './settings.js';

/** The queue of a command that is of no use without one. A file of settings may name it, too. */
function requiredQueue(): Option {
  const option = QUEUE.option();
  option.description += ' (required)';
  return option;
}

/** The commands for a queue's workers and jobs. */
export function addQueueCommands(
  command: (usage: string, summary: string, details: string, example: string) => Command,
  describe: Describe,
  run: Run,
): void {
  const worker = command(
    'worker',
    'prove the jobs of a queue until it is stopped',
    'Run any number of workers on any machines. A worker takes only jobs for keys that it has. On Ctrl-C or ' +
      'SIGTERM it finishes its jobs and stops. If it dies, its jobs go to another worker. See docs/proving.md.',
    'worker --queue postgres://prover@db.example/proofs',
  ).action((options: WorkerOptions, self: Command) =>
    run(self, async (places) => (await import('./commands/worker.js')).workerCommand(places, options)),
  );
  worker.addOption(requiredQueue());
  for (const { option } of [PROVER, ...WORKER_SETTINGS, ...LOG_SETTINGS]) worker.addOption(option());

  const jobs = command('jobs', 'list the jobs of a queue: state, tries, worker, error', 'Newest first.', 'jobs --json')
    .helpCommand(true)
    .addOption(requiredQueue())
    .option('--limit <n>', 'print at most n jobs', '100')
    .action((options: ListJobsOptions, self: Command) =>
      run(self, async () => (await import('./commands/jobs.js')).jobsCommand(options)),
    );
  describe(
    jobs.command('retry <job>'),
    'retry a job that failed or was cancelled',
    'JOB is the start of the job key, as `jobs` prints it.',
    'jobs retry 0123456789ab',
  ).action((job: string, _options: object, self: Command) =>
    run(self, async () => (await import('./commands/jobs.js')).retryCommand(self.optsWithGlobals<JobsOptions>(), job)),
  );
  describe(
    jobs.command('cancel <job>'),
    'remove a job from the queue',
    'A worker that runs it stops within a third of its lease. The command that waits for the proof gets an error.',
    'jobs cancel 0123456789ab',
  ).action((job: string, _options: object, self: Command) =>
    run(self, async () => (await import('./commands/jobs.js')).cancelCommand(self.optsWithGlobals<JobsOptions>(), job)),
  );
}
