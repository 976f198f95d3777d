import { Argument, Command, Option } from 'commander';
import { KINDS } from '../state/batch/access.js';
import { CIRCUIT_NAMES, DEFAULT_CIRCUITS } from '../machine/circuit/catalogue.js';
import { addChainCommands } from './chain-program.js';
import { COMPLETION_SCRIPTS } from './completion.js';
import type { Describe, Run } from './command.js';
import type { ExecuteOptions } from './commands/execute.js';
import type { GetOptions } from './commands/get.js';
import type { InspectOptions } from './commands/inspect.js';
import type { LoadOptions } from './commands/load.js';
import type { ServeCommandOptions } from './commands/hashdb-serve.js';
import type { PlanOptions } from './commands/plan.js';
import type { VerifyOptions } from './commands/verify.js';
import type { Outcome } from './io.js';
import type { ProveOptions } from './proving.js';
import { placesOf } from './places.js';
import type { GlobalOptions } from './places.js';
import {
  GLOBAL_SETTINGS,
  LOG_SETTINGS,
  NODE_SETTINGS,
  PROVER,
  QUEUE,
  SERVE_SETTINGS,
  WORKER_SETTINGS,
} from './settings.js';
import { addLineaCommands } from './linea-program.js';
import { addNodeCommand } from './node-program.js';
import { addQueueCommands } from './queue-program.js';
import { applySettingsFile, SETTINGS_FILE } from './settings-file.js';
import { addSettlementCommands } from './settlement-program.js';
import { addSetupCommands } from './setup-program.js';
import { addSnapshotCommands } from './snapshot-program.js';
import { addStateCommands } from './state-program.js';

const NOTES = `
npx rootshift help COMMAND shows the options of a command.

Exit codes: 0 done and valid, 1 not valid, 2 bad input or could not be done, 130 interrupted by Ctrl-C
(SIGINT), 143 by SIGTERM.
Results go to stdout; errors, warnings and progress go to stderr. With --json, the result is one
JSON object on stdout, and so is an error: {"error": "..."}.
`;

/** The help of an option or an argument, in one form: required or not, its choices, its default, its variable. */
function describeParameter(parameter: Option | Argument): string {
  const { description, argChoices, defaultValue, defaultValueDescription } = parameter;
  const { mandatory, envVar } = parameter instanceof Option ? parameter : { mandatory: false, envVar: undefined };
  const byDefault: unknown = defaultValueDescription ?? defaultValue;
  const notes = [
    ...(mandatory ? ['required'] : []),
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(byDefault === undefined ? [] : [`default: ${String(byDefault)}`]),
    ...(envVar === undefined ? [] : [`env: ${envVar}`]),
  ];
  return [description, ...notes.map((note) => `(${note})`)].join(' ');
}

const circuitOption = (): Option =>
  new Option('--circuit <name>', 'circuit')
    .choices(CIRCUIT_NAMES)
    .default(undefined, `${DEFAULT_CIRCUITS[2]}; for a binary tree ${DEFAULT_CIRCUITS[1]}`);
const onlyCircuitOption = (): Option =>
  new Option('--circuit <name>', 'prove only with this circuit, and with deep (deepb) what does not fit')
    .choices(CIRCUIT_NAMES)
    .default(
      undefined,
      `${DEFAULT_CIRCUITS[2]}, for a binary tree ${DEFAULT_CIRCUITS[1]}, or others if they are faster`,
    );
const TRANSACTIONS = ['--transactions <n>', 'only the first n transactions of the batch'] as const;

/**
 * The command line: each command parses here, works in its own file, and hands its outcome to `finish`.
 * A command's file is loaded when it runs: the provers below take longer to load than `get` to work.
 */
