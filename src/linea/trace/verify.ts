import { EncodingRangeError } from '../suite/suite.js';
import { checkHex, checkKey, TrieInputError } from '../suite/kind.js';
import type { TrieKind } from '../suite/kind.js';
import { DEPTH } from '../suite/suite.js';
import type { Digest, Hex, Opening, Suite, TrieState } from '../suite/suite.js';
import { climb } from './climb.js';
import type { Path, Trace } from './trace.js';

/** A trace is not true. The message says why. */
export class TraceRefusedError extends Error {
  override readonly name = 'TraceRefusedError';
}

/** A leaf that is there before, and what stands in its place after; null for none. */
interface Swap {
  readonly what: string;
  readonly path: Path;
  readonly before: Opening | null;
  readonly after: Opening | null;
}

/** What a trace says of the trie, once all that needs no path is known to hold. */
interface Statement {
  readonly swaps: readonly Swap[];
  readonly changes: boolean;
}

/** What a trace that holds by itself does: the trie's states before and after. */
export interface Step {
  readonly before: TrieState;
  readonly after: TrieState;
}

/** Result of one trace of many: what it does, or why it is refused. */
export type StepVerdict = Step | TraceRefusedError;

/**
 * Verifies traces one by one: each takes a trie from the state that it says was before to the one that it says is
 * after. Whether the trie was in that state, `chain` tells.
 *
 * Keys that hash to those of HEAD and TAIL are refused, whatever a trace shows: else a read of HEAD's leaf would show
 * any value for any key to a verifier that exempts HEAD from the comparison of keys.
 */
export async function verifyEach(suite: Suite, kind: TrieKind, traces: readonly Trace[]): Promise<StepVerdict[]> {
  const forms = traces.map((trace) => attempt(() => checkForm(suite, kind, trace)));
  const formed = traces.filter((_, i) => forms[i] === undefined);
  const hKeys = await kind.hashKeys(
    suite,
    formed.map(({ key }) => key),
  );
  const hVals = await hashEach(suite, kind, formed.flatMap(valuesOf));
  const statements = new Map<Trace, Statement | TraceRefusedError>();
  let used = 0;
  formed.forEach((trace, i) => {
    const values = valuesOf(trace).map(() => hVals[used++]!);
    statements.set(
      trace,
      attempt(() => {
        checkKey(suite, trace.key, hKeys[i]!);
        return statementOf(trace, hKeys[i]!, values);
      }),
    );
  });
  const swaps = [...statements.values()].flatMap((one) => (one instanceof Error ? [] : one.swaps));
  const roots = await rootsOf(suite, swaps);
  return traces.map((trace, i) => {
    const statement = forms[i] ?? statements.get(trace)!;
    return statement instanceof Error ? statement : attempt(() => stepOf(trace, statement, roots));
  });
}

/**
 * Where steps lead, each from where the one before it led.
 * @param start undefined: from where the first one says
 * @throws {TraceRefusedError} a step does not begin there
 */
export function chain(steps: readonly Step[], start: TrieState | undefined = steps[0]?.before): TrieState | undefined {
  let state = start;
  for (const { before, after } of steps) {
    if (before.nextFreeNode !== state!.nextFreeNode) {
      refuse(`the next free node is ${before.nextFreeNode}, expected ${state!.nextFreeNode}`);
    }
    if (before.subRoot !== state!.subRoot) refuse('the root before is not the one that the trace before it leads to');
    state = after;
  }
  return state;
}

function refuse(reason: string): never {
  throw new TraceRefusedError(reason);
}

function expect(holds: boolean, reason: string): void {
  if (!holds) refuse(reason);
}

/** What `make` gives, or its refusal. */
function attempt<T>(make: () => T): T | TraceRefusedError {
  try {
    return make();
  } catch (error) {
    if (error instanceof TraceRefusedError) return error;
    if (error instanceof TrieInputError) return new TraceRefusedError(error.message, { cause: error });
    throw error;
  }
}

function pathsOf(trace: Trace): readonly Path[] {
  switch (trace.kind) {
    case 'read':
    case 'update':
      return [trace.proof];
    case 'read-zero':
      return [trace.leftProof, trace.rightProof];
    case 'insert':
      return [trace.leftProof, trace.newProof, trace.rightProof];
    case 'delete':
      return [trace.leftProof, trace.deletedProof, trace.rightProof];
  }
}

