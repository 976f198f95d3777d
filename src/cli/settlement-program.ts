import { Option } from 'commander';
import type { Command } from 'commander';
import { addGuardCommands } from './guard-program.js';
import { CATALOGUE, CIRCUIT_NAMES } from '../machine/circuit/catalogue.js';
import { addRulesCommands } from './rules-program.js';
import { addPayCommands } from './pay-program.js';
import type { Describe, Run } from './command.js';
import type { CheckReadsOptions } from './commands/check-reads.js';
import type { DeployOptions, ForceOptions, SettleOptions } from './commands/settle.js';
import type { SyncOptions } from './commands/sync.js';
import { PROVER } from './settings.js';

const rpc = (): Option =>
  new Option('--rpc <url>', 'JSON-RPC endpoint of the chain').env('ROOTSHIFT_RPC').makeOptionMandatory();
const contract = (): Option =>
  new Option('--contract <address>', 'address of the settlement contract')
    .env('ROOTSHIFT_CONTRACT')
    .makeOptionMandatory();
const keystore = (): Option =>
  new Option(
    '--keystore <file>',
    'keystore file of the sender, with its password in ROOTSHIFT_KEYSTORE_PASSWORD (default: the key in ' +
      'ROOTSHIFT_PRIVATE_KEY)',
  );
const maxFee = (): Option =>
  new Option('--max-fee <ether>', 'ether that a transaction may cost at most, whatever the endpoint asks for').default(
    '0.5',
  );
const confirmations = (): Option =>
  new Option('--confirmations <n>', 'blocks after which a transaction counts as settled').default('1');

/** The commands for a settlement contract. */
export function addSettlementCommands(
  command: (usage: string, summary: string, details: string, example: string) => Command,
  circuit: () => Option,
  describe: Describe,
  run: Run,
): void {
  command(
    'deploy-settlement',
    'deploy a settlement contract and the verifiers of its circuits',
    'The sender gets every role that no option gives to another account. Running it again returns the same contract.',
    'deploy-settlement --rpc http://127.0.0.1:8545',
  )
    .addOption(rpc())
    .addOption(keystore())
    .addOption(confirmations())
    .addOption(maxFee())
    .addOption(circuit())
    .option('--prover-timeout <seconds>', 'seconds after posting until anyone may prove a batch', '86400')
    .option('--force-delay <seconds>', 'seconds until a forced batch must be posted', '86400')
    .option('--change-delay <seconds>', 'seconds until a change of who is trusted takes effect', '172800')
    .option('--genesis-root <root>', 'root of the state that it begins with (default: the empty state)')
    .option('--forced-writes <records>', 'let anyone force so many writes at once to entries of their own address')
    .option('--forced-fee <gwei>', 'gwei that each forced write costs, for whoever proves it (default: nothing)')
    .option('--admin <address>', 'account that gives and takes roles')
    .option('--sequencer <address>', 'account that posts batches')
    .option('--proving-account <address>', 'account that proves batches before others may')
    .option('--guardian <address>', 'account that can stop parts of the contract for a while')
    .option('--allow-development-keys', 'deploy on any chain even though whoever made the keys can forge proofs')
    .action((options: DeployOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/settle.js')).deployCommand(places, options)),
    );

  command(
    'settle [batch]',
    "post a batch's writes on Ethereum, and prove all posted batches",
    'Posts waiting forced batches first, then BATCH if given. The database follows the consolidated root. If ' +
      'the command is killed, run it again: it continues where it stopped and sends nothing twice.',
    'settle batch.json --rpc http://127.0.0.1:8545 --contract 0x5FbDB2315678afecb367f032d93F642f64180aa3',
  )
    .addOption(rpc())
    .addOption(contract())
    .addOption(keystore())
    .addOption(confirmations())
    .addOption(maxFee())
    .addOption(PROVER.option())
    .action((batch: string | undefined, options: SettleOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/settle.js')).settleCommand(places, batch, options)),
    );

  command(
    'force-batch <batch>',
    'force a batch without the sequencer of a settlement',
    "The batch may write only to entries of the sender's own address. After the settlement's delay, nothing " +
      'else can be ' +
      'posted before it, and anyone can post it and later prove it with `settle`.',
    'force-batch batch.json --rpc http://127.0.0.1:8545 --contract 0x5FbDB2315678afecb367f032d93F642f64180aa3',
  )
    .addOption(rpc())
    .addOption(contract())
    .addOption(keystore())
    .addOption(confirmations())
    .addOption(maxFee())
    .action((batch: string, options: ForceOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/settle.js')).forceCommand(places, batch, options)),
    );

  command(
    'check-reads <entries>',
    'prove the values of entries at the consolidated root to other contracts',
    'ENTRIES is CSV or JSON Lines as for `load` (values are optional), or a batch; at most 512 entries. The ' +
      'command writes the arguments of `checkReads` and tries the call once. They stay valid when later batches ' +
      'are consolidated.',
    'check-reads entries.csv --rpc http://127.0.0.1:8545 --contract 0x5FbDB2315678afecb367f032d93F642f64180aa3',
  )
    .addOption(rpc())
    .addOption(contract())
    .addOption(PROVER.option())
    .option('--out <file>', 'JSON file for the arguments and the calldata', 'reads.json')
    .action((entries: string, options: CheckReadsOptions, self: Command) =>
      run(self, async (places) =>
        (await import('./commands/check-reads.js')).checkReadsCommand(places, entries, options),
      ),
    );

  command(
    'sync',
    "rebuild the state from a settlement's data on the chain",
    'Stops at the consolidated root. A missing database is created.',
    'sync --rpc http://127.0.0.1:8545 --contract 0x5FbDB2315678afecb367f032d93F642f64180aa3',
  )
    .addOption(rpc())
    .addOption(contract())
    .action((options: SyncOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/sync.js')).syncCommand(places, options)),
    );

  const settlement = command(
    'settlement',
    'stop a settlement, or change who may do what',
    'For its guardian and its administrator.',
    'settlement stop proving --for 3600',
  );
  addGuardCommands(settlement, describe, run, () => [rpc(), contract(), keystore(), confirmations(), maxFee()]);

  const rules = command(
    'rules',
    'settle batches of rules of your own',
    'docs/write-your-own-rules.md leads from an empty folder to a settled batch.',
    'rules settle batch.json --rules names.js',
  );
  const quad = CIRCUIT_NAMES.filter((name) => CATALOGUE[name].bitsPerLevel === 2);
  const options = { reading: () => [rpc(), contract()], sending: () => [keystore(), confirmations(), maxFee()], rpc };
  addRulesCommands(rules, describe, run, options, quad);

  const pay = command(
    'pay',
    'make payments whose rules are proven',
    'docs/payments.md walks from a deposit to an exit. Amounts are in ether, fees of payments in gwei.',
    'pay deposit 1.5',
  );
  addPayCommands(pay, describe, run, options);
}
