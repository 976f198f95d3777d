import path from 'node:path';
import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { parseProof } from '../../proof/prover/proof-file.js';
import type { ChunkProof } from '../../proof/prover/proof-file.js';
import type { VerifyingKeys } from '../../proof/prover/keys.js';
import { formatSnarkjsPair } from '../../proof/verifier/snarkjs-pair.js';
import { formatBatch } from '../../state/batch/format.js';
import { readFileAs } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { keysInStore } from '../keys.js';
import { asArgument, nextCommand } from '../next.js';
import type { Places } from '../places.js';

export interface ExportSnarkjsOptions {
  readonly outDir: string;
}

/** Writes the files of each chunk; several chunks get a directory each. */
export async function exportSnarkjsCommand(
  places: Places,
  file: string,
  { outDir }: ExportSnarkjsOptions,
): Promise<Outcome> {
  const proof = await readFileAs(places, file, parseProof);
  const keys = await keysInStore(places, proof, 'run the command on the machine that has the keys');
  const folders = proof.chunks.map((_, i) => (proof.chunks.length === 1 ? outDir : path.join(outDir, `chunk-${i}`)));
  const files = proof.chunks.flatMap((chunk, i) =>
    Object.entries(filesOf(chunk, keys)).map(([name, text]) => [path.join(folders[i]!, name), text] as const),
  );
  for (const [name] of files) await checkWritable(name);
  for (const [name, text] of files) await writeFileAtomically(name, text);
  const at = (name: string): string => asArgument(path.join(folders[0]!, name));
  return {
    text:
      `Exported ${count(proof.chunks.length, 'proof')} in snarkjs's form.\n` +
      `${table(folders.map((folder, i) => [i === 0 ? 'directory' : '', `${folder}, circuit ${proof.chunks[i]!.circuit.name}`] as const))}\n` +
      nextCommand([
        'npx',
        'snarkjs',
        'groth16',
        'verify',
        ...['verification_key.json', 'public.json', 'proof.json'].map(at),
      ]).text,
    json: {
      chunks: proof.chunks.map(({ circuit, verificationKey }, i) => ({
        circuit: circuit.name,
        verificationKey,
        folder: folders[i]!,
      })),
    },
  };
}

function filesOf(chunk: ChunkProof, keys: readonly VerifyingKeys[]): Readonly<Record<string, string>> {
  const { proof, publics } = formatSnarkjsPair(chunk);
  const { verificationKey } = keys.find(({ verificationKeyHash }) => verificationKeyHash === chunk.verificationKey)!;
  return {
    'proof.json': proof,
    'public.json': publics,
    'verification_key.json': `${JSON.stringify(verificationKey, null, 1)}\n`,
    'batch.json': formatBatch(chunk.log),
  };
}
