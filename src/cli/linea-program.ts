import { Option } from 'commander';
import type { Command } from 'commander';
import type { LineaApplyOptions, LineaVerifyOptions } from './commands/linea.js';
import type { Describe, Run } from './command.js';

const SUITE_NAMES = ['poseidon2-koalabear', 'mimc-bls12377', 'mimc-bn254', 'poseidon-bn254'];
const suiteOption = (): Option =>
  new Option('--suite <name>', 'hash and encodings').choices(SUITE_NAMES).default(SUITE_NAMES[0]);

/** `linea` and its subcommands. */
export function addLineaCommands(linea: Command, describe: Describe, run: Run): void {
  describe(
    linea.command('verify <file>'),
    "verify traces of Linea's state manager",
    'FILE is an answer of rollup_getZkEVMStateMerkleProofV0, or a request to the prover of Linea. Every trace is ' +
      'verified, then each block, then the way from root to root. Whether all accesses of a block are there is not ' +
      'verified: a read can be left out.',
    'linea verify traces.json --suite mimc-bls12377',
  )
    .addOption(suiteOption())
    .option('--old-root <root>', 'state root that the traces must start from (default: the one in the file)')
    .option('--new-root <root>', 'state root that the traces must lead to (default: the one in the file, if any)')
    .action((file: string, options: LineaVerifyOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/linea.js')).lineaVerifyCommand(places, file, options)),
    );

  describe(
    linea.command('apply <block>'),
    "do a block to a state kept as Linea's, unproven",
    'BLOCK names the accounts and slots that a block accessed, and what they are after it; see docs/linea.md. The ' +
      'database is one of its own: give it a place with --db. A missing one is created.',
    'linea apply block.json --db linea-state --out traces.json',
  )
    .addOption(suiteOption())
    .option('--out <file>', 'write the traces of the block, as Shomei does')
    .action((file: string, options: LineaApplyOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/linea.js')).lineaApplyCommand(places, file, options)),
    );
}
