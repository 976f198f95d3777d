import {
  atRoot,
  checkFormat,
  readBytes,
  readingFile,
  readInteger,
  readList,
  readObject,
} from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import { DEPTH } from '../suite/suite.js';
import type { Suite } from '../suite/suite.js';
import { digestToHex, readHex } from '../trace/json.js';
import type { Boundary, EntriesProof } from './entries-proof.js';
import { keyProofToJson, ProofFileError, readKeyProof } from './json.js';
import type { ListProof } from './list-proof.js';

/** The `format` of files with lists. */
const LIST_FORMAT = 'rootshift-linea-list';
const LIST_VERSION = 1;

const boundaryToJson = ({ leafIndex, opening: { prevLeaf, nextLeaf, hKey, hVal } }: Boundary) => ({
  leafIndex,
  prevLeaf,
  nextLeaf,
  hkey: digestToHex(hKey),
  hval: digestToHex(hVal),
});

/** Plain JSON; `readEntries` reads it. */
export const entriesToJson = ({ state, from, to, left, entries, right, siblings }: EntriesProof) => ({
  nextFreeNode: state.nextFreeNode,
  subRoot: digestToHex(state.subRoot),
  from: digestToHex(from),
  to: digestToHex(to),
  left: boundaryToJson(left),
  entries,
  right: boundaryToJson(right),
  siblings: siblings.map(digestToHex),
});

/**
 * A list as `parseList` reads it.
 *
 * @example
 * const text = formatList(state.suite, allSlots);
 */
export const formatList = (suite: Suite, { account, entries }: ListProof): string =>
  `${JSON.stringify({
    format: LIST_FORMAT,
    version: LIST_VERSION,
    ...(account === null ? {} : { accountProof: keyProofToJson(suite, account) }),
    ...entriesToJson(entries),
  })}\n`;

/**
 * Reads a list; whether it holds is not looked at.
 * @throws {ProofFileError}
 *
 * @example
 * const { account, entries } = parseList(POSEIDON2_KOALABEAR, text);
 */
export function parseList(suite: Suite, text: string): ListProof {
  return readingFile(
    () => {
      const file = atRoot(parseJson(text));
      checkFormat(file, LIST_FORMAT, LIST_VERSION, 'required');
      const { accountProof, ...fields } = readObject(file, ['format', 'version', ...ENTRIES_FIELDS], ['accountProof']);
      return {
        account: accountProof === undefined ? null : readKeyProof(suite, accountProof),
        entries: readEntriesFields(fields),
      };
    },
    (message, cause) => new ProofFileError(message, { cause }),
  );
}

const ENTRIES_FIELDS = ['nextFreeNode', 'subRoot', 'from', 'to', 'left', 'entries', 'right', 'siblings'] as const;

const readEntriesFields = (at: Readonly<Record<(typeof ENTRIES_FIELDS)[number], Located>>): EntriesProof => ({
  state: { nextFreeNode: readInteger(at.nextFreeNode, 2, 2 ** DEPTH), subRoot: readBytes(at.subRoot, 32) },
  from: readBytes(at.from, 32),
  to: readBytes(at.to, 32),
  left: readBoundary(at.left),
  entries: readList(at.entries).map((entry) => {
    const { leafIndex, key, value } = readObject(entry, ['leafIndex', 'key', 'value']);
    return { leafIndex: readLeafIndex(leafIndex), key: readHex(key), value: readHex(value) };
  }),
  right: readBoundary(at.right),
  siblings: readList(at.siblings).map((sibling) => readBytes(sibling, 32)),
});

/** @throws {FieldError} */
export const readEntries = (at: Located): EntriesProof => readEntriesFields(readObject(at, ENTRIES_FIELDS));

function readBoundary(at: Located): Boundary {
  const { leafIndex, ...opening } = readObject(at, ['leafIndex', 'prevLeaf', 'nextLeaf', 'hkey', 'hval']);
  return {
    leafIndex: readLeafIndex(leafIndex),
    opening: {
      prevLeaf: readLeafIndex(opening.prevLeaf),
      nextLeaf: readLeafIndex(opening.nextLeaf),
      hKey: readBytes(opening.hkey, 32),
      hVal: readBytes(opening.hval, 32),
    },
  };
}

const readLeafIndex = (at: Located): number => readInteger(at, 0, 2 ** DEPTH - 1);
