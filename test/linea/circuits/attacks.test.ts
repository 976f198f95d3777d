/** Dishonest provers of operations on an accumulator, each beside an honest twin. */
import { beforeAll, describe, expect, it } from 'vitest';
import { toFr } from '../../../src/base/field/fr.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { POSEIDON_BN254 } from '../../../src/linea/suite/poseidon.js';
import type { Trace } from '../../../src/linea/trace/trace.js';
import { lineaInputs } from '../../../src/machine/linea/block-inputs.js';
import { operationLogHash, OPERATION_KINDS } from '../../../src/machine/linea/operation-log.js';
import type { LoggedOperation } from '../../../src/machine/linea/operation-log.js';
import { residues } from '../../../src/machine/witness/residues.js';
import type { CircuitInput, CircuitInputs } from '../../../src/machine/witness/inputs.js';
import type { Program } from '../../machine/circuits/harness.js';
import { accepted, blockProgram, newTrie, put, read, refused, remove, SIZE, trace, tracesOn, word } from './world.js';
import type { Wish } from './world.js';

const MEMORY = ['LineaBlock', 'made[A + B + N] === taken[A + B + N + I];'] as const;
const LOG = ['LineaBlock', 'logged[T] === done[A + B];'] as const;
const RANGE = ['AssertBits', 'sum === in;'] as const;
const NON_ZERO = ['AssertNonZeroWhen', 'in * inverse === when;'] as const;
const COUNTER = ['LineaBlock', 'isList[b][1] * (listMiddle[b] - counter[b]) === 0;'] as const;
const CHAIN = ['LineaBlock', 'real[R + c] * (before[R + c] - base[c]) === 0;'] as const;
const APPEND = ['LineaBlock', '(1 - none) * (emptied - middleBase) === 0;'] as const;

let circuit: Program;
beforeAll(async () => {
  circuit = await blockProgram();
});

const inputsOf = async (traces: readonly Trace[]): Promise<CircuitInputs> => (await lineaInputs(traces, SIZE)).inputs;

/** The inputs with one cell changed: `at(inputs, 7n, 'rowLeaf', 0, 3)`. */
function at(inputs: CircuitInputs, value: CircuitInput, name: string, ...place: number[]): CircuitInputs {
  const change = (input: CircuitInput, [first, ...rest]: readonly number[]): CircuitInput => {
    if (first === undefined) return value;
    const list = input as readonly CircuitInput[];
    return list.with(first, change(list[first]!, rest));
  };
  return { ...inputs, [name]: change(inputs[name]!, place) };
}

const cell = (inputs: CircuitInputs, name: string, ...place: number[]): bigint =>
  place.reduce<CircuitInput>((input, i) => (input as readonly CircuitInput[])[i]!, inputs[name]!) as bigint;

/** The inputs with another log, and the hash that fits it. */
function withLog(inputs: CircuitInputs, log: readonly LoggedOperation[]): CircuitInputs {
  const rows = Array.from({ length: SIZE.operations }, (_, t) => log[t]);
  return {
    ...inputs,
    logHash: operationLogHash(log),
    is: rows.map((one) => OPERATION_KINDS.map((kind) => (one?.kind === kind ? 1n : 0n))),
    elements: rows.map((one) => (one === undefined ? [0n, 0n, 0n] : [one.hKey, one.before, one.after])),
  };
}

const logOf = (inputs: CircuitInputs, length: number): LoggedOperation[] =>
  Array.from({ length }, (_, t) => ({
    kind: OPERATION_KINDS[(inputs['is'] as bigint[][])[t]!.indexOf(1n)]!,
    hKey: cell(inputs, 'elements', t, 0),
    before: cell(inputs, 'elements', t, 1),
    after: cell(inputs, 'elements', t, 2),
  }));

const hashOf = async (x: number): Promise<bigint> => (await POSEIDON_BN254.words([BigInt(x)]))[0]!;

