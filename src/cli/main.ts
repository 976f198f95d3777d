import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { EXIT, inLine, printAside, printJson, printText } from './io.js';
import type { Outcome } from './io.js';
import { printBetween } from './progress.js';
import { Interrupted, whenUnheeded } from './signals.js';
import { version } from './version.js';

/**
 * Runs one command line, `argv` as in `process.argv`, and prints.
 * @returns the exit code
 */
export async function main(argv: readonly string[]): Promise<number> {
  // An error outside the commands, such as in a worker, must not end with the exit code of "not valid".
  process.on('uncaughtException', (error) => {
    const exit = (): never => process.exit(EXIT.failed);
    void fail(error, argv).then(exit, exit);
  });
  // The reader of the output may stop early, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed),
  );
  // A closed stderr is no reason to stop: a server goes on when nobody reads its messages.
  process.stderr.on('error', () => {});

  whenUnheeded((interrupted) => process.exit(failInterrupted(interrupted, argv)));

  let exitCode: number = EXIT.done;
  const finish = (outcome: Outcome): void => {
    if (argv.includes('--json')) printJson(outcome.json);
    else printText(outcome.text);
    if (outcome.valid === false) exitCode = EXIT.notValid;
  };
  try {
    const { rootshift } = await import('./program.js');
    const program = rootshift(await version(), finish);
    // The words to complete are not a command line yet. A tab separates a word from its description.
    if (argv[2] === 'complete' && argv[3] === '--')
      process.stdout.write((await import('./completion.js')).completionsOf(program, argv.slice(4)).join(''));
    else await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    return error instanceof Interrupted ? failInterrupted(error, argv) : await fail(error, argv);
  }
}

function failInterrupted({ message, exitCode }: Interrupted, argv: readonly string[]): number {
  printBetween(message);
  if (argv.includes('--json')) printJson({ error: message });
  return exitCode;
}

/** Reports an error: one line on stderr, and with `--json` an object on stdout. */
async function fail(error: unknown, argv: readonly string[]): Promise<number> {
  if (error instanceof CommanderError && isHelp(error)) return error.exitCode === 0 ? EXIT.done : EXIT.failed;
  const { sentence, isBug } =
    error instanceof CommanderError ? usageComplaint(error) : (await import('./errors.js')).complaintOf(error);
  printAside(`error: ${inLine(sentence)}`);
  if (argv.includes('--json')) printJson({ error: sentence });
  if (isBug && (argv.includes('--debug') || process.env['ROOTSHIFT_DEBUG'])) printAside(inspect(error));
  return EXIT.failed;
}

/** Commander has printed help and version already; unrequested help gives exit code 1. */
const isHelp = ({ code }: CommanderError): boolean =>
  ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(code);

const usageComplaint = ({ message }: CommanderError) => ({
  sentence: message.replace(/^error: /, '').replaceAll('\n', ' '),
  isBug: false,
});
