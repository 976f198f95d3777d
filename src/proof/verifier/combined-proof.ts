import { ContentError } from '../../base/files/content-error.js';
import type { Entry } from '../../state/batch/batch.js';
import { rawKey, treeKeys } from '../../state/batch/encoding.js';
import { atRoot, checkFormat, expected, readList, readObject, readingFile } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import { frToHex } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { toUint256, uint256ToHex } from '../../base/field/limbs.js';
import {
  ENTRY,
  formatEntry,
  formatLeaf,
  readBitsPerLevel,
  readEntry,
  readFr,
  readLeaf,
  readWord,
} from '../../machine/trace/file.js';
import type { LeafPreimage } from '../../machine/trace/trace.js';
import { verifyCombined } from '../../state/tree/multi-proof.js';
import type { MultiProof } from '../../state/tree/multi-proof.js';
import { verdictInRange } from '../../state/tree/proof.js';
import type { PathVerdict } from '../../state/tree/proof.js';
import { poseidonScheme } from '../../state/tree/scheme.js';

/**
 * The `format` of combined proof files.
 * @see {@link parseCombinedProof}
 */
export const COMBINED_PROOF_FORMAT = 'rootshift-combined-proof';
/**
 * The `version` of combined proof files that is written and read.
 * @see {@link parseCombinedProof}
 */
export const COMBINED_PROOF_VERSION = 2;

/**
 * Proves the values of many entries in the state with one root; value 0 means absent.
 * @see {@link parseCombinedProof}
 */
export interface CombinedProof extends MultiProof {
  readonly root: Fr;
  readonly bitsPerLevel: 1 | 2;
  /** Distinct, in ascending order of their tree keys. */
  readonly entries: readonly Entry[];
  readonly siblings: readonly Fr[];
  readonly otherLeaves: readonly LeafPreimage[];
}

/**
 * A text is not a combined proof file of this version. The message says what was expected, what was found, and where.
 */
export class CombinedProofFileError extends ContentError {
  override readonly name = 'CombinedProofFileError';
}

/**
 * Verifies a combined proof. Only the root is trusted: compare it with one that you accepted. A number out of range
 * makes the proof invalid.
 *
 * @example
 * combined.root === root && (await verifyCombinedProof(combined)).valid;
 */
export async function verifyCombinedProof(proof: CombinedProof): Promise<PathVerdict> {
  const { root, bitsPerLevel, entries } = proof;
  const inRange = verdictInRange(() => {
    for (const entry of entries) {
      rawKey(entry);
      toUint256(entry.value);
    }
    return { valid: true, scheme: poseidonScheme(bitsPerLevel) } as const;
  });
  if (!inRange.valid) return inRange;
  const keys = await treeKeys(entries);
  const leaves = await inRange.scheme.leafValues(entries.map(({ value }) => value));
  const claims = entries.map(({ value }, i) => ({ key: keys[i]!, value: value === 0n ? 0n : leaves[i]! }));
  return verifyCombined(inRange.scheme, root, claims, proof);
}

/**
 * Says in one sentence what was proven, or why not.
 *
 * @example
 * describeCombinedProof(combined, await verifyCombinedProof(combined));
 */
export function describeCombinedProof({ root, entries }: CombinedProof, verdict: PathVerdict): string {
  if (!verdict.valid) return `Not valid: ${verdict.reason}.`;
  const absent = entries.filter(({ value }) => value === 0n).length;
  const shown = `${entries.length - absent} entries have the values that the proof lists, and ${absent} are absent`;
  return `Valid: in the state with root ${frToHex(root)}, ${shown}; accept it only if you know root ${frToHex(root)}.`;
}

/**
 * The text of a combined proof file: JSON with one entry, sibling or leaf per line; words and field elements as `0x`
 * and 64 hexadecimal digits. Each proof has exactly one text.
 * @throws {RangeError} a number is out of range
 * @throws {CombinedProofFileError} it is not a proof that a file can contain
 *
 * @example
 * formatCombinedProof(await proveEntries(db, [entry]));
 */
export function formatCombinedProof(proof: CombinedProof): string {
  const text = textOf(proof);
  parseCombinedProof(text);
  return text;
}

function textOf({ root, bitsPerLevel, entries, shape, siblings, otherLeaves }: CombinedProof): string {
  const list = (name: string, items: readonly unknown[]): string =>
    `${JSON.stringify(name)}: [${items.map((item) => `\n${JSON.stringify(item)}`).join(',')}\n]`;
  return `{
"format": "${COMBINED_PROOF_FORMAT}",
"version": ${COMBINED_PROOF_VERSION},
"root": "${frToHex(root)}",
"bitsPerLevel": ${bitsPerLevel},
${list(
  'entries',
  entries.map((entry) => ({ ...formatEntry(entry), value: uint256ToHex(entry.value) })),
)},
"shape": "${shape}",
${list('siblings', siblings.map(frToHex))},
${list('otherLeaves', otherLeaves.map(formatLeaf))}
}
`;
}

/**
 * Parses a combined proof file. Every number in it is in range; `verifyCombinedProof` decides whether the proof is
 * valid.
 * @throws {CombinedProofFileError}
 *
 * @example
 * (await verifyCombinedProof(parseCombinedProof(text))).valid;
 */
export function parseCombinedProof(text: string): CombinedProof {
  return readingFile(
    () => {
      const at = atRoot(parseJson(text));
      const proof = readProof(at);
      if (textOf(proof) !== text) expected('the canonical encoding of this proof', at, 'another encoding of it');
      return proof;
    },
    (message, cause) => new CombinedProofFileError(message, { cause }),
  );
}

function readProof(at: Located): CombinedProof {
  checkFormat(at, COMBINED_PROOF_FORMAT, COMBINED_PROOF_VERSION, 'required');
  const fields = readObject(at, [
    'format',
    'version',
    'root',
    'bitsPerLevel',
    'entries',
    'shape',
    'siblings',
    'otherLeaves',
  ]);
  const bitsPerLevel = readBitsPerLevel(fields.bitsPerLevel);
  return {
    root: readFr(fields.root),
    bitsPerLevel,
    entries: readList(fields.entries).map((entry) => {
      const { value, ...key } = readObject(entry, [...ENTRY, 'value']);
      return { ...readEntry(key), value: readWord(value) };
    }),
    shape: readShape(fields.shape),
    siblings: readList(fields.siblings).map(readFr),
    otherLeaves: readList(fields.otherLeaves).map((leaf) => readLeaf(leaf, bitsPerLevel) ?? expected('a leaf', leaf)),
  };
}

function readShape(at: Located): string {
  return typeof at.value === 'string' && /^[iloesz]+$/.test(at.value)
    ? at.value
    : expected('the letters i, l, o, e, s and z', at);
}
