import type { Command, Option } from 'commander';
import type { Run } from './command.js';
import type { CalldataOptions } from './commands/calldata.js';
import type { ExportSnarkjsOptions } from './commands/export-snarkjs.js';
import type { ExportVerifierOptions } from './commands/export-verifier.js';

/** The commands that bring a proof to a chain or to other tools. */
export function addChainCommands(
  command: (usage: string, summary: string, details: string, example: string) => Command,
  circuitOption: () => Option,
  run: Run,
): void {
  command(
    'export-verifier [proof]',
    'write the Solidity verifier contract of a circuit',
    'With PROOF, the contract is for the circuit and keys of that proof. Without PROOF, it is for --circuit ' +
      'and the keys that `prove` uses. See docs/on-chain.md.',
    'export-verifier --circuit s14 --allow-development-keys',
  )
    .addOption(circuitOption())
    .option('--out <file>', 'Solidity file', 'Verifier.sol')
    .option('--allow-development-keys', 'export even though whoever made the keys can forge proofs')
    .action((proof: string | undefined, options: ExportVerifierOptions, self: Command) =>
      run(self, async (places) =>
        (await import('./commands/export-verifier.js')).exportVerifierCommand(places, proof, options),
      ),
    );

  command(
    'calldata <proof>',
    'print the calldata with which a contract verifies a proof',
    'For a proof, prints one line per chunk: a call of `verifyTransition` of an exported verifier. For a ' +
      'Merkle proof, prints a call of `requireValue` of contracts/StateProofs.sol. --json adds the arguments.',
    'calldata proof.json --chunk 0',
  )
    .option('--chunk <n>', 'print only this chunk, counted from 0')
    .action((proof: string, options: CalldataOptions, self: Command) =>
      run(self, async (places) => (await import('./commands/calldata.js')).calldataCommand(places, proof, options)),
    );

  command(
    'export-snarkjs <proof>',
    "write a proof as snarkjs's files",
    'Writes proof.json, public.json and verification_key.json for `snarkjs groth16 verify`, and batch.json ' +
      'with the accesses. If there are several chunks, each gets a directory (chunk-0, chunk-1, ...). `rootshift ' +
      'verify` reads these files only if the batch is one chunk.',
    'export-snarkjs proof.json --out-dir snarkjs',
  )
    .requiredOption('--out-dir <dir>', 'directory to write to; created if missing')
    .action((proof: string, options: ExportSnarkjsOptions, self: Command) =>
      run(self, async (places) =>
        (await import('./commands/export-snarkjs.js')).exportSnarkjsCommand(places, proof, options),
      ),
    );
}