/** The keys 0 .. n - 1 in the order of their hashes. */
async function inOrder(n: number): Promise<number[]> {
  const hashes = await POSEIDON_BN254.words(Array.from({ length: n }, (_, key) => BigInt(key)));
  return [...hashes.keys()].sort((a, b) => (hashes[a]! < hashes[b]! ? -1 : 1));
}

const KEYS = await inOrder(8);
const [A, B, C, D] = KEYS as [number, number, number, number];

describe('the honest twins are accepted', () => {
  const every: readonly [string, readonly number[], readonly Wish[]][] = [
    ['each kind of operation', [A, C], [read(A), read(B), put(B, 77), put(C, 88), remove(A)]],
    ['the first entry', [], [put(A, 1)]],
    ['one entry that comes, changes and goes', [], [put(A, 1), read(A), put(A, 2), remove(A), read(A)]],
    ['an entry that goes and comes again', [A], [remove(A), put(A, 1)]],
    ['neighbours one after another', [A, B, C], [remove(B), remove(A), remove(C)]],
    ['reads alone', [A, B], [read(A), read(A), read(C), read(D)]],
    ['one operation', [A], [read(A)]],
  ];
  it.each(every)('%s', async (_, entries, wishes) =>
    accepted(circuit, await inputsOf(await tracesOn(entries, wishes))),
  );

  it('up to the last index', async () => {
    const trie = await newTrie();
    await trace(
      trie,
      Array.from({ length: 11 }, (__, key) => put(key, key)),
    );
    expect(trie.nextFreeNode).toBe(13);
    await accepted(circuit, await inputsOf(await trace(trie, [put(20, 1), put(21, 1), put(22, 1)])));
    expect(trie.nextFreeNode).toBe(16);
  });
});

describe('a read is refused', () => {
  it('that shows HEAD or TAIL as the leaf of a key', async () => {
    const inputs = await inputsOf(await tracesOn([A], [read(A)]));
    const tail = POSEIDON_BN254.maxKey;
    for (const { key, index, leaf } of [
      { key: 0n, index: 0n, leaf: [0n, 2n, 0n, 0n] },
      { key: tail, index: 1n, leaf: [2n, 1n, tail, 0n] },
    ]) {
      // Everything fits: the row, the slot and the log are of HEAD's or TAIL's own leaf.
      const trie = await newTrie();
      await trace(trie, [put(A, A)]);
      const [shown] = await trace(trie, [read(index === 0n ? B : KEYS[7]!)]);
      const { leftProof, rightProof } = shown as Extract<Trace, { kind: 'read-zero' }>;
      const path = index === 0n ? leftProof : rightProof;
      const forged = {
        ...withLog(inputs, [{ kind: 'read', hKey: key, before: 0n, after: 0n }]),
        pointElements: [
          [key, 0n, 0n],
          [0n, 0n, 0n],
          [0n, 0n, 0n],
        ],
        pointIndex: [index, 0n, 0n],
        pointPointers: [leaf.slice(0, 2), [0n, 0n], [0n, 0n]],
        rowIndex: [index, ...Array.from({ length: 6 }, () => 0n)],
        rowLeaf: at(inputs, leaf, 'rowLeaf', 0)['rowLeaf']!,
        rowSiblings: at(inputs, path.siblings.slice(0, SIZE.levels), 'rowSiblings', 0)['rowSiblings']!,
        rowResidue: residues([index, ...Array.from({ length: 6 }, (_, i) => 2n ** 40n + BigInt(i) + 1n)].map(toFr)),
      };
      await refused(circuit, forged, ...NON_ZERO);
    }
  });

  it('of a value that is not the one there, or no longer', async () => {
    const inputs = await inputsOf(await tracesOn([A], [put(A, 77), read(A)]));
    await accepted(circuit, inputs);
    const stale = await hashOf(A);
    const [update] = logOf(inputs, 2) as [LoggedOperation];
    const log = [update, { kind: 'read', hKey: update.hKey, before: stale, after: stale } as const];
    const wrong = at(withLog(inputs, log), [update.hKey, stale, stale], 'pointElements', 1);
    await refused(circuit, wrong, ...MEMORY);
    // As it was before the update: the leaf at moment 0, which the update took already.
    await refused(circuit, at(wrong, 0n, 'pointPrevious', 1), ...MEMORY);
    // As the update will leave it, before it does.
    const early = await inputsOf(await tracesOn([A], [read(A), put(A, 77)]));
    const [first, second] = logOf(early, 2) as [LoggedOperation, LoggedOperation];
    const { after } = second;
    const future = at(
      withLog(early, [{ ...first, before: after, after }, second]),
      [first.hKey, after, after],
      'pointElements',
      0,
    );
    await refused(circuit, at(future, 6n, 'pointPrevious', 0), ...RANGE);
  });

  it('that returns another value than is there', async () => {
    const inputs = await inputsOf(await tracesOn([A], [read(A)]));
    const [operation] = logOf(inputs, 1) as [LoggedOperation];
    const after = await hashOf(99);
    const forged = at(
      withLog(inputs, [{ ...operation, after }]),
      [operation.hKey, operation.before, after],
      'pointElements',
      0,
    );
    await refused(circuit, forged, 'PointOperation', 'read * (elements[2] - elements[1]) === 0;');
  });

  it('of an absent key that shows a neighbour as its leaf', async () => {
    const inputs = await inputsOf(await tracesOn([A], [read(A)]));
    const [operation] = logOf(inputs, 1) as [LoggedOperation];
    const hKey = await hashOf(B);
    const forged = at(
      withLog(inputs, [{ ...operation, hKey }]),
      [hKey, operation.before, operation.after],
      'pointElements',
      0,
    );
    await refused(circuit, forged, ...MEMORY);
  });
});

