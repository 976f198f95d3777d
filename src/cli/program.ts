import { Command, Option } from 'commander';
import { KINDS } from '../state/batch/access.js';
import { CIRCUIT_NAMES, DEFAULT_CIRCUITS } from '../machine/circuit/catalogue.js';
import { addChainCommands } from './chain-program.js';
import type { Describe, Run } from './command.js';
import type { ExecuteOptions } from './commands/execute.js';
import type { GetOptions } from './commands/get.js';
import type { InspectOptions } from './commands/inspect.js';
import type { LoadOptions } from './commands/load.js';
import type { ServeCommandOptions } from './commands/hashdb-serve.js';
import type { PlanOptions } from './commands/plan.js';
import type { ProveOptions } from './commands/prove.js';
import type { VerifyOptions } from './commands/verify.js';
import type { Outcome } from './io.js';
import { type GlobalOptions, placesOf } from './places.js';
import { GLOBAL_SETTINGS, PROVER, QUEUE, SERVE_SETTINGS, WORKER_SETTINGS } from './settings.js';
import { addQueueCommands } from './queue-program.js';
import { applySettingsFile, SETTINGS_FILE } from './settings-file.js';
import { addSettlementCommands } from './settlement-program.js';
import { addSetupCommands } from './setup-program.js';
import { addSnapshotCommands } from './snapshot-program.js';
import { addStateCommands } from './state-program.js';

const NOTES = `
Exit codes: 0 done and valid, 1 not valid, 2 bad input or could not be done, 130 or 143 interrupted.
The result is on stdout; errors, warnings and progress are on stderr. With --json the result is one
JSON object, and so is an error, {"error": "..."}, beside its line on stderr.
`;

const circuitOption = (): Option =>
  new Option('--circuit <name>', `circuit of the catalogue, by name (default: ${DEFAULT_CIRCUITS[2]}, over a binary tree ${DEFAULT_CIRCUITS[1]})`).choices(CIRCUIT_NAMES);
const onlyCircuitOption = (): Option =>
  new Option(
    '--circuit <name>',
    `the only circuit to prove with, by name, beside deep (deepb) for what it has no room for (default: ${DEFAULT_CIRCUITS[2]}, over a binary tree ${DEFAULT_CIRCUITS[1]}, or others where these are faster)`,
  ).choices(CIRCUIT_NAMES);
const TRANSACTIONS = ['--transactions <n>', 'only the first n transactions of the batch'] as const;

/**
 * The command line: each command parses here, works in its own file, and hands its outcome to `finish`.
 * A command's file is loaded when it runs: the provers below take longer to load than `get` to work.
 */
