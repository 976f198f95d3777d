/** Circuits that hash the top of the tree once for all rows. */
import { beforeAll, describe, expect, it } from 'vitest';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { emptyTrie } from '../../../src/linea/suite/empty.js';
import { STORAGE_TRIE } from '../../../src/linea/suite/kind.js';
import { POSEIDON_BN254 as suite } from '../../../src/linea/suite/poseidon.js';
import type { Trace } from '../../../src/linea/trace/trace.js';
import { applyAll } from '../../../src/linea/trie/apply.js';
import { MemoryTrie } from '../../../src/linea/trie/memory-trie.js';
import type { Operation } from '../../../src/linea/trie/sequence.js';
import { lineaInputs } from '../../../src/machine/linea/block-inputs.js';
import type { CircuitInput, CircuitInputs } from '../../../src/machine/witness/inputs.js';
import type { Program } from '../../machine/circuits/harness.js';
import { accepted, blockProgram, LOCATION, put, read, refused, remove, SIZE, word } from './world.js';
import type { Wish } from './world.js';

const CELLS = { ...SIZE, topLevels: 2 };
const MEMORY = ['CellMemory', 'made[C + N] === taken[C + N];'] as const;

const operation = (wish: Wish): Operation =>
  wish.kind === 'put'
    ? { kind: 'put', key: word(wish.key), value: word(wish.value) }
    : { kind: wish.kind, key: word(wish.key) };

/** A trie with these entries, the nodes two levels below its base, and traces on it. */
async function made(entries: readonly Wish[], wishes: readonly Wish[]) {
  const trie = await MemoryTrie.empty(suite);
  const run = async (some: readonly Wish[]): Promise<readonly Trace[]> => {
    const operations = some.map(operation);
    const task = { reader: trie, kind: STORAGE_TRIE, location: LOCATION, operations };
    const [applied] = await applyAll(suite, [task]);
    trie.commit(applied!.change);
    return applied!.traces;
  };
  const top = async (): Promise<bigint> => {
    const { nextFreeNode, subRoot } = await trie.state();
    return poseidon.hash([BigInt(nextFreeNode), subRoot]);
  };
  await run(entries);
  const { nodes: empty } = await emptyTrie(suite);
  const cells = (await trie.nodes(2, [0, 1, 2, 3])).map((node) => node ?? empty[2]!);
  const oldTop = await top();
  const traces = await run(wishes);
  return { cells, traces, oldTop, newTop: await top() };
}

const ENTRIES = [1, 2, 3, 4, 5, 6].map((key) => put(key, key));
const BLOCKS: readonly (readonly [readonly Wish[], readonly Wish[]])[] = [
  [ENTRIES, [read(1), put(2, 7), read(9), put(8, 8), remove(5)]],
  [ENTRIES, [put(8, 8), put(9, 9), put(10, 10)]],
  [ENTRIES, [read(1), read(2), read(3)]],
  [[], [put(1, 1), remove(1)]],
];

describe('a shared top', () => {
  let circuit: Program;
  beforeAll(async () => {
    circuit = await blockProgram(CELLS);
  });

  it.each(BLOCKS)('leads from the old top root to the new one: %o, %o', async (entries, wishes) => {
    const { cells, traces, oldTop, newTop } = await made(entries, wishes);
    const { inputs, publics } = await lineaInputs(traces, CELLS, { cells });
    expect(publics).toMatchObject({ oldTop, newTop });
    await accepted(circuit, inputs);
  });

  it('wants its nodes', async () => {
    const { traces } = await made(...BLOCKS[0]!);
    await expect(lineaInputs(traces, CELLS)).rejects.toThrow('needs 4 nodes of its level 2, got 0');
  });

  it('is refused with other cells, or rows that do not follow each other on them', async () => {
    const { cells, traces } = await made(...BLOCKS[0]!);
    const { inputs } = await lineaInputs(traces, CELLS, { cells });
    const changed = (name: string, index: number, change: (x: bigint) => bigint): CircuitInputs => {
      const list = inputs[name] as bigint[];
      return { ...inputs, [name]: list.with(index, change(list[index]!)) };
    };
    await refused(
      circuit,
      changed('oldCells', 0, (x) => x + 1n),
      'LineaBlock',
      'oldBase === oldTree;',
    );
    for (let cell = 0; cell < 4; cell++) {
      await refused(
        circuit,
        changed('newCells', cell, (x) => x + 1n),
        ...MEMORY,
      );
    }
    const last = inputs['cellLast'] as bigint[];
    const touched = last.findIndex((x) => x > 1n);
    await refused(
      circuit,
      changed('cellLast', touched, (x) => x - 1n),
      ...MEMORY,
    );
    const previous = (inputs['rowPrevious'] as bigint[]).findIndex((x) => x > 0n);
    await refused(
      circuit,
      changed('rowPrevious', previous, () => 0n),
      ...MEMORY,
    );
    // A row that proves its leaf in the cell as it was before the row before it.
    const siblings = inputs['rowSiblings'] as CircuitInput[][];
    const forged = siblings.with(previous, siblings[previous]!.with(0, 5n));
    await refused(circuit, { ...inputs, rowSiblings: forged }, ...MEMORY);
  });
});
