import { entryId } from '../state/batch/encoding.js';
import { CATALOGUE, CIRCUIT_NAMES, deepestOf } from '../machine/circuit/catalogue.js';
import type { CircuitName, CircuitSize } from '../machine/circuit/catalogue.js';
import { prefixShape } from '../machine/planner/prefix.js';
import { utilisation } from '../machine/planner/utilisation.js';
import type { Utilisation } from '../machine/planner/utilisation.js';
import { checkTrace } from '../machine/trace/check.js';
import type { PathHashes } from '../machine/trace/path-rules.js';
import type { Effect, Trace } from '../machine/trace/trace.js';
import { describeViolation } from '../machine/trace/violation.js';
import { poseidonScheme } from '../state/tree/scheme.js';
import { CapacityError } from '../machine/witness/layout.js';
import type { InspectedAccess, InspectedKey, Inspection } from './inspection.js';
import { drawRead, drawWrite } from './path.js';
import type { DrawnPath } from './path.js';

/** What a trace shows, checked row by row; and the smallest circuit that has room for it, or `circuit`, if it has. */
export function inspectTrace(trace: Trace, circuit?: CircuitName): Inspection {
  const violation = checkTrace(trace);
  const held = holders(trace, circuit === undefined ? CIRCUIT_NAMES : [circuit])[0];
  return {
    kind: 'trace',
    rules: null,
    bitsPerLevel: trace.bitsPerLevel,
    oldRoot: trace.publics.oldRoot,
    newRoot: trace.publics.newRoot,
    verdict:
      violation === null
        ? {
            outcome: 'valid',
            headline: 'Valid: every row follows the rules of a trace.',
            conditions: [
              'A trace is not a proof: everyone who receives it must check it again.',
              'Accept it only if you accepted the old root before.',
            ],
          }
        : { outcome: 'notValid', headline: `Not valid: ${describeViolation(violation)}.`, conditions: [] },
    unknown: [
      'A trace has no proof, so it has no keys and no circuit.',
      held === undefined
        ? `It does not fit ${circuit === undefined ? 'any circuit' : `circuit ${circuit}`} in one proof.`
        : `Circuit ${held.circuit} is ${circuit === undefined ? 'the smallest' : 'one'} with enough rows for it.`,
    ],
    ...tablesOf(trace, violation === null),
    parts: [
      {
        first: 0,
        accesses: trace.log.length,
        circuit: held?.circuit ?? null,
        use: held?.use ?? null,
        publics: trace.publics,
        provenance: null,
      },
    ],
  };
}

/**
 * The circuits with rows enough for a trace, smallest first. Whether a tree is large enough for one that
 * hashes its topmost levels once is left open.
 */
function holders(
  trace: Trace,
  circuits: readonly CircuitName[],
): { readonly circuit: CircuitName; readonly use: Utilisation }[] {
  const sizeOf = (name: CircuitName): CircuitSize => CATALOGUE[name];
  return circuits
    .filter((name) => sizeOf(name).bitsPerLevel === trace.bitsPerLevel)
    .sort((a, b) => sizeOf(a).accesses - sizeOf(b).accesses || deepestOf(sizeOf(a)) - deepestOf(sizeOf(b)))
    .flatMap((circuit) => {
      const size = { ...sizeOf(circuit), topLevels: 0 };
      try {
        const shape = prefixShape(trace, trace.log.length, size.updateRows);
        return [{ circuit, use: utilisation({ trace: shape, size }) }];
      } catch (error) {
        if (error instanceof CapacityError) return [];
        throw error;
      }
    });
}

/**
 * Log and key table of a trace.
 * @param withPaths draws them, too: only for a trace whose rows hold, as others may have no tree
 */
export function tablesOf(trace: Trace, withPaths: boolean): Pick<Inspection, 'log' | 'keys'> {
  const indices = new Map(trace.keys.map((key, index) => [entryId(key), index]));
  // A trace that does not hold may name an entry in its log that its key table lacks.
  const log = trace.log.flatMap((row): InspectedAccess[] => {
    const key = indices.get(entryId(row));
    return key === undefined ? [] : [{ op: row.op, key, value: row.value }];
  });
  const accesses = trace.keys.map(() => 0);
  for (const { key } of log) accesses[key]!++;
  const drawn = withPaths ? drawAll(trace) : new Map<number, Drawn>();
  const keys = trace.keys.map(({ address, kind, slot, treeKey, oldValue, newValue }, index): InspectedKey => ({
    address,
    kind,
    slot,
    treeKey,
    before: oldValue,
    after: newValue,
    accesses: accesses[index]!,
    effect: drawn.get(index)?.effect ?? null,
    path: drawn.get(index)?.path ?? null,
  }));
  return { log, keys };
}

interface Drawn {
  readonly effect: Effect | 'read';
  readonly path: DrawnPath;
}

/** By index into the key table. */
function drawAll({ bitsPerLevel, keys, reads, writes }: Trace): Map<number, Drawn> {
  const hashes: PathHashes = { scheme: poseidonScheme(bitsPerLevel) };
  return new Map<number, Drawn>([
    ...reads.map((row): [number, Drawn] => [row.key, { effect: 'read', path: drawRead(hashes, keys[row.key]!, row) }]),
    ...writes.map((row): [number, Drawn] => [
      row.key,
      { effect: row.effect, path: drawWrite(hashes, keys[row.key]!, row) },
    ]),
  ]);
}
