import { Option } from 'commander';
import type { Command } from 'commander';
import type { LineaListOptions } from './commands/linea-list.js';
import type { LineaProofOptions, LineaVerifyProofOptions } from './commands/linea-proof.js';
import type { LineaApplyOptions, LineaVerifyOptions } from './commands/linea.js';
import type { LineaServeOptions } from './commands/linea-serve.js';
import type { LineaExportOptions } from './commands/linea-snapshot.js';
import type { Describe, Run } from './command.js';
import { LOG_SETTINGS } from './settings.js';

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

  describe(
    linea.command('state'),
    'list the blocks whose states are kept, and their state roots',
    '',
    'linea state --db linea-state',
  ).action((_options: object, self: Command) =>
    run(self, async (places) => (await import('./commands/linea-history.js')).lineaStateCommand(places)),
  );

  describe(
    linea.command('rollback'),
    'take the newest blocks back',
    'Each block is taken back in one commit. A block whose state before it was forgotten cannot be taken back.',
    'linea rollback --db linea-state --blocks 1',
  )
    .option('--blocks <count>', 'how many', '1')
    .action((options: { readonly blocks: string }, self: Command) =>
      run(self, async (places) => (await import('./commands/linea-history.js')).lineaRollbackCommand(places, options)),
    );

  describe(
    linea.command('prune'),
    'forget the states after old blocks',
    'Neither their proofs nor their traces can be made afterwards.',
    'linea prune --db linea-state --keep-last 128',
  )
    .requiredOption('--keep-last <count>', 'states to keep, the current one included')
    .action((options: { readonly keepLast: string }, self: Command) =>
      run(self, async (places) => (await import('./commands/linea-history.js')).lineaPruneCommand(places, options)),
    );

  describe(
    linea.command('fsck'),
    'recompute every kept state from the disk, and report what is damaged or missing',
    'Reads the database into memory. It repairs nothing: import a snapshot into a new database instead.',
    'linea fsck --db linea-state',
  ).action((_options: object, self: Command) =>
    run(self, async (places) => (await import('./commands/linea-history.js')).lineaFsckCommand(places)),
  );

  describe(
    linea.command('export'),
    'write a state as a snapshot',
    'Each line can be verified against the state root alone.',
    'linea export --db linea-state --out state.jsonl',
  )
    .requiredOption('--out <file>', 'where the snapshot is written')
    .option('--block <number>', 'the block after which the state is meant (default: the newest)')
    .action((options: LineaExportOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/linea-snapshot.js')).lineaExportCommand(places, options)),
    );

  describe(
    linea.command('import <file>'),
    'make a database of a snapshot',
    'You need not trust the maker of the snapshot: every line is verified against the root, and nothing is written ' +
      'before the whole state was. The database must not exist. Its only block is that of the snapshot.',
    'linea import state.jsonl --db other --root 0x07977874126658098c066972282d4c85f230520af3847e297fe7524f976873e5',
  )
    .requiredOption('--root <root>', 'state root, from where you trust it')
    .action((file: string, options: { readonly root: string }, self: Command) =>
      run(self, async (places) =>
        (await import('./commands/linea-snapshot.js')).lineaImportCommand(places, file, options),
      ),
    );

  describe(
    linea.command('proof <address> [slots...]'),
    'prove an account and slots of it, whether they are there or not',
    'Writes an answer of linea_getProof: Merkle proofs that anyone can verify who knows the state root.',
    'linea proof 0x7d0aa91b12d31755d2fc99d22e09947936e00474 0x0 --db linea-state --out proof.json',
  )
    .requiredOption('--out <file>', 'where the proof is written')
    .option('--block <number>', 'the block after which the state is meant (default: the newest)')
    .action((address: string, slots: readonly string[], options: LineaProofOptions, self: Command) =>
      run(self, async (places) =>
        (await import('./commands/linea-proof.js')).lineaProofCommand(places, [address, ...slots], options),
      ),
    );

  describe(
    linea.command('verify-proof <file>'),
    'verify a proof of an account against a state root alone',
    'FILE is an answer of linea_getProof.',
    'linea verify-proof proof.json --root 0x07977874126658098c066972282d4c85f230520af3847e297fe7524f976873e5',
  )
    .addOption(suiteOption())
    .requiredOption('--root <root>', 'state root, from where you trust it')
    .action((file: string, options: LineaVerifyProofOptions, self: Command) =>
      run(self, async (places) =>
        (await import('./commands/linea-proof.js')).lineaVerifyProofCommand(places, file, options),
      ),
    );

  describe(
    linea.command('list [address]'),
    'prove which slots an account has, or which accounts there are, and that there are no others',
    'The order is that of the hashes of slots or addresses, so --from is such a hash.',
    'linea list 0x7d0aa91b12d31755d2fc99d22e09947936e00474 --db linea-state --out slots.json',
  )
    .requiredOption('--out <file>', 'where the proof is written')
    .option('--block <number>', 'the block after which the state is meant (default: the newest)')
    .option('--from <hash>', 'the first hash (default: that of the first entry)')
    .option('--limit <count>', 'so many entries at most (default: all)')
    .action((address: string | undefined, options: LineaListOptions, self: Command) =>
      run(self, async (places) =>
        (await import('./commands/linea-list.js')).lineaListCommand(places, address, options),
      ),
    );

  describe(
    linea.command('verify-list <file>'),
    'verify such a list against a state root alone',
    '',
    'linea verify-list slots.json --root 0x07977874126658098c066972282d4c85f230520af3847e297fe7524f976873e5',
  )
    .addOption(suiteOption())
    .requiredOption('--root <root>', 'state root, from where you trust it')
    .action((file: string, options: LineaVerifyProofOptions, self: Command) =>
      run(self, async (places) =>
        (await import('./commands/linea-list.js')).lineaVerifyListCommand(places, file, options),
      ),
    );

  const serving = describe(
    linea.command('serve'),
    "serve Linea's state over JSON-RPC",
    'The methods are those of Shomei that read: rollup_getZkEVMStateMerkleProofV0, linea_getProof and ' +
      'rollup_getZkEVMBlockNumber. On Ctrl-C or SIGTERM it finishes the running calls.',
    'linea serve --db linea-state',
  )
    .option('--listen <host:port>', 'address to listen on; port 0 takes any free port', '127.0.0.1:8888')
    .option('--insecure', 'accept other machines even without TLS')
    .action((options: LineaServeOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/linea-serve.js')).lineaServeCommand(places, options)),
    );
  for (const { option } of LOG_SETTINGS) serving.addOption(option());
}
