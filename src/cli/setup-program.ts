import { Option } from 'commander';
import { DEFAULT_CIRCUITS } from '../machine/circuit/catalogue.js';
import type { Command } from 'commander';
import type {
  BeaconOptions,
  BeginOptions,
  ContributeOptions,
  InstallOptions,
  PtauOption,
  VerifyKeyOptions,
} from './commands/setup.js';
import type { Outcome } from './io.js';
import type { Places } from './places.js';

const ptauOption = (): Option =>
  new Option(
    '--ptau <file>',
    'powers-of-tau file, prepared for phase 2 (default: a published one in the directory ptau)',
  );
const UNLISTED = [
  '--unlisted-ptau',
  'accept powers of tau that are not on the published list, and record this',
] as const;
const TRANSCRIPT = [
  '--transcript <file>',
  'transcript of the ceremony (default: transcript.json next to the key)',
] as const;

/** The subcommands of `rootshift setup`, in the order of a ceremony. */
export function addSetupCommands(
  setup: Command,
  /** Creates a command with its texts. */
  describe: (command: Command, summary: string, details: string, example: string) => Command,
  run: (self: Command, work: (places: Places) => Promise<Outcome>) => Promise<void>,
): void {
  const work = () => import('./commands/setup.js');

  describe(
    setup.command('begin <dir>'),
    "begin a ceremony for a circuit's keys",
    'For the coordinator. Creates the directory, which holds the transcript and the key after each contribution.',
    'setup begin ceremony --circuit s18',
  )
    .addOption(
      new Option('--circuit <name>', 'any circuit that `rootshift circuits` lists').default(DEFAULT_CIRCUITS[2]),
    )
    .addOption(ptauOption())
    .option(...UNLISTED)
    .action((directory: string, options: BeginOptions, self: Command) =>
      run(self, async (places) => (await work()).beginCommand(places, directory, options)),
    );

  describe(
    setup.command('contribute <zkey> <new-zkey>'),
    'contribute to a key',
    'For a contributor, who needs only the key. Multiplies a random secret into the key and forgets it.',
    'setup contribute 0000.zkey mine.zkey --name Ada',
  )
    .requiredOption('--name <name>', 'public name of the contribution')
    .option('--text <text>', 'any text, to be mixed into the randomness of the system')
    .action((from: string, to: string, options: ContributeOptions, self: Command) =>
      run(self, async () => (await work()).contributeCommand(from, to, options)),
    );

  describe(
    setup.command('accept <dir> <zkey>'),
    'verify the key from a contributor, and make it the newest key',
    'For the coordinator. Rejects a key in which a contribution was replaced or omitted.',
    'setup accept ceremony mine.zkey',
  )
    .addOption(ptauOption())
    .action((directory: string, zkey: string, options: PtauOption, self: Command) =>
      run(self, async (places) => (await work()).acceptCommand(places, directory, zkey, options)),
    );

  describe(
    setup.command('beacon <dir>'),
    'close a ceremony with a value that nobody could predict',
    'For the coordinator.',
    'setup beacon ceremony --value 0102030405060708090a0b0c0d0e0f10',
  )
    .requiredOption('--value <hex>', 'the value, such as the hash of a block that was announced before it was mined')
    .option('--iterations-exponent <n>', 'hash the value 2^n times', '10')
    .action((directory: string, options: BeaconOptions, self: Command) =>
      run(self, async () => (await work()).beaconCommand(directory, options)),
    );

  describe(
    setup.command('verify <zkey>'),
    'verify a key from its circuit, the powers of tau and the transcript',
    'For everyone. Makes the first key again, and checks every contribution.',
    'setup verify ceremony/0004.zkey',
  )
    .addOption(ptauOption())
    .option(...TRANSCRIPT)
    .action((zkey: string, options: VerifyKeyOptions, self: Command) =>
      run(self, async (places) => (await work()).verifyKeyCommand(places, zkey, options)),
    );

  describe(
    setup.command('install <zkey>'),
    'verify the key of a finished ceremony, and install it',
    'For everyone who proves, verifies, or exports the verifier contract. These commands then use the key.',
    'setup install ceremony/0004.zkey',
  )
    .addOption(ptauOption())
    .option(...TRANSCRIPT)
    .option(...UNLISTED)
    .action((zkey: string, options: InstallOptions, self: Command) =>
      run(self, async (places) => (await work()).installCommand(places, zkey, options)),
    );
}
