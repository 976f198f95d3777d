import { ZERO } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { poseidon } from '../../base/hash/poseidon.js';
import type { Digest } from '../../linea/suite/suite.js';
import type { Trace } from '../../linea/trace/trace.js';
import { LINEA_SIGNALS } from '../circuit/linea-catalogue.js';
import type { LineaSignal, LineaSize } from '../circuit/linea-catalogue.js';
import type { CircuitInputs } from '../witness/inputs.js';
import { CapacityError } from '../witness/layout.js';
import { fits } from './fits.js';
import { LeafMemory } from './leaf-memory.js';
import type { Between, Point } from './leaf-memory.js';
import { loggedOperations, rawOperation } from './logged.js';
import { operationLogHash } from './operation-log.js';
import { PartialTree } from './partial-tree.js';
import { listColumns, logColumns, pointColumns } from './slot-columns.js';
import { treeColumns } from './tree-columns.js';

/**
 * The public signals of one proof of operations.
 * @see {@link proveOperations}
 */
export type LineaPublics = Readonly<Record<LineaSignal, Fr>>;

/** What a proof of operations is made from. */
export interface LineaWitness {
  readonly publics: LineaPublics;
  readonly inputs: CircuitInputs;
}

/** From where operations go on. */
export interface LineaStart {
  /** What the operations before came to; they are a multiple of 5. */
  readonly logHashIn?: Fr;
  /**
   * If the circuit hashes the topmost k of its d levels for all rows together: the 2^k nodes on level d - k before the
   * operations, in order. Traces do not show all of them.
   */
  readonly cells?: readonly Digest[];
}

/**
 * Lays traces of one trie out as the inputs of the template `LineaBlock`, padded to its size; see
 * circuits/linea/block.circom. Whether the traces are right is for the circuit to say.
 * @throws {CapacityError} which names the capacity that does not do
 * @throws {EncodingRangeError} a value cannot be hashed by the suite
 *
 * @example
 * const { inputs, publics } = await lineaInputs(lineaTraces, LINEA_CATALOGUE.linea18);
 */
export async function lineaInputs(
  traces: readonly Trace[],
  size: LineaSize,
  { logHashIn = ZERO, cells = [] }: LineaStart = {},
): Promise<LineaWitness> {
  const [first] = traces;
  if (first === undefined) throw new CapacityError('expected at least one trace to prove, got none');
  const log = await loggedOperations(first.location, traces.map(rawOperation));
  const counter = counterBefore(first);
  const tree = await PartialTree.create();
  if (size.topLevels > 0 && cells.length !== 2 ** size.topLevels) {
    throw new CapacityError(
      `the circuit needs ${2 ** size.topLevels} nodes of its level ${size.topLevels}, got ${cells.length}`,
    );
  }
  cells.forEach((node, index) => tree.learnNode(size.levels - size.topLevels, index, node));
  const memory = new LeafMemory(tree);
  const points: Point[] = [];
  const betweens: Between[] = [];
  for (const [i, trace] of traces.entries()) {
    const slot = memory.access(trace, log[i]!, i + 1);
    if ('left' in slot) betweens.push(slot);
    else points.push(slot);
  }
  const inserts = traces.filter(({ kind }) => kind === 'insert').length;
  fits('operations', traces.length, size.operations);
  fits('reads and updates', points.length, size.points);
  fits('inserts, deletes and reads of absent keys', betweens.length, size.lists);
  fits('inserts', inserts, size.appends);
  fits('leaf indices', counter + inserts, 2 ** size.levels);
  const columns = treeColumns(memory, counter, inserts, size);
  const publics: LineaPublics = {
    oldTop: poseidon.hash([BigInt(counter), columns.oldRoot]),
    newTop: poseidon.hash([BigInt(counter + inserts), columns.newRoot]),
    logHashIn,
    logHash: operationLogHash(log, logHashIn),
  };
  return {
    publics,
    inputs: {
      ...Object.fromEntries(LINEA_SIGNALS.map((name) => [name, publics[name]])),
      oldCounter: BigInt(counter),
      ...logColumns(log, size),
      ...pointColumns(points, size),
      ...listColumns(betweens, traces.length, size),
      ...columns.inputs,
    },
  };
}

/** The next free leaf index before a trace. */
export function counterBefore(trace: Trace): number {
  if ('nextFreeNode' in trace) return trace.nextFreeNode;
  return trace.kind === 'insert' ? trace.newNextFreeNode - 1 : trace.newNextFreeNode;
}