export function rootshift(version: string, finish: (outcome: Outcome) => void): Command {
  const program = new Command('rootshift')
    .description('A provable storage engine: proves that a batch of accesses moved a state from one root to another.')
    .version(version)
    .addOption(new Option('--config <file>', `file of settings (default: ${SETTINGS_FILE}, if there is one, which decides only folders and limits)`).env('ROOTSHIFT_CONFIG'))
    // What is printed, and how, is for main to see to, which reads these two by itself: they count for a line that cannot be parsed, too.
    .option('--json', 'print the result as JSON')
    .addOption(new Option('--debug', 'print the stack of an error that is a bug').env('ROOTSHIFT_DEBUG'))
    .addHelpText('after', NOTES)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .hook('preAction', (_program, command) => applySettingsFile(command, command.optsWithGlobals<GlobalOptions>().config));
  for (const { option } of GLOBAL_SETTINGS) program.addOption(option());

  const describe: Describe = (command, summary, details, example) =>
    command
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.${details === '' ? '' : ` ${details}`}`)
      .addHelpText('after', `\nExample:\n  npx rootshift ${example}`);
  const command = (usage: string, ...texts: [summary: string, details: string, example: string]): Command =>
    describe(program.command(usage), ...texts);
  const run: Run = async (self, work) =>
    finish(await work(placesOf(self.optsWithGlobals<GlobalOptions>())));

  command(
    'prove <batch>',
    'execute a batch on the current state, prove it, and make the new root current',
    'The new root becomes current only when the proof is verified and saved. The database is made if there is none; ' +
      "the batch's prestate is loaded, unproven, if the database has no state yet. docs/batches.md lists what is taken for a batch: " +
      "also a result of geth's prestateTracer, or a block's witness for Polygon Zero.",
    'prove batch.json --transactions 3',
  )
    .addOption(onlyCircuitOption())
    .option(...TRANSACTIONS)
    .option('--out <file>', 'proof file (default: <home>/proofs/<number>-<new root>.json)')
    .addOption(PROVER.option())
    .addOption(QUEUE.option())
    .action((batch: string, options: ProveOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/prove.js')).proveCommand(places, batch, options)));

  command(
    'plan <batch>',
    'print how a batch would be proven, and what that would take',
    'Nothing is proven, and the state stays as it is. Times are told from the last proof that was made here; where there was ' +
      'none, a small one is made, which takes some seconds.',
    'plan batch.json',
  )
    .addOption(onlyCircuitOption())
    .option(...TRANSACTIONS)
    .addOption(PROVER.option())
    .action((batch: string, options: PlanOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/plan.js')).planCommand(places, batch, options)));

  command(
    'verify <file>',
    'verify a proof or a Merkle proof',
    'Says in one sentence what was proven, or why not, and what was checked. A proof as snarkjs writes it needs --public, --batch and --circuit beside it.',
    'verify .rootshift/proofs/2-0123456789abcdef.json --batch batch.json --transactions 3',
  )
    .option('--batch <file>', 'the batch that should have been proven')
    .option(...TRANSACTIONS)
    .option('--old-root <root>', 'the root that the proof must start from, or its name; else one of the history of the database, if it has it')
    .option('--key <file...>', 'verification key, as snarkjs writes it, of each circuit (default: those that the proof names, from the artifacts)')
    .option('--public <file>', "public signals of a proof as snarkjs writes it")
    .addOption(new Option('--circuit <name>', 'circuit of a proof as snarkjs writes it').choices(CIRCUIT_NAMES))
    .action((file: string, options: VerifyOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/verify.js')).verifyCommand(places, file, options)));

  command('execute <batch>', 'execute a batch, and write the trace only', 'The state stays as it is.', 'execute batch.json --out trace.json')
    .option('--out <file>', 'trace file (default: <batch>.trace.json)')
    .option(...TRANSACTIONS)
    .action((batch: string, options: ExecuteOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/execute.js')).executeCommand(places, batch, options)));

  command('check <trace>', 'check a trace row by row, without circuit or key', 'Names the table, the row and the rule where it fails.', 'check batch.trace.json')
    .action((trace: string, _options: object, self: Command) =>
      run(self, async (places) => (await import('./commands/check.js')).checkCommand(places, trace)));

  command(
    'inspect [file]',
    'show what a trace, a proof or a batch does, or where a circuit\'s constraints are',
    'FILE is a trace, a proof or a batch, which is executed on the current state. A proof is executed again where the database ' +
      'has its old root; else its paths are not known. Without FILE, the constraints of --circuit, template by template.',
    'inspect batch.trace.json --html trace.html',
  )
    .option('--html <file>', 'write a page for a browser, whole in itself, instead of printing the tables')
    .addOption(new Option('--circuit <name>', 'circuit of the catalogue, by name').choices(CIRCUIT_NAMES))
    .option(...TRANSACTIONS)
    .addOption(new Option('--kind <kind>', 'print only entries of a kind').choices(Object.keys(KINDS)))
    .option('--address <address>', 'print only entries of an address')
    .option('--key <number>', 'print only one key, by its number in the key table, with its path')
    .option('--changed', 'print only what changes a value')
    .option('--all', 'print every row (default: the first 20 of a table)')
    .action((file: string | undefined, options: InspectOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/inspect.js')).inspectCommand(places, file, options)));

  command(
    'get [address-or-key] [slots...]',
    'print the value of an entry, or of many',
    'ADDRESS SLOT names a storage entry, ADDRESS with --kind one of another kind, a single KEY one of a plain key-value user. '+
      'Many are named by --entries. With --eth-proof, any number of SLOTS, and the account besides: see docs/on-chain.md.',
    'get 0x7d0aa91b12d31755d2fc99d22e09947936e00474 --kind balance --proof entry.json',
  )
    .addOption(new Option('--kind <kind>', 'kind of the entry').choices(Object.keys(KINDS)).default('storage'))
    .option('--entries <file>', 'the entries of a file: CSV or JSON Lines as `load` takes them, values not needed; or those that a batch accesses, or has in its prestate')
    .option('--root <root>', 'root of the history, or its name (default: the current one)')
    .option('--eth-proof <file>', "write the proof of an account and its slots in the shape of Ethereum's eth_getProof")
    .option('--proof <file>', 'write a Merkle proof, of many entries one for all, which `rootshift verify` checks')
    .action((first: string | undefined, slots: string[], options: GetOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/get.js')).getCommand(places, first, slots, options)));

  const state = command('state', 'print the current root, the history of roots, and sizes', '', 'state --json');
  addStateCommands(state, describe, run);
  addSnapshotCommands(command('snapshot', 'export, import and verify snapshots of a state', '', 'snapshot export --out snapshot'), describe, run);

  command('circuits', 'list the circuits, what each holds, and whether its keys are there', 'Makes nothing.', 'circuits --json')
    .action((_options: object, self: Command) =>
      run(self, async (places) => (await import('./commands/circuits.js')).circuitsCommand(places)));

  command(
    'load <file>',
    'load entries, unproven',
    'FILE is a CSV with a header (address,kind,slot,value or key,value), JSON Lines, or a batch, whose prestate is loaded: also a genesis, ' +
      "a result of geth's prestateTracer or a witness of Polygon Zero. It is known by what is in it. A CSV address,amount is an airdrop, which needs --token, " +
      '--mapping-slot and --decimals. Of an entry given twice the last counts. Only into a database that has no state yet, which is ' +
      'made if there is none. docs/batches.md has the details.',
    'load entries.csv --db other',
  )
    .addOption(new Option('--tree <arity>', 'tree of a database that is made').choices(['quad', 'binary']).default('quad'))
    .option('--token <address>', 'contract of the token that an airdrop gives out')
    .option('--mapping-slot <n>', 'slot at which the contract declares its mapping of balances')
    .option('--decimals <n>', 'decimals of the token: an amount of 1 is 10^n in the contract')
    .action((file: string, options: LoadOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/load.js')).loadCommand(places, file, options)));

  const setup = command(
    'setup',
    "make a circuit's keys in a ceremony of several people",
    'One of them, the coordinator, begins it; each contributes in turn; a beacon closes it. See docs/setup.md.',
    'setup begin ceremony --circuit s18',
  );
  addSetupCommands(setup, circuitOption, describe, run);

  const hashdb = program.command('hashdb').summary('serve the database to other processes').description('Serve the database to other processes.');
  const serving = describe(
    hashdb.command('serve'),
    'serve the database over gRPC',
    'To other Rootshift processes (--db grpc://HOST:PORT) and to programs in any language (protos/ has the services), until it is told to stop ' +
      '(Ctrl-C, SIGTERM): then it finishes the calls that run, and closes the database.',
    'hashdb serve --db state --create quad',
  )
    .addOption(new Option('--create <tree>', 'make the database, with such a tree, if there is none').choices(['quad', 'binary']))
    .action((options: ServeCommandOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/hashdb-serve.js')).serveCommand(places, options)));
  for (const { option } of SERVE_SETTINGS) serving.addOption(option());

  const config = command('config', 'print every setting, and what decided it', 'Flags go before the environment, and that before the file of settings.', 'config --db postgres://db.example/state')
    .action((_options: object, self: Command) =>
      run(self, async () => (await import('./commands/config.js')).configCommand(self)));
  for (const { option } of [PROVER, QUEUE, ...WORKER_SETTINGS, ...SERVE_SETTINGS]) config.addOption(option());

  addChainCommands(command, circuitOption, run);
  addQueueCommands(command, describe, run);
  addSettlementCommands(command, circuitOption, run);

  return program;
}
