import type { Digest } from '../tree/node.js';
import { keys, ranges } from './codec.js';
import type { Change, Driver } from './driver.js';
import { encodeFormat } from './format.js';
import { attempt, DamagedRecordError } from './record.js';
import { put, unseal } from './seal.js';
import { decodeHead, decodeRoot, EMPTY_STATE, encodeHead, encodeName, encodeRoot } from './root-record.js';
import type { RootRecord } from './root-record.js';

/** What another place knows of the history of a database that lost records. */
export interface Lineage {
  /** Of its tree's scheme. */
  readonly scheme: string;
  /** The roots after those that the database still knows, oldest first; none if the histories differ. */
  readonly after: (known: readonly RootRecord[]) => {
    readonly roots: readonly RootRecord[];
    readonly names: ReadonlyMap<string, Digest>;
  };
}

/**
 * Writes what a check relies on and what it would not notice as missing: the format, the head, names, and the roots
 * after the last known one. A check then repairs their missing nodes.
 * @param hasNewest the newest root is known, so none came after it
 */
export async function bringForward(driver: Driver, { scheme, after }: Lineage, hasNewest: boolean): Promise<void> {
  const [format, head] = await driver.getMany([keys.format, keys.head]);
  const changes: Change[] = [];
  if (format === undefined) changes.push({ key: keys.format, value: encodeFormat(scheme) });
  const known: RootRecord[] = [];
  for await (const [key, record] of driver.iterate(ranges.roots.from, ranges.roots.before)) {
    const root = attempt(() => decodeRoot(key, unseal(key, record)));
    if (!(root instanceof DamagedRecordError)) known.push(root);
  }
  if (known[0]?.number !== 0) {
    known.unshift(EMPTY_STATE);
    changes.push(put(keys.root(0), encodeRoot(EMPTY_STATE)));
  }
  const { roots, names } = after(known);
  const newer = hasNewest ? [] : roots;
  changes.push(...newer.map((root) => put(keys.root(root.number), encodeRoot(root))));
  const { number } = newer.at(-1) ?? known.at(-1)!;
  const there = head && attempt(() => decodeHead(keys.head, unseal(keys.head, head)));
  if (there === undefined || there instanceof DamagedRecordError || there.number < number) {
    // A number of writes that no head before had.
    changes.push(put(keys.head, encodeHead({ number, writes: Date.now(), nodes: await countNodes(driver) })));
  }
  const wanted = [...names].map(([name, root]) => put(keys.name(name), encodeName(root)));
  const held = await driver.getMany(wanted.map(({ key }) => key));
  changes.push(...wanted.filter((_, i) => held[i] === undefined));
  await driver.writeIf({ key: keys.head, value: head }, changes);
}

async function countNodes(driver: Driver): Promise<number> {
  let count = 0;
  for await (const _record of driver.iterate(ranges.nodes.from, ranges.nodes.before)) count++;
  return count;
}
