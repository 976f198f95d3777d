/** Files of other programs, and what a batch made of them does. */
import { readFileSync } from 'node:fs';
import type { EntryKey } from '../../../../src/state/batch/access.js';
import type { Batch } from '../../../../src/state/batch/batch.js';

export const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/import/${name}`, import.meta.url), 'utf8');

/** An entry in a word, such as `b1 nonce`, `b2[0]`: the address without leading zeros. */
export const nameOf = ({ address, kind, slot }: EntryKey): string =>
  kind === 'storage' ? `${address.toString(16)}[${slot.toString(16)}]` : `${address.toString(16)} ${kind}`;

/** Entries by name; those of value 0 are absent. */
export type Content = Readonly<Record<string, bigint>>;

/** What a batch's prestate makes of the empty state. */
export const loaded = ({ prestate }: Pick<Batch, 'prestate'>): Content =>
  Object.fromEntries(prestate.filter(({ value }) => value !== 0n).map((entry) => [nameOf(entry), entry.value]));

/** What a batch makes of a state; every read must state what the state holds. */
export function executed({ accesses, where }: Pick<Batch, 'accesses' | 'where'>, content: Content): Content {
  const state = new Map(Object.entries(content));
  accesses.forEach((access, index) => {
    const held = state.get(nameOf(access)) ?? 0n;
    if (access.op === 'read' && access.value !== undefined && access.value !== held) {
      throw new Error(`${where(index)}: the read states ${access.value}, the state holds ${held}`);
    }
    if (access.op === 'write') state.set(nameOf(access), access.value);
  });
  return Object.fromEntries([...state].filter(([, value]) => value !== 0n));
}