describe('an absent key is not shown absent', () => {
  it('where it is there: by its neighbours, over a gap that is skipped', async () => {
    const trie = await newTrie();
    await trace(trie, [put(A, 1), put(B, 2), put(C, 3)]);
    const outer = await trace(trie, [read(A), read(C)]);
    const [left, right] = outer as Extract<Trace, { kind: 'read' }>[];
    const forged = (key: number): Trace => ({
      kind: 'read-zero',
      location: left!.location,
      key: word(key),
      nextFreeNode: left!.nextFreeNode,
      subRoot: left!.subRoot,
      leftLeaf: left!.leaf,
      rightLeaf: right!.leaf,
      leftProof: left!.proof,
      rightProof: right!.proof,
    });
    await refused(circuit, await inputsOf([forged(B)]), ...MEMORY);
    // The twin: without B between them, the same is true.
    await trace(trie, [remove(B)]);
    await accepted(circuit, await inputsOf(await trace(trie, [read(B)])));
  });

  it('by two leaves between which it is not, or at their keys', async () => {
    const [absent] = await tracesOn([A, C], [read(B)]);
    await accepted(circuit, await inputsOf([absent!]));
    for (const key of [A, C, D]) await refused(circuit, await inputsOf([{ ...absent!, key: word(key) }]), ...RANGE);
  });

  it('by pointers that are crossed', async () => {
    const [absent] = (await tracesOn([A, C], [read(B)])) as [Extract<Trace, { kind: 'read-zero' }>];
    const { leftLeaf, rightLeaf, leftProof, rightProof } = absent;
    const crossed = { leftLeaf: rightLeaf, rightLeaf: leftLeaf, leftProof: rightProof, rightProof: leftProof };
    await refused(circuit, await inputsOf([{ ...absent, ...crossed }]), ...RANGE);
  });
});

