import { ContentError } from '../../base/files/content-error.js';
import { describeEntry } from '../../state/batch/access.js';
import type { EntryKey } from '../../state/batch/access.js';
import { treeKey } from '../../state/batch/encoding.js';
import { atRoot, checkFormat, expected, readObject, readingFile } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import { frToHex, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { toUint256, uint256ToHex } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import {
  ENTRY,
  formatEntry,
  formatLeaf,
  readBitsPerLevel,
  readEntry,
  readFr,
  readLeaf,
  readSiblings,
  readWord,
} from '../../machine/trace/file.js';
import type { LeafPreimage, Siblings } from '../../machine/trace/trace.js';
import { verdictInRange, verifyPath } from '../../state/tree/proof.js';
import type { PathVerdict } from '../../state/tree/proof.js';
import { otherLeafAt } from '../../state/tree/read.js';
import type { PathEnd, ReadPath } from '../../state/tree/read.js';
import { poseidonScheme } from '../../state/tree/scheme.js';

/**
 * The `format` of Merkle proof files.
 * @see {@link parseMerkleProof}
 */
export const MERKLE_PROOF_FORMAT = 'rootshift-merkle-proof';
/**
 * The `version` of Merkle proof files that is written and read.
 * @see {@link parseMerkleProof}
 */
export const MERKLE_PROOF_VERSION = 2;

/**
 * Proves an entry's value in the state with one root; value 0 means absent.
 * @see {@link merkleProof}
 */
export interface MerkleProof extends EntryKey {
  readonly root: Fr;
  readonly value: Uint256;
  readonly bitsPerLevel: 1 | 2;
  readonly siblings: Siblings;
  /**
   * The leaf of another key at which an absent entry's path ends; null if it ends at an empty node, or at the entry.
   */
  readonly otherLeaf: LeafPreimage | null;
}

/** A text is not a Merkle proof file of this version. The message says what was expected, what was found, and where. */
export class MerkleProofFileError extends ContentError {
  override readonly name = 'MerkleProofFileError';
}

/**
 * Makes a proof from `path`, the entry's path in the tree under `root`; `value` is the value that it shows.
 * @throws {RangeError} a number is out of range
 *
 * @example
 * const path = await readPath(db, db.scheme, root, treeKey(entry));
 * merkleProof({ root, bitsPerLevel: 2, entry, value: 100n, path });
 */
export function merkleProof({
  root,
  bitsPerLevel,
  entry: { address, kind, slot },
  value,
  path,
}: {
  readonly root: bigint;
  readonly bitsPerLevel: 1 | 2;
  readonly entry: EntryKey;
  readonly value: Uint256;
  readonly path: ReadPath;
}): MerkleProof {
  const entry = { address, kind, slot };
  const other = otherLeafAt(path, treeKey(entry));
  return {
    root: toFr(root),
    ...entry,
    value: toUint256(value),
    bitsPerLevel,
    siblings: path.siblings.map((level) => level.map(toFr)),
    otherLeaf: other && { key: toFr(other.key), value: other.value },
  };
}

/**
 * Verifies a Merkle proof. Only the root is trusted: compare it with one that you accepted. A number out of range makes
 * the proof invalid.
 *
 * @example
 * merkle.root === root && verifyMerkleProof(merkle).valid; // the entry has merkle.value in the state with root
 */
export const verifyMerkleProof = (proof: MerkleProof): PathVerdict =>
  verdictInRange(() => {
    const key = treeKey(proof);
    const scheme = poseidonScheme(proof.bitsPerLevel);
    const leaf = proof.value === 0n ? 0n : scheme.leafValue(proof.value);
    const path = { siblings: proof.siblings, end: endOf(proof, key, leaf) };
    return verifyPath(scheme, proof.root, key, leaf, path);
  });

function endOf({ otherLeaf, value }: MerkleProof, key: Fr, leaf: bigint): PathEnd {
  if (otherLeaf !== null) return { kind: 'leaf', leaf: otherLeaf };
  return value === 0n ? { kind: 'empty' } : { kind: 'leaf', leaf: { key, value: leaf } };
}

/**
 * Says in one sentence what was proven, or why not.
 *
 * @example
 * describeMerkleProof(merkle, verifyMerkleProof(merkle)); // Valid: in the state with root 0x..., or Not valid: ...
 */
export function describeMerkleProof(proof: MerkleProof, verdict: PathVerdict): string {
  if (!verdict.valid) return `Not valid: ${verdict.reason}.`;
  const shown = proof.value === 0n ? 'is absent' : `has value ${uint256ToHex(proof.value)}`;
  const root = frToHex(proof.root);
  return `Valid: in the state with root ${root}, ${describeEntry(proof)} ${shown}; accept it only if you know root ${root}.`;
}

/**
 * The text of a Merkle proof file: JSON, with words and field elements as `0x` and 64 hexadecimal digits.
 * @throws {RangeError} a number is out of range
 * @throws {MerkleProofFileError} it is not a proof that a file can contain
 *
 * @example
 * formatMerkleProof(await proveEntry(db, entry));
 */
export function formatMerkleProof(proof: MerkleProof): string {
  const document = {
    format: MERKLE_PROOF_FORMAT,
    version: MERKLE_PROOF_VERSION,
    root: frToHex(proof.root),
    ...formatEntry(proof),
    value: uint256ToHex(proof.value),
    bitsPerLevel: proof.bitsPerLevel,
    siblings: proof.siblings.map((level) => level.map(frToHex)),
    otherLeaf: formatLeaf(proof.otherLeaf),
  };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  parseMerkleProof(text);
  return text;
}

/**
 * Parses a Merkle proof file. Every number in it is in range; `verifyMerkleProof` decides whether the proof is valid.
 * @throws {MerkleProofFileError}
 *
 * @example
 * verifyMerkleProof(parseMerkleProof(text)).valid;
 */
export function parseMerkleProof(text: string): MerkleProof {
  return readingFile(
    () => readProof(atRoot(parseJson(text))),
    (message, cause) => new MerkleProofFileError(message, { cause }),
  );
}

function readProof(at: Located): MerkleProof {
  checkFormat(at, MERKLE_PROOF_FORMAT, MERKLE_PROOF_VERSION, 'required');
  const required = ['format', 'version', 'root', ...ENTRY, 'value', 'bitsPerLevel', 'siblings', 'otherLeaf'] as const;
  const fields = readObject(at, required);
  const value = readWord(fields.value);
  const bitsPerLevel = readBitsPerLevel(fields.bitsPerLevel);
  const otherLeaf = readLeaf(fields.otherLeaf, bitsPerLevel);
  if (value !== 0n && otherLeaf !== null) expected('null, as the entry has a value', fields.otherLeaf);
  return {
    root: readFr(fields.root),
    ...readEntry(fields),
    value,
    bitsPerLevel,
    siblings: readSiblings(fields.siblings),
    otherLeaf,
  };
}
