import type { Command } from 'commander';
import type { Describe, Run } from './command.js';
import type { NodeCommandOptions } from './commands/node.js';
import { LOG_SETTINGS, NODE_SETTINGS, PROVER, QUEUE } from './settings.js';

/** `node`. */
export function addNodeCommand(node: Command, describe: Describe, run: Run): void {
  describe(
    node,
    'run a chain that wallets and libraries use as any other, on this machine',
    'Ethereum transactions, executed on a state of this program: what a batch of them writes is proven with --prove, ' +
      'the EVM is not proven but executed again (see docs/node.md). JSON-RPC comes over HTTP and WebSocket on one ' +
      'port. The accounts of a mnemonic that everyone knows have ether: keep nothing of value here. Blocks and pool ' +
      'are in a PostgreSQL that the command runs itself, unless --chain-db names one. On Ctrl-C or SIGTERM it ' +
      'stores what is under way and ends; started again, it goes on.',
    'node --http 127.0.0.1:8123',
  ).action((options: NodeCommandOptions, self: Command) =>
    run(self, async (places) => (await import('./commands/node.js')).nodeCommand(places, options)),
  );
  for (const { option } of [...NODE_SETTINGS, PROVER, ...LOG_SETTINGS]) node.addOption(option());
  node.addOption(QUEUE.option().default(undefined, 'none; this machine makes the proofs'));
}