function openingsOf(trace: Trace): readonly Opening[] {
  switch (trace.kind) {
    case 'read':
      return [trace.leaf];
    case 'update':
      return [trace.priorUpdatedLeaf];
    case 'read-zero':
      return [trace.leftLeaf, trace.rightLeaf];
    case 'insert':
      return [trace.priorLeftLeaf, trace.priorRightLeaf];
    case 'delete':
      return [trace.priorLeftLeaf, trace.priorDeletedLeaf, trace.priorRightLeaf];
  }
}

function valuesOf(trace: Trace): readonly Hex[] {
  switch (trace.kind) {
    case 'read':
    case 'insert':
      return [trace.value];
    case 'update':
      return [trace.oldValue, trace.newValue];
    case 'read-zero':
      return [];
    case 'delete':
      return [trace.deletedValue];
  }
}

const rootsIn = (trace: Trace): readonly Digest[] =>
  trace.kind === 'read' || trace.kind === 'read-zero' ? [trace.subRoot] : [trace.oldSubRoot, trace.newSubRoot];

/** Lengths and ranges: after it, everything can be hashed. */
function checkForm(suite: Suite, kind: TrieKind, trace: Trace): undefined {
  checkHex('key', trace.key, kind.keyBytes);
  for (const value of valuesOf(trace)) checkHex('value', value, kind.valueBytes);
  const digests = [
    ...rootsIn(trace),
    ...pathsOf(trace).flatMap(({ siblings }) => siblings),
    ...openingsOf(trace).flatMap(({ hKey, hVal }) => [hKey, hVal]),
  ];
  expect(
    digests.every((digest) => suite.isDigest(digest)),
    `it has a number that is no hash of ${suite.name}`,
  );
  const indices = [
    ...pathsOf(trace).map(({ leafIndex }) => leafIndex),
    ...openingsOf(trace).flatMap(({ prevLeaf, nextLeaf }) => [prevLeaf, nextLeaf]),
  ];
  const inRange = (index: number): boolean => Number.isSafeInteger(index) && index >= 0 && index < 2 ** DEPTH;
  expect(indices.every(inRange), 'it has a leaf index that is not from 0 to 2^40 - 1');
  const counter = 'nextFreeNode' in trace ? trace.nextFreeNode : trace.newNextFreeNode;
  expect(Number.isSafeInteger(counter) && counter >= 2 && counter <= 2 ** DEPTH, 'its next free node is out of range');
  expect(
    pathsOf(trace).every(({ siblings }) => siblings.length === DEPTH),
    `it has a path that is not of ${DEPTH} siblings`,
  );
}

/** Hashes of values; of one that the suite cannot hash, undefined. */
async function hashEach(suite: Suite, kind: TrieKind, values: readonly Hex[]): Promise<(Digest | undefined)[]> {
  try {
    return await kind.hashValues(suite, values);
  } catch (error) {
    if (!(error instanceof EncodingRangeError)) throw error;
    if (values.length <= 1) return values.map(() => undefined);
    return (await Promise.all(values.map((value) => hashEach(suite, kind, [value])))).flat();
  }
}

