import { type Command, Option } from 'commander';
import type { Run } from './command.js';
import type { CheckReadsOptions } from './commands/check-reads.js';
import type { DeployOptions, ForceOptions, SettleOptions } from './commands/settle.js';
import type { SyncOptions } from './commands/sync.js';
import { PROVER } from './settings.js';

const rpc = (): Option => new Option('--rpc <url>', 'JSON-RPC endpoint of the chain').env('ROOTSHIFT_RPC').makeOptionMandatory();
const contract = (): Option => new Option('--contract <address>', 'the settlement contract').env('ROOTSHIFT_CONTRACT').makeOptionMandatory();
const keystore = (): Option => new Option('--keystore <file>', 'keystore file of the sender, whose password is in ROOTSHIFT_KEYSTORE_PASSWORD (default: the key in ROOTSHIFT_PRIVATE_KEY)');
const confirmations = (): Option => new Option('--confirmations <n>', 'blocks after which a transaction counts as settled').default('1');

/** What is done with a settlement contract. */
export function addSettlementCommands(
  command: (usage: string, summary: string, details: string, example: string) => Command,
  circuit: () => Option,
  run: Run,
): void {
  command(
    'deploy-settlement',
    'deploy a settlement contract and the verifiers of its circuits',
    'The sender has every role at first. Asked for twice, it is the same contract.',
    'deploy-settlement --rpc http://127.0.0.1:8545',
  )
    .addOption(rpc())
    .addOption(keystore())
    .addOption(confirmations())
    .addOption(circuit())
    .option('--prover-timeout <seconds>', 'from when a batch is posted until anyone may prove it', '86400')
    .option('--force-delay <seconds>', 'from when a forced batch is asked for until it must be posted', '86400')
    .option('--resume-delay <seconds>', 'from when the administrator says so until a stop can be left', '172800')
    .option('--allow-development-keys', 'deploy on any chain also where whoever made the keys could forge proofs')
    .action((options: DeployOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/settle.js')).deployCommand(places, options)));

  command(
    'settle [batch]',
    "post a batch's writes on Ethereum, and prove what is posted and not yet consolidated",
    'Forced batches that wait go first. Without a batch it posts none of its own. The database follows the consolidated root. ' +
      'After a kill, the same command goes on where it was, and sends nothing twice.',
    'settle batch.json --rpc http://127.0.0.1:8545 --contract 0x5FbDB2315678afecb367f032d93F642f64180aa3',
  )
    .addOption(rpc())
    .addOption(contract())
    .addOption(keystore())
    .addOption(confirmations())
    .addOption(PROVER.option())
    .action((batch: string | undefined, options: SettleOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/settle.js')).settleCommand(places, batch, options)));

  command(
    'force-batch <batch>',
    "ask a settlement for a batch without its sequencer",
    "The writes must be to entries of the sender's own address. Once the settlement's delay is over, nothing else is posted before them, " +
      'and anyone may post and, in time, prove them: `settle` does.',
    'force-batch batch.json --rpc http://127.0.0.1:8545 --contract 0x5FbDB2315678afecb367f032d93F642f64180aa3',
  )
    .addOption(rpc())
    .addOption(contract())
    .addOption(keystore())
    .addOption(confirmations())
    .action((batch: string, options: ForceOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/settle.js')).forceCommand(places, batch, options)));

  command(
    'check-reads <entries>',
    'prove to other contracts what values entries have at the consolidated root',
    'ENTRIES is CSV or JSON Lines as `load` takes them, values not needed, or a batch, whose accesses name them; 512 at most. ' +
      'Written is what the settlement takes in `checkReads`, which it is asked once; it holds until the next batch is consolidated.',
    'check-reads entries.csv --rpc http://127.0.0.1:8545 --contract 0x5FbDB2315678afecb367f032d93F642f64180aa3',
  )
    .addOption(rpc())
    .addOption(contract())
    .addOption(PROVER.option())
    .option('--out <file>', 'JSON file of the arguments and the calldata', 'reads.json')
    .action((entries: string, options: CheckReadsOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/check-reads.js')).checkReadsCommand(places, entries, options)));

  command(
    'sync',
    "rebuild the state from a settlement's data on the chain alone",
    'Ends at the consolidated root. The database is made if there is none.',
    'sync --rpc http://127.0.0.1:8545 --contract 0x5FbDB2315678afecb367f032d93F642f64180aa3',
  )
    .addOption(rpc())
    .addOption(contract())
    .action((options: SyncOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/sync.js')).syncCommand(places, options)));
}
