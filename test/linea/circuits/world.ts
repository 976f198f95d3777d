/** Tries of slots, traces of operations on them, and what circuits make of them. */
import { expect } from 'vitest';
import { lineaComponent } from '../../../src/machine/circuit/linea-catalogue.js';
import type { LineaSize } from '../../../src/machine/circuit/linea-catalogue.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import type { Hex } from '../../../src/linea/suite/suite.js';
import type { Trace } from '../../../src/linea/trace/trace.js';
import { POSEIDON_BN254 } from '../../../src/linea/suite/poseidon.js';
import { program } from '../../machine/circuits/harness.js';
import type { Program, ProgramOptions, Refusal } from '../../machine/circuits/harness.js';
import { ReferenceTrie, wordHashing } from '../reference.js';

/** Small: 16 leaf indices, of the 2^40 that the tree has. */
export const SIZE: LineaSize = {
  operations: 5,
  points: 3,
  lists: 3,
  readRows: 1,
  changeRows: 6,
  appends: 3,
  levels: 4,
  topLevels: 0,
};

export const blockProgram = (size: LineaSize = SIZE, options: ProgramOptions = {}): Promise<Program> =>
  program(lineaComponent(size), { ...options, linea: true });

/** An account, whose storage the trie is. */
export const LOCATION: Hex = `0x${'aa'.repeat(20)}`;

export const word = (x: number | bigint): Hex => `0x${x.toString(16).padStart(64, '0')}`;

export type Wish =
  | { readonly kind: 'read' | 'delete'; readonly key: number }
  | { readonly kind: 'put'; readonly key: number; readonly value: number };
export const read = (key: number): Wish => ({ kind: 'read', key });
export const put = (key: number, value: number): Wish => ({ kind: 'put', key, value });
export const remove = (key: number): Wish => ({ kind: 'delete', key });

export const newTrie = (): Promise<ReferenceTrie> => ReferenceTrie.empty(wordHashing(POSEIDON_BN254), LOCATION);

/** Does operations to the trie, one after another; gives their traces. */
export async function trace(trie: ReferenceTrie, wishes: readonly Wish[]): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (const wish of wishes) {
    if (wish.kind === 'read') traces.push(await trie.read(word(wish.key)));
    else if (wish.kind === 'put') traces.push(await trie.put(word(wish.key), word(wish.value)));
    else traces.push(await trie.delete(word(wish.key)));
  }
  return traces;
}

/** A trie with these entries, then operations. */
export async function tracesOn(entries: readonly number[], wishes: readonly Wish[]): Promise<Trace[]> {
  const trie = await newTrie();
  await trace(
    trie,
    entries.map((key) => put(key, key)),
  );
  return trace(trie, wishes);
}

export async function accepted(circuit: Program, inputs: CircuitInputs): Promise<void> {
  const outcome = await circuit.run(inputs);
  expect('refused' in outcome ? outcome.refused : null).toBeNull();
}

export async function refused(
  circuit: Program,
  inputs: CircuitInputs,
  template: string,
  source: string,
): Promise<void> {
  const outcome = await circuit.run(inputs);
  const refusal: Partial<Refusal> = 'refused' in outcome ? outcome.refused : {};
  expect({ template: refusal.template, source: refusal.source }).toEqual({ template, source });
}
