import { Option } from 'commander';
import type { Command } from 'commander';
import { subcommandsOf } from './command.js';
import type { Describe, Run } from './command.js';
import type { RulesDeployOptions, RulesReadOptions, RulesSettleOptions } from './commands/rules.js';
import type { PayOptionsOf } from './pay-program.js';
import { PROVER } from './settings.js';

/** The subcommands of `rules`. @param circuits names of the circuits of quad trees */
export function addRulesCommands(
  parent: Command,
  describe: Describe,
  run: Run,
  { reading, sending, rpc }: PayOptionsOf,
  circuits: readonly string[],
): void {
  const sub = subcommandsOf(parent, describe);
  const commands = () => import('./commands/rules.js');

  sub(
    'deploy <rules>',
    [rpc(), ...sending()],
    'deploy a contract whose state moves by rules of your own alone',
    'RULES is their name, in the module at --rules. The contract takes proofs of their largest and smallest circuit. ' +
      'It holds no ether, and nobody can change its verifiers. Running it again returns the same contract.',
    'rules deploy names --rules names.js --rpc http://127.0.0.1:8545',
  )
    .addOption(new Option('--circuit <name>', 'storage circuit').choices(circuits).default('s20'))
    .option('--operator <address>', 'account that alone sends batches (default: anyone)')
    .option('--allow-development-keys', 'deploy on any chain even though whoever made the keys can forge proofs')
    .action((name: string, options: RulesDeployOptions, self: Command) =>
      run(self, async (places) => (await commands()).rulesDeployCommand(places, name, options)),
    );
  sub(
    'settle <batch>',
    [...reading(), ...sending(), PROVER.option()],
    'prove a file of instructions, and move the root of a contract over them',
    'The file has no context: the contract says it. The database follows the consolidated root. If the command is ' +
      'killed, run it again: it sends nothing twice.',
    'rules settle batch.json --rules names.js',
  ).action((file: string, options: RulesSettleOptions, self: Command) =>
    run(self, async (places) => (await commands()).rulesSettleCommand(places, file, options)),
  );
  sub(
    'follow <rules>',
    reading(),
    'rebuild the state from the contract alone',
    'Each batch must lead to the root that the contract has. A missing database is created.',
    'rules follow names --rules names.js',
  ).action((name: string, options: RulesReadOptions, self: Command) =>
    run(self, async (places) => (await commands()).rulesFollowCommand(places, name, options)),
  );
}