export function rootshift(version: string, finish: (outcome: Outcome) => void): Command {
  const program = new Command('rootshift')
    .description('A provable storage engine: proves that a batch of accesses moved a state from one root to another.')
    .version(version)
    .addOption(
      new Option(
        '--config <file>',
        `settings file (default: ${SETTINGS_FILE} if it exists; it sets only directories and limits)`,
      ).env('ROOTSHIFT_CONFIG'),
    )
    // What is printed, and how, is for main to see to, which reads these two by itself: they count for a line that
    // cannot be parsed, too.
    .option('--json', 'print the result as JSON')
    .addOption(new Option('--debug', 'print the stack trace of a bug').env('ROOTSHIFT_DEBUG'))
    .addHelpText('after', NOTES)
    .configureHelp({ optionDescription: describeParameter, argumentDescription: describeParameter, minWidthToWrap: 30 })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .hook('preAction', (_program, command) =>
      applySettingsFile(command, command.optsWithGlobals<GlobalOptions>().config),
    );
  for (const { option } of GLOBAL_SETTINGS) program.addOption(option());

  const describe: Describe = (command, summary, details, example) =>
    command
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.${details === '' ? '' : ` ${details}`}`)
      .addHelpText(
        'after',
        `\nExample:\n  npx rootshift ${example}\n\nOptions of every command, such as --db and --json: npx rootshift --help`,
      );
  const command = (usage: string, ...texts: [summary: string, details: string, example: string]): Command =>
    describe(program.command(usage), ...texts);
  const run: Run = async (self, work) => finish(await work(placesOf(self.optsWithGlobals<GlobalOptions>())));

  program.commandsGroup('Prove and verify:');
  command(
    'prove <batch>',
    'execute a batch on the current state, prove it, and make the new root current',
    'The new root becomes current only after the proof is verified and saved. A missing database is created, and the ' +
      "batch's prestate is loaded into it, unproven. BATCH can also be a result of geth's prestateTracer or a " +
      'Polygon Zero block witness; docs/batches.md lists all forms. Or it is a list of instructions: what they do is ' +
      'then proven by rules, those of payments or your own (--rules).',
    'prove batch.json --transactions 3',
  )
    .addOption(onlyCircuitOption())
    .option('--rules-circuit <name>', 'for instructions: prove only with this circuit of the rules')
    .option(...TRANSACTIONS)
    .option('--out <file>', 'proof file (default: <home>/proofs/<number>-<new root>.json)')
    .addOption(PROVER.option())
    .addOption(QUEUE.option().default(undefined, 'none; this machine makes the proofs'))
    .action((batch: string, options: ProveOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/prove.js')).proveCommand(places, batch, options)),
    );

  command(
    'plan <batch>',
    'print how a batch would be proven, and the time and memory it would take',
    'Proves nothing and leaves the state unchanged. The estimate uses the last proof made on this machine; if ' +
      'there is none, the command first makes a small one, which takes a few seconds.',
    'plan batch.json',
  )
    .addOption(onlyCircuitOption())
    .option(...TRANSACTIONS)
    .addOption(PROVER.option())
    .action((batch: string, options: PlanOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/plan.js')).planCommand(places, batch, options)),
    );

  command(
    'verify <file>',
    'verify a proof or a Merkle proof',
    'Prints in one sentence what was proven, or why the proof is not valid, and then what was checked. A proof ' +
      'in snarkjs format also needs --public, --batch and --circuit.',
    'verify .rootshift/proofs/2-0123456789abcdef.json --batch batch.json --transactions 3',
  )
    .option('--batch <file>', 'the batch that should have been proven')
    .option(...TRANSACTIONS)
    .option(
      '--old-root <root>',
      'root that the proof must start from, or its name (default: any root in the database history)',
    )
    .option(
      '--key <file...>',
      'verification key of each circuit, in snarkjs format (default: the keys that the proof names, from the ' +
        'artifacts)',
    )
    .option('--public <file>', 'public signals of a proof in snarkjs format')
    .addOption(new Option('--circuit <name>', 'circuit of a proof in snarkjs format').choices(CIRCUIT_NAMES))
    .action((file: string, options: VerifyOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/verify.js')).verifyCommand(places, file, options)),
    );

  command(
    'execute <batch>',
    'execute a batch and write its trace',
    'Proves nothing and leaves the state unchanged.',
    'execute batch.json --out trace.json',
  )
    .option('--out <file>', 'trace file (default: <batch>.trace.json)')
    .option(...TRANSACTIONS)
    .action((batch: string, options: ExecuteOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/execute.js')).executeCommand(places, batch, options)),
    );

  command(
    'check <trace>',
    'check a trace row by row, without a circuit or key',
    'Names the table, row and rule that fail.',
    'check batch.trace.json',
  ).action((trace: string, _options: object, self: Command) =>
    run(self, async (places) => (await import('./commands/check.js')).checkCommand(places, trace)),
  );

  command(
    'inspect [file]',
    "show what a trace, a proof or a batch does, or where a circuit's constraints are",
    'FILE is a trace, a proof or a batch. A batch is executed on the current state. A proof shows paths only ' +
      'if the database has its old root. Without FILE, the command prints the constraints of --circuit, template ' +
      'by template.',
    'inspect batch.trace.json --html trace.html',
  )
    .option('--html <file>', 'write a self-contained page for a browser instead of printing tables')
    .addOption(new Option('--circuit <name>', 'circuit').choices(CIRCUIT_NAMES))
    .option(...TRANSACTIONS)
    .addOption(new Option('--kind <kind>', 'print only entries of this kind').choices(Object.keys(KINDS)))
    .option('--address <address>', 'print only entries of this address')
    .option('--key <number>', 'print only the key with this number, and its path')
    .option('--changed', 'print only changed values')
    .option('--all', 'print every row (default: the first 20 of a table)')
    .action((file: string | undefined, options: InspectOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/inspect.js')).inspectCommand(places, file, options)),
    );

  command(
    'get [address-or-key] [slots...]',
    'print the value of an entry, or of many',
    'Give ADDRESS SLOT for a storage entry, ADDRESS and --kind for another entry, KEY for a plain key, or ' +
      '--entries for many entries. --eth-proof takes an ADDRESS and any number of SLOTS; see docs/on-chain.md.',
    'get 0x7d0aa91b12d31755d2fc99d22e09947936e00474 --kind balance --proof entry.json',
  )
    .addOption(new Option('--kind <kind>', 'kind of the entry').choices(Object.keys(KINDS)).default('storage'))
    .option(
      '--entries <file>',
      'file that names entries: CSV or JSON Lines as for `load` (values are optional), or a batch',
    )
    .option('--root <root>', 'root of the history, or its name (default: the current one)')
    .option('--eth-proof <file>', 'write a proof of an account and its slots in the shape of eth_getProof')
    .option(
      '--proof <file>',
      'write a Merkle proof, one combined proof for many entries; `rootshift verify` verifies it',
    )
    .action((first: string | undefined, slots: string[], options: GetOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/get.js')).getCommand(places, first, slots, options)),
    );

  program.commandsGroup('State and database:');
  const state = command('state', 'print the current root, the history of roots, and sizes', '', 'state --json');
  addStateCommands(state, describe, run);
  addSnapshotCommands(
    command('snapshot', 'export, import and verify snapshots of a state', '', 'snapshot export --out snapshot'),
    describe,
    run,
  );

  command(
    'load <file>',
    'load entries, unproven',
    'FILE is a CSV with a header (address,kind,slot,value or key,value), JSON Lines, a genesis, or any batch ' +
      'file with a prestate. The content decides, not the file name. A CSV with the header address,amount is an ' +
      'airdrop and needs --token, --mapping-slot and --decimals. If an entry is given twice, the last one ' +
      'counts. The database must not have a state yet; a missing database is created. See docs/batches.md.',
    'load entries.csv --db other',
  )
    .addOption(new Option('--tree <arity>', 'tree of a new database').choices(['quad', 'binary']).default('quad'))
    .option('--token <address>', 'token contract of an airdrop')
    .option('--mapping-slot <n>', "storage slot of the token contract's balance mapping")
    .option('--decimals <n>', 'decimals of the token: amount 1 is stored as 10^n')
    .action((file: string, options: LoadOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/load.js')).loadCommand(places, file, options)),
    );

  const hashdb = command(
    'hashdb',
    'serve the database to other processes',
    '',
    'hashdb serve --db state --create quad',
  );
  const serving = describe(
    hashdb.command('serve'),
    'serve the database over gRPC',
    'Serves other Rootshift processes (--db grpc://HOST:PORT) and programs in any language (see protos/). On ' +
      'Ctrl-C or SIGTERM it finishes the running calls and closes the database.',
    'hashdb serve --db state --create quad',
  )
    .addOption(new Option('--create <tree>', 'create a missing database with this tree').choices(['quad', 'binary']))
    .action((options: ServeCommandOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/hashdb-serve.js')).serveCommand(places, options)),
    );
  for (const { option } of [...SERVE_SETTINGS, ...LOG_SETTINGS]) serving.addOption(option());

  addLineaCommands(
    command('linea', "keep and verify state as Linea's state manager does", '', 'linea verify traces.json'),
    describe,
    run,
  );

  program.commandsGroup('Circuits and keys:');
  command('circuits', 'list the circuits, their capacity and their keys', '', 'circuits --json').action(
    (_options: object, self: Command) =>
      run(self, async (places) => (await import('./commands/circuits.js')).circuitsCommand(places)),
  );

  const setup = command(
    'setup',
    "make a circuit's keys in a ceremony of several people",
    'The coordinator begins it, each person contributes in turn, and a beacon closes it. See docs/setup.md.',
    'setup begin ceremony --circuit s18',
  );
  addSetupCommands(setup, describe, run);

  program.commandsGroup('Many machines:');
  addQueueCommands(command, describe, run);

  program.commandsGroup('Ethereum:');
  addNodeCommand(program.command('node'), describe, run);
  addChainCommands(command, circuitOption, run);
  addSettlementCommands(command, circuitOption, describe, run);

  program.commandsGroup('Other:');
  program.addHelpCommand(
    new Command('help')
      .argument('[command]')
      .helpOption(false)
      .summary('show the help of a command')
      .helpGroup('Other:'),
  );
  command(
    'completion',
    'print the script that completes commands and options in a shell',
    'Works where `rootshift` itself is a command, as after `npm install --global rootshift`.',
    'completion bash >> ~/.bashrc',
  )
    .addArgument(new Argument('<shell>', 'shell').choices(Object.keys(COMPLETION_SCRIPTS)))
    .action((shell: keyof typeof COMPLETION_SCRIPTS, _options: object, self: Command) =>
      run(self, async () => ({ text: COMPLETION_SCRIPTS[shell], json: { script: COMPLETION_SCRIPTS[shell] } })),
    );

  const config = command(
    'config',
    'print every setting and where it comes from',
    'A flag overrides the environment, and the environment overrides the settings file.',
    'config --db postgres://db.example/state',
  ).action((_options: object, self: Command) =>
    run(self, async () => (await import('./commands/config.js')).configCommand(self)),
  );
  for (const { option } of [PROVER, QUEUE, ...LOG_SETTINGS, ...WORKER_SETTINGS, ...SERVE_SETTINGS, ...NODE_SETTINGS])
    config.addOption(option());

  return program;
}