/** All checks that need no path; the rest as leaves that are swapped. */
function statementOf(trace: Trace, hKey: Digest, hVals: readonly (Digest | undefined)[]): Statement {
  expect(!hVals.includes(undefined), 'it has a value that cannot be hashed');
  switch (trace.kind) {
    case 'read': {
      const { leaf, proof } = trace;
      expect(leaf.hKey === hKey, "the leaf's key is not the hash of the key");
      expect(leaf.hVal === hVals[0], "the leaf's value is not the hash of the value");
      return { changes: false, swaps: [{ what: 'the leaf', path: proof, before: leaf, after: leaf }] };
    }
    case 'read-zero': {
      const { leftLeaf: left, rightLeaf: right, leftProof, rightProof } = trace;
      checkGap(left, right, leftProof, rightProof, hKey);
      return {
        changes: false,
        swaps: [
          { what: 'the left leaf', path: leftProof, before: left, after: left },
          { what: 'the right leaf', path: rightProof, before: right, after: right },
        ],
      };
    }
    case 'insert': {
      const { priorLeftLeaf: left, priorRightLeaf: right, leftProof, newProof, rightProof } = trace;
      const index = newProof.leafIndex;
      expect(index === trace.newNextFreeNode - 1, 'the new leaf is not at the next free node');
      checkGap(left, right, leftProof, rightProof, hKey);
      const added = { prevLeaf: leftProof.leafIndex, nextLeaf: rightProof.leafIndex, hKey, hVal: hVals[0]! };
      return {
        changes: true,
        swaps: [
          { what: 'the left leaf', path: leftProof, before: left, after: { ...left, nextLeaf: index } },
          { what: 'the new leaf', path: newProof, before: null, after: added },
          { what: 'the right leaf', path: rightProof, before: right, after: { ...right, prevLeaf: index } },
        ],
      };
    }
    case 'update': {
      const { priorUpdatedLeaf: prior, proof } = trace;
      expect(prior.hKey === hKey, "the leaf's key is not the hash of the key");
      expect(prior.hVal === hVals[0], "the leaf's value is not the hash of the old value");
      const after = { ...prior, hVal: hVals[1]! };
      return { changes: true, swaps: [{ what: 'the leaf', path: proof, before: prior, after }] };
    }
    case 'delete': {
      const { priorLeftLeaf: left, priorDeletedLeaf: gone, priorRightLeaf: right } = trace;
      const { leftProof, deletedProof, rightProof } = trace;
      const index = deletedProof.leafIndex;
      expect(gone.hKey === hKey, "the deleted leaf's key is not the hash of the key");
      expect(gone.hVal === hVals[0], "the deleted leaf's value is not the hash of the deleted value");
      expect(left.nextLeaf === index, 'the left leaf does not point to the deleted leaf');
      expect(gone.prevLeaf === leftProof.leafIndex, 'the deleted leaf does not point to the left leaf');
      expect(gone.nextLeaf === rightProof.leafIndex, 'the deleted leaf does not point to the right leaf');
      expect(right.prevLeaf === index, 'the right leaf does not point to the deleted leaf');
      expect(left.hKey < hKey && hKey < right.hKey, 'the keys of the three leaves do not ascend');
      return {
        changes: true,
        swaps: [
          { what: 'the left leaf', path: leftProof, before: left, after: { ...left, nextLeaf: gone.nextLeaf } },
          { what: 'the deleted leaf', path: deletedProof, before: gone, after: null },
          { what: 'the right leaf', path: rightProof, before: right, after: { ...right, prevLeaf: gone.prevLeaf } },
        ],
      };
    }
  }
}

/** Two leaves follow one another, and a key lies between theirs. */
function checkGap(left: Opening, right: Opening, leftPath: Path, rightPath: Path, hKey: Digest): void {
  expect(left.nextLeaf === rightPath.leafIndex, 'the left leaf does not point to the right leaf');
  expect(right.prevLeaf === leftPath.leafIndex, 'the right leaf does not point to the left leaf');
  expect(left.hKey < hKey, "the left leaf's key is not below the hash of the key");
  expect(hKey < right.hKey, "the right leaf's key is not above the hash of the key");
}

/** The roots before and after each swap. */
async function rootsOf(
  suite: Suite,
  swaps: readonly Swap[],
): Promise<Map<Swap, { readonly before: Digest; readonly after: Digest }>> {
  const openings = [...new Set(swaps.flatMap(({ before, after }) => [before, after]))].filter((one) => one !== null);
  const hashes = await suite.leaves(openings);
  const hashOf = new Map<Opening | null, Digest>(openings.map((opening, i) => [opening, hashes[i]!]));
  hashOf.set(null, 0n);
  const leaves = swaps.flatMap(({ path, before, after }) =>
    (before === after ? [before] : [before, after]).map((opening) => ({ path, hash: hashOf.get(opening)! })),
  );
  const roots = await climb(suite, leaves);
  let used = 0;
  return new Map(
    swaps.map((swap) => {
      const before = roots[used++]!;
      return [swap, { before, after: swap.before === swap.after ? before : roots[used++]! }];
    }),
  );
}

/** Follows the swaps from root to root. */
function stepOf(
  trace: Trace,
  { swaps, changes }: Statement,
  roots: ReadonlyMap<Swap, { readonly before: Digest; readonly after: Digest }>,
): Step {
  const first = rootsIn(trace)[0]!;
  const last = rootsIn(trace).at(-1)!;
  let root = first;
  for (const swap of swaps) {
    const { before, after } = roots.get(swap)!;
    expect(before === root, `the path of ${swap.what} does not lead to the root`);
    root = after;
  }
  if (changes) expect(root === last, 'the leaves after the change do not lead to the new root');
  const counter = 'nextFreeNode' in trace ? trace.nextFreeNode : trace.newNextFreeNode;
  return {
    before: { nextFreeNode: trace.kind === 'insert' ? counter - 1 : counter, subRoot: first },
    after: { nextFreeNode: counter, subRoot: last },
  };
}
