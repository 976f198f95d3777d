import { type Command, Option } from 'commander';
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
  new Option('--ptau <file>', 'powers-of-tau file, prepared for phase 2 (default: a published one in the folder ptau)');
const UNLISTED = [
  '--unlisted-ptau',
  'take powers of tau that are not on the published list, and record that they are not',
] as const;
const TRANSCRIPT = [
  '--transcript <file>',
  'transcript of the ceremony (default: transcript.json beside the key)',
] as const;

/** The subcommands of `rootshift setup`, in the order in which a ceremony goes. */
export function addSetupCommands(
  setup: Command,
  circuitOption: () => Option,
  /** Gives a new command its texts. */
  describe: (command: Command, summary: string, details: string, example: string) => Command,
  run: (self: Command, work: (places: Places) => Promise<Outcome>) => Promise<void>,
): void {
  const work = () => import('./commands/setup.js');

  describe(
    setup.command('begin <folder>'),
    "begin a ceremony for a circuit's keys",
    'For the coordinator. The folder is made; it holds the transcript, and the key after each contribution.',
    'setup begin ceremony --circuit s18',
  )
    .addOption(circuitOption())
    .addOption(ptauOption())
    .option(...UNLISTED)
    .action((folder: string, options: BeginOptions, self: Command) =>
      run(self, async (places) => (await work()).beginCommand(places, folder, options)),
    );

  describe(
    setup.command('contribute <zkey> <new-zkey>'),
    'contribute to a key',
    'For a contributor, who needs nothing but the key. A secret from the system is multiplied into it, and forgotten.',
    'setup contribute 0000.zkey mine.zkey --name Ada',
  )
    .requiredOption('--name <name>', 'what the contribution is called, for all to see')
    .option('--text <text>', 'anything: it is mixed into the randomness of the system')
    .action((from: string, to: string, options: ContributeOptions, self: Command) =>
      run(self, async () => (await work()).contributeCommand(from, to, options)),
    );

  describe(
    setup.command('accept <folder> <zkey>'),
    'verify what a contributor sent, and make it the newest key',
    'For the coordinator. No contribution can be replaced or left out.',
    'setup accept ceremony mine.zkey',
  )
    .addOption(ptauOption())
    .action((folder: string, zkey: string, options: PtauOption, self: Command) =>
      run(self, async () => (await work()).acceptCommand(folder, zkey, options)),
    );

  describe(
    setup.command('beacon <folder>'),
    'close a ceremony with a value that nobody could foresee',
    'For the coordinator.',
    'setup beacon ceremony --value 0102030405060708090a0b0c0d0e0f10',
  )
    .requiredOption('--value <hex>', 'the value, such as the hash of a block that was announced before it was there')
    .option('--iterations-exponent <n>', 'hash it 2^n times', '10')
    .action((folder: string, options: BeaconOptions, self: Command) =>
      run(self, async () => (await work()).beaconCommand(folder, options)),
    );

  describe(
    setup.command('verify <zkey>'),
    'verify a key from its circuit, the powers of tau and the transcript',
    'For everyone. The key is begun anew, and every contribution checked.',
    'setup verify ceremony/0004.zkey',
  )
    .addOption(ptauOption())
    .option(...TRANSCRIPT)
    .action((zkey: string, options: VerifyKeyOptions, self: Command) =>
      run(self, async (places) => (await work()).verifyKeyCommand(places, zkey, options)),
    );

  describe(
    setup.command('install <zkey>'),
    "verify the key of a finished ceremony, and make it the circuit's own",
    'For whoever proves, verifies, or exports the verifier contract.',
    'setup install ceremony/0004.zkey',
  )
    .addOption(ptauOption())
    .option(...TRANSCRIPT)
    .option(...UNLISTED)
    .action((zkey: string, options: InstallOptions, self: Command) =>
      run(self, async (places) => (await work()).installCommand(places, zkey, options)),
    );
}
