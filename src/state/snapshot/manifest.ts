import {
  atRoot,
  checkFormat,
  expected,
  readInteger,
  readingFile,
  readList,
  readObject,
  readUnsigned,
} from '../batch/fields.js';
import type { Located } from '../batch/fields.js';
import { parseJson } from '../batch/json.js';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { HashDbError } from '../hashdb/driver.js';
import type { Digest } from '../tree/node.js';

/**
 * The `format` of snapshots' manifests.
 * @see {@link exportSnapshot}
 */
export const SNAPSHOT_FORMAT = 'rootshift-snapshot';
/**
 * The `version` of snapshots' manifests that is written, and read.
 * @see {@link exportSnapshot}
 */
export const SNAPSHOT_VERSION = 1;

/**
 * What lies beside a snapshot's chunks: it says what should be there, and nothing that it says is believed.
 * @see {@link exportSnapshot}
 */
export interface Manifest {
  readonly root: Digest;
  /** Of the tree's scheme. */
  readonly scheme: string;
  readonly entries: number;
  /** Chunks by number, from 0 on. */
  readonly chunks: readonly { readonly level: number; readonly path: bigint; readonly entries: number }[];
}

/** A snapshot is not what it should be; the message says what is wrong. */
export class SnapshotError extends HashDbError {
  override readonly name = 'SnapshotError';
}

const hex = (x: bigint): string => `0x${x.toString(16).padStart(64, '0')}`;

export function formatManifest({ root, scheme, entries, chunks }: Manifest): string {
  const lines = chunks.map(({ path, ...chunk }) => `\n    ${JSON.stringify({ ...chunk, path: hex(path) })}`);
  const head = { format: SNAPSHOT_FORMAT, version: SNAPSHOT_VERSION, root: hex(root), scheme, entries };
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "chunks": [${lines.join(',')}\n  ]\n}\n`;
}

/**
 * @throws {SnapshotError} the text is no manifest
 *
 * @example
 * parseManifest(text).chunks.length;
 */
export function parseManifest(text: string): Manifest {
  return readingFile(
    () => {
      const at = atRoot(parseJson(text));
      checkFormat(at, SNAPSHOT_FORMAT, SNAPSHOT_VERSION, 'required');
      const { root, scheme, entries, chunks } = readObject(at, [
        'format',
        'version',
        'root',
        'scheme',
        'entries',
        'chunks',
      ]);
      if (typeof scheme.value !== 'string') return expected('the name of a scheme', scheme);
      return {
        root: readRoot(root),
        scheme: scheme.value,
        entries: readCount(entries),
        chunks: readList(chunks).map(readChunk),
      };
    },
    (message, cause) => new SnapshotError(message, { cause }),
  );
}

function readRoot(at: Located): Digest {
  const root = readUnsigned(at, 256);
  return root < FIELD_ORDER ? root : expected('a field element, below the order of BN254', at);
}

const readCount = (at: Located): number => readInteger(at, 0, Number.MAX_SAFE_INTEGER);

function readChunk(at: Located) {
  const { level, path, entries } = readObject(at, ['level', 'path', 'entries']);
  return { level: readInteger(level, 0, 256), path: readUnsigned(path, 256), entries: readCount(entries) };
}