describe('an insert is refused', () => {
  it('of a key that is there', async () => {
    const [insert] = await tracesOn([A, C], [put(B, 1)]);
    await accepted(circuit, await inputsOf([insert!]));
    for (const key of [A, C]) await refused(circuit, await inputsOf([{ ...insert!, key: word(key) }]), ...RANGE);
  });

  it('at an index that was given out, or before its turn', async () => {
    const traces = await tracesOn([A], [remove(A), put(A, 1), put(B, 2)]);
    const inputs = await inputsOf(traces);
    await accepted(circuit, inputs);
    const [, first, second] = [0, 1, 2].map((slot) => cell(inputs, 'listMiddle', slot)) as [bigint, bigint, bigint];
    expect([first, second]).toEqual([3n, 4n]);
    for (const index of [2n, 4n]) await refused(circuit, at(inputs, index, 'listMiddle', 1), ...COUNTER);
    await refused(circuit, at(inputs, first, 'listMiddle', 2), ...COUNTER);
  });

  it('at the index of a deleted leaf, though everything else fits it', async () => {
    const traces = await tracesOn([A], [remove(A), put(A, 1)]);
    const insert = traces[1] as Extract<Trace, { kind: 'insert' }>;
    const reused = { ...insert, newProof: { ...insert.newProof, leafIndex: 2 } };
    await refused(circuit, await inputsOf([traces[0]!, reused]), ...COUNTER);
  });

  it('with two inserts in turns', async () => {
    const traces = await tracesOn([], [put(A, 1), put(C, 2)]);
    const inputs = await inputsOf(traces);
    await refused(circuit, at(inputs, [2n, 1n, 3n], 'listTime'), ...RANGE);
  });

  it('between leaves that are no neighbours', async () => {
    const trie = await newTrie();
    await trace(trie, [put(A, 1), put(B, 2), put(D, 3)]);
    const [left, right] = (await trace(trie, [read(A), read(D)])) as Extract<Trace, { kind: 'read' }>[];
    const [insert] = (await trace(trie, [put(C, 4)])) as [Extract<Trace, { kind: 'insert' }>];
    const forged = { ...insert, priorLeftLeaf: left!.leaf, leftProof: left!.proof };
    expect(right!.leaf).toEqual(insert.priorRightLeaf);
    await refused(circuit, await inputsOf([forged]), ...MEMORY);
  });

  it('into a gap that an insert before it has closed', async () => {
    const before = await newTrie();
    await trace(before, [put(A, 1), put(D, 4)]);
    const [second] = (await trace(before, [put(C, 3)])) as [Extract<Trace, { kind: 'insert' }>];
    const trie = await newTrie();
    await trace(trie, [put(A, 1), put(D, 4)]);
    const [first, honest] = (await trace(trie, [put(B, 2), put(C, 3)])) as Extract<Trace, { kind: 'insert' }>[];
    await accepted(circuit, await inputsOf([first!, honest!]));
    const { priorLeftLeaf, priorRightLeaf, leftProof, rightProof } = second;
    const forked = { ...honest!, priorLeftLeaf, priorRightLeaf, leftProof, rightProof };
    await refused(circuit, await inputsOf([first!, forked]), ...MEMORY);
  });
});

describe('an update or delete is refused', () => {
  it('of another value than is there', async () => {
    for (const wish of [put(A, 77), remove(A)]) {
      const [one] = (await tracesOn([A], [wish])) as [Trace];
      await accepted(circuit, await inputsOf([one]));
      const wrong = one.kind === 'update' ? { ...one, oldValue: word(99) } : { ...one, deletedValue: word(99) };
      await refused(circuit, await inputsOf([wrong as Trace]), ...MEMORY);
    }
  });

  it('of a neighbour in place of the key', async () => {
    const [one] = (await tracesOn([A, B], [remove(A)])) as [Extract<Trace, { kind: 'delete' }>];
    await refused(circuit, await inputsOf([{ ...one, key: word(B) }]), ...RANGE);
    const [update] = (await tracesOn([A, B], [put(A, 1)])) as [Extract<Trace, { kind: 'update' }>];
    await refused(circuit, await inputsOf([{ ...update, key: word(B) }]), ...MEMORY);
  });

  it('that leaves the leaf, or one that takes a leaf which nobody deletes', async () => {
    const inputs = await inputsOf(await tracesOn([A, B], [remove(A), read(B)]));
    const rows = (inputs['rowIndex'] as bigint[]).entries();
    for (const [row, index] of rows) {
      if (cell(inputs, 'rowReal', row) === 0n || row < SIZE.readRows) continue;
      const change = row - SIZE.readRows;
      const stays = cell(inputs, 'changeStays', change);
      expect(stays).toBe(index === 2n ? 0n : 1n);
      await refused(circuit, at(inputs, 1n - stays, 'changeStays', change), ...MEMORY);
    }
  });
});

