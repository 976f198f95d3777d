import { ContentError } from '../../base/files/content-error.js';
import { atRoot, expected, findField, readBytes, readingFile, readList } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import type { Digest, Suite } from '../suite/suite.js';
import { digestToHex, readTrace, traceToJson } from './json.js';
import type { Trace } from './trace.js';
import { verifyBlock } from './verify-block.js';
import type { BlockVerdict } from './verify-block.js';

/**
 * The traces of blocks one after another, and the state roots that they lead from and to.
 * @see {@link verifyRange}
 */
export interface TraceRange {
  readonly oldRoot: Digest;
  /** Undefined: the file does not say. */
  readonly newRoot: Digest | undefined;
  readonly blocks: readonly (readonly Trace[])[];
}

/** A text holds no traces. The message says what was expected, what came, and where. */
export class TraceFileError extends ContentError {
  override readonly name = 'TraceFileError';
}

/**
 * Reads an answer of `rollup_getZkEVMStateMerkleProofV0`, alone or as the result of a JSON-RPC answer, or a request to
 * Linea's prover. Fields that do not matter here are passed over.
 * @throws {TraceFileError}
 *
 * @example
 * const { oldRoot, blocks } = parseTraces(text);
 */
export function parseTraces(text: string): TraceRange {
  return readingFile(
    () => {
      const file = atRoot(parseJson(text));
      const at = findField(file, 'result') ?? file;
      const field = (name: string): Located => findField(at, name) ?? expected(`a field "${name}"`, at, 'none');
      const newRoot = findField(at, 'zkEndStateRootHash');
      return {
        oldRoot: readBytes(field('zkParentStateRootHash'), 32),
        newRoot: newRoot && readBytes(newRoot, 32),
        blocks: readList(field('zkStateMerkleProof')).map((block) => readList(block).map(readTrace)),
      };
    },
    (message, cause) => new TraceFileError(message, { cause }),
  );
}

/**
 * Traces as `parseTraces` reads them.
 *
 * @example
 * const text = formatTraces(traceRange);
 */
export const formatTraces = ({ oldRoot, newRoot, blocks }: TraceRange): string =>
  `${JSON.stringify({
    zkParentStateRootHash: digestToHex(oldRoot),
    ...(newRoot === undefined ? {} : { zkEndStateRootHash: digestToHex(newRoot) }),
    zkStateMerkleProof: blocks.map((traces) => traces.map(traceToJson)),
  })}\n`;

/**
 * Result of the traces of blocks one after another.
 * @see {@link verifyRange}
 */
export type RangeVerdict =
  | { readonly isAccepted: true; readonly newRoot: Digest }
  | (Extract<BlockVerdict, { readonly isAccepted: false }> & {
      /** Its place among the blocks, from 0; null if all are right, but lead to another root than the file says. */
      readonly block: number | null;
    });

/**
 * Verifies the traces of blocks one after another.
 *
 * @example
 * const verdict = await verifyRange(MIMC_BLS12_377, traceRange);
 */
export async function verifyRange(suite: Suite, { oldRoot, newRoot, blocks }: TraceRange): Promise<RangeVerdict> {
  let root = oldRoot;
  for (const [block, traces] of blocks.entries()) {
    const verdict = await verifyBlock(suite, root, traces);
    if (!verdict.isAccepted) return { ...verdict, block };
    root = verdict.newRoot;
  }
  if (newRoot === undefined || newRoot === root) return { isAccepted: true, newRoot: root };
  const reason = `the blocks lead to ${digestToHex(root)}, not to ${digestToHex(newRoot)}`;
  return { isAccepted: false, block: null, trace: null, reason };
}
