import { dataPolynomial, logHash } from '../../state/batch/log.js';
import { frToHex, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { rootOfCells } from '../../state/tree/cells.js';
import { arityOf, poseidonScheme } from '../../state/tree/scheme.js';
import type { TreeScheme } from '../../state/tree/scheme.js';
import { checkMemory } from './memory.js';
import { checkPaths } from './paths.js';
import type { Trace } from './trace.js';
import type { TraceRule, TraceViolation } from './violation.js';

/**
 * Checks a trace row by row, without circuit or key: whether it shows that the accesses of its log,
 * in their order, move the state from `oldRoot` to `newRoot`. What it takes for granted is what a
 * proof does: that `oldRoot` is the root of a canonical tree.
 *
 * Returns the first violation, or null if there is none: key table and log first, then read rows,
 * write rows, and the public signals that are computed from them.
 *
 * @example
 * const violation = checkTrace(trace);
 * if (violation !== null) throw new Error(describeViolation(violation));
 */
export function checkTrace(trace: Trace): TraceViolation | null {
  const [first] = violations(trace);
  return first ?? null;
}

function* violations(trace: Trace): Generator<TraceViolation> {
  const { bitsPerLevel, publics, log } = trace;
  if (bitsPerLevel !== 1 && bitsPerLevel !== 2) {
    yield { table: 'publics', row: null, rule: 'a level has 1 or 2 bits', detail: `got ${bitsPerLevel}` };
    return;
  }
  const scheme = poseidonScheme(bitsPerLevel);
  yield* checkCells(scheme, trace);
  yield* checkMemory(trace);
  const lastRoot = yield* checkPaths({ scheme }, trace);
  yield* checkSignal('the new root is the root after the last write row', lastRoot, publics.newRoot);
  const committed = logHash(log, publics);
  yield* checkSignal('logHash is the commitment to the log', committed, publics.logHash);
  const evaluated = dataPolynomial(publics.x, log, publics);
  yield* checkSignal('dataOut is the polynomial of the writes at x', evaluated, publics.dataOut);
}

function* checkCells(scheme: TreeScheme, { cells, publics }: Trace): Generator<TraceViolation> {
  if (cells.length === 0) return;
  const rule = 'the cells are the nodes of one level of the old tree';
  const levels = Math.round(Math.log(cells.length) / Math.log(arityOf(scheme)));
  if (cells.length !== arityOf(scheme) ** levels) {
    yield {
      table: 'publics',
      row: null,
      rule,
      detail: `expected a power of ${arityOf(scheme)} cells, got ${cells.length}`,
    };
    return;
  }
  yield* checkSignal(rule, publics.oldRoot, toFr(rootOfCells(scheme, cells)));
}

function* checkSignal(rule: TraceRule, expected: Fr, got: Fr): Generator<TraceViolation> {
  if (got === expected) return;
  yield { table: 'publics', row: null, rule, detail: `expected ${frToHex(expected)}, got ${frToHex(got)}` };
}