describe('a log is refused', () => {
  let inputs: CircuitInputs;
  let log: LoggedOperation[];
  beforeAll(async () => {
    inputs = await inputsOf(await tracesOn([A, C], [put(A, 77), put(B, 88), remove(C)]));
    log = logOf(inputs, 3);
  });

  it('with an operation dropped, doubled or swapped', async () => {
    const [first, second, third] = log as [LoggedOperation, LoggedOperation, LoggedOperation];
    await accepted(circuit, withLog(inputs, log));
    for (const other of [
      [first, second],
      [first, third],
      [first, second, third, third],
      [second, first, third],
      [first, third, second],
      [],
    ]) {
      await refused(circuit, withLog(inputs, other), ...LOG);
    }
  });

  it('with another kind, key or value', async () => {
    const [first, ...rest] = log as [LoggedOperation, ...LoggedOperation[]];
    for (const change of [{ kind: 'read' as const }, { hKey: 5n }, { before: 5n }, { after: 5n }]) {
      await refused(circuit, withLog(inputs, [{ ...first, ...change }, ...rest]), ...LOG);
    }
  });

  it('whose hash is another, or with padding before its end', async () => {
    await refused(circuit, { ...inputs, logHash: 5n }, 'LineaBlock', 'logHash === hashOut;');
    const spread = (column: CircuitInput): CircuitInput => {
      const [first, second, third, padding] = column as [CircuitInput, CircuitInput, CircuitInput, CircuitInput];
      return [first, padding, second, third, padding];
    };
    await refused(
      circuit,
      { ...inputs, is: spread(inputs['is']!), elements: spread(inputs['elements']!) },
      'OperationLog',
      'if (t > 0) { isReal[t] * (1 - isReal[t - 1]) === 0; }',
    );
  });

  it('of an operation of two kinds, in the log or in a slot', async () => {
    await refused(
      circuit,
      at(inputs, [0n, 0n, 0n, 1n, 1n], 'is', 0),
      'OperationLog',
      'isReal[t] * (isReal[t] - 1) === 0;',
    );
    await refused(circuit, at(inputs, [1n, 1n], 'pointIs', 0), 'Bit', 'in * (in - 1) === 0;');
    await refused(circuit, at(inputs, [0n, 1n, 1n], 'listIs', 0), 'Bit', 'in * (in - 1) === 0;');
  });
});

