import type { Entry, PlacedAccess } from '../batch.js';
import { entryId } from '../encoding.js';
import type { Statement } from './account.js';

/** The read that finds what is stated. */
export const readOf = ({ where, ...entry }: Statement): PlacedAccess => ({ access: { op: 'read', ...entry }, where });

/** The write that makes true what is stated. */
export const writeOf = ({ where, ...entry }: Statement): PlacedAccess => ({ access: { op: 'write', ...entry }, where });

/** What the entries of which a value is known hold before the transactions: what the first access to each reads. */
export function firstValues(transactions: readonly (readonly PlacedAccess[])[]): Entry[] {
  const seen = new Set<string>();
  return transactions.flat().flatMap(({ access }) => {
    const { address, kind, slot } = access;
    const id = entryId(access);
    if (seen.has(id)) return [];
    seen.add(id);
    return access.op === 'read' && access.value !== undefined ? [{ address, kind, slot, value: access.value }] : [];
  });
}
