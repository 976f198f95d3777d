import type { Kind } from '../../batch/access.js';
import { checkWritable, writeFileAtomically } from '../../engine/files.js';
import { proveEntry } from '../../engine/prove-entry.js';
import { frToHex } from '../../field/fr.js';
import { uint256ToHex } from '../../field/limbs.js';
import { formatEntry } from '../../trace/file.js';
import { formatMerkleProof } from '../../verifier/merkle-proof.js';
import { withDatabase } from '../database.js';
import { parseEntry, parseRootOrName } from '../input.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';

export interface GetOptions {
  readonly kind?: Kind;
  readonly root?: string;
  readonly proof?: string;
}

export async function getCommand(
  places: Places,
  first: string,
  slot: string | undefined,
  { kind, root, proof: proofFile }: GetOptions,
): Promise<Outcome> {
  const entry = parseEntry(first, slot, kind);
  const rootIn = parseRootOrName('--root', root);
  if (proofFile !== undefined) await checkWritable(proofFile);
  const proof = await withDatabase(places, async (db, poseidon) => proveEntry(poseidon, db, entry, await rootIn(db)));
  if (proofFile !== undefined) await writeFileAtomically(proofFile, formatMerkleProof(proof));
  const present = proof.value !== 0n;
  return {
    text: present ? uint256ToHex(proof.value) : 'absent',
    json: {
      root: frToHex(proof.root),
      ...formatEntry(entry),
      value: uint256ToHex(proof.value),
      present,
      ...(proofFile === undefined ? {} : { files: { proof: proofFile } }),
    },
  };
}