describe('a tree is refused', () => {
  let inputs: CircuitInputs;
  beforeAll(async () => {
    inputs = await inputsOf(await tracesOn([A, C], [put(A, 77), put(B, 88), remove(C)]));
  });

  it('with other top roots', async () => {
    for (const name of ['oldTop', 'newTop']) {
      const line = name === 'oldTop' ? 'oldTop === topBefore;' : 'newTop === topAfter;';
      await refused(circuit, { ...inputs, [name]: 5n }, 'LineaBlock', line);
    }
    // The counter is in the top root, before and after.
    await refused(circuit, await withTops(inputs, 0n, 1n), 'LineaBlock', 'newTop === topAfter;');
    const one = await inputsOf(await tracesOn([A, C], [read(A)]));
    await refused(circuit, { ...one, oldCounter: 3n }, 'LineaBlock', 'oldTop === topBefore;');
  });

  async function withTops(from: CircuitInputs, before: bigint, after: bigint): Promise<CircuitInputs> {
    const traces = await tracesOn([A, C], [put(A, 77), put(B, 88), remove(C)]);
    const { oldSubRoot } = traces[0] as Extract<Trace, { kind: 'update' }>;
    const { newSubRoot } = traces.at(-1) as Extract<Trace, { kind: 'delete' }>;
    const top = (counter: bigint, root: bigint): bigint => poseidon.hash([counter, root]);
    expect(from['oldTop']).toBe(top(4n, oldSubRoot));
    return { ...from, oldTop: top(4n + before, oldSubRoot), newTop: top(5n + after, newSubRoot) };
  }

  it('of which a row takes a leaf that is not there, or of two rows for one leaf', async () => {
    const row = SIZE.readRows;
    await refused(circuit, at(inputs, 5n, 'rowSiblings', row, 0), ...CHAIN);
    await refused(circuit, at(inputs, 5n, 'rowLeaf', row, 3), ...MEMORY);
    const twice = await inputsOf(await tracesOn([A], [read(A)]));
    const again = ['rowReal', 'rowIndex', 'rowLeaf', 'rowSiblings', 'rowLast'].reduce(
      (some, name) => at(some, (twice[name] as CircuitInput[])[0]!, name, 1),
      at(twice, 1n, 'changeStays', 0),
    );
    const leaf = (twice['rowLeaf'] as bigint[][])[0]!;
    const doubled = at(again, [leaf[0]!, leaf[1]!, leaf[3]!], 'changeLeaf', 0);
    await refused(circuit, doubled, 'AssertDistinct', 'sum * product[n] === 1;');
  });

  it('whose changed leaf is another than the last access left', async () => {
    const change = (inputs['changeStays'] as bigint[]).indexOf(1n);
    await refused(circuit, at(inputs, 99n, 'changeLeaf', change, 2), ...MEMORY);
  });

  it('with a leaf appended that no insert made, or one left out', async () => {
    const stays = inputs['appendStays'] as bigint[];
    expect(stays).toEqual([1n, 0n, 0n]);
    for (const other of [
      [1n, 1n, 0n],
      [0n, 0n, 0n],
    ]) {
      await refused(circuit, { ...inputs, appendStays: other }, ...MEMORY);
    }
    const last = cell(inputs, 'appendLast', 0);
    await refused(circuit, at(inputs, last - 1n, 'appendLast', 0), ...MEMORY);
    await refused(circuit, at(inputs, 5n, 'appendLeaf', 0, 0), ...MEMORY);
  });

  it('with something on the left of what is appended that was not there', async () => {
    const left = inputs['appendLeft'] as bigint[];
    expect(left.map((node) => node !== 0n)).toEqual([false, false, true, false]);
    await refused(circuit, at(inputs, 5n, 'appendLeft', 2), ...APPEND);
    await refused(circuit, at(inputs, 5n, 'appendLeft', 0), 'Append', '(1 - firstBits[l]) * left[l] === 0;');
  });

  it('with something prefilled where inserts go, or after', async () => {
    const inserted = async (counter: number): Promise<CircuitInputs> => {
      const trie = await newTrie();
      await trace(trie, [put(C, 3), put(B, 2), put(A, 1), remove(B)]);
      trie.nextFreeNode = counter; // 5 is the one to which the operations lead
      return inputsOf(await trace(trie, [put(D, 4)]));
    };
    await accepted(circuit, await inserted(5));
    await accepted(circuit, await inserted(6));
    for (const counter of [3, 4]) await refused(circuit, await inserted(counter), ...APPEND);
  });

  it('whose indices pass the end of the base', async () => {
    const trie = await newTrie();
    await trace(
      trie,
      Array.from({ length: 12 }, (_, key) => put(key, key)),
    );
    const traces = await trace(trie, [put(20, 1), put(21, 1), put(22, 1)]);
    expect(trie.nextFreeNode).toBe(17);
    await accepted(circuit, await inputsOf(traces.slice(0, 2)));
    await expect(inputsOf(traces)).rejects.toThrow('the circuit has room for 16 leaf indices, the traces have 17');
    const made = await lineaInputs(traces, { ...SIZE, levels: 5 });
    const { levels } = SIZE;
    const cut = {
      ...made.inputs,
      rowSiblings: (made.inputs['rowSiblings'] as bigint[][]).map((path) => path.slice(0, levels)),
      appendLeft: (made.inputs['appendLeft'] as bigint[]).slice(0, levels),
    };
    await refused(circuit, cut, ...RANGE);
  });
});
