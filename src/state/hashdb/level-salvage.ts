import { copyFile, link, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeWhole } from '../../base/files/whole-file.js';
import { checkFiles } from '../leveldb/files.js';
import type { FileDamage } from '../leveldb/files.js';
import { logOf } from '../leveldb/log.js';
import { salvagedRecords } from '../leveldb/salvage.js';
import type { StoredRecord } from '../leveldb/table.js';
import { encodeVersion } from '../leveldb/version.js';
import type { Version } from '../leveldb/version.js';
import { keys } from './codec.js';
import { StorageError } from './driver.js';
import type { Driver } from './driver.js';
import { openFolder } from './level-handle.js';
import type { Level } from './level-handle.js';
import { withLock } from './level-lock.js';
import { openScratchLevel } from './level.js';

/** What could be had of a database whose files are damaged. */
export interface Salvage {
  readonly damages: readonly FileDamage[];
  /** Its records, of each the newest that there is, in a store of their own. Whoever opens it closes it. */
  readonly open: () => Promise<Driver>;
  /** Is the newest thing that was written among the records? */
  readonly hasNewest: boolean;
  /**
   * Puts the records, which are closed, in the place of the damaged files, in one moment.
   * @returns the directory in which the files that were there are kept
   * @throws {StorageError} there is no room; all is as it was
   */
  readonly install: () => Promise<string>;
}

/**
 * Reads what can be read of an embedded database that cannot be opened, and works with it. No other process can open
 * the database meanwhile.
 * @throws {DatabaseLockedError | StorageError}
 */
export function salvaging<T>(folder: string, work: (salvage: Salvage) => Promise<T>): Promise<T> {
  return withLock(folder, async (scratch) => {
    const { damages, version } = await checkFiles(folder);
    const records = path.join(scratch, 'records');
    const hasNewest = await collect(folder, version, path.join(scratch, 'versions'), records);
    const logsAreWhole = version !== null && damages.every(({ file }) => !file.endsWith('.log'));
    return work({
      damages,
      open: () => openScratchLevel(records),
      hasNewest: hasNewest && logsAreWhole,
      install: () => install(folder, records, version),
    });
  });
}

/** A record in the store of all that was found: its sequence goes before it, and whether it was deleted. */
const encode = ({ sequence, value }: StoredRecord): Uint8Array => {
  const head = Buffer.alloc(9, value === null ? 0 : 1);
  head.writeBigUInt64BE(sequence);
  return value === null ? head : Buffer.concat([head, value]);
};
const sequenceOf = (found: Uint8Array): bigint => Buffer.from(found.subarray(0, 8)).readBigUInt64BE();

/** How many changes after the head's can be others than commits: what a compaction writes. */
const COMPACTION = 2n;

/**
 * Writes the newest version of each record into a new store.
 * @returns whether the head is among the last things that were written
 */
async function collect(folder: string, version: Version | null, versions: string, records: string): Promise<boolean> {
  const all = await openFolder(versions, true);
  try {
    let last = version?.lastSequence ?? 0n;
    for await (const group of salvagedRecords(folder, version)) {
      const newest = new Map<string, StoredRecord>();
      for (const record of group) {
        const name = Buffer.from(record.key).toString('latin1');
        if ((newest.get(name)?.sequence ?? -1n) < record.sequence) newest.set(name, record);
        if (record.sequence > last) last = record.sequence;
      }
      const found = [...newest.values()];
      const known = await all.getMany(found.map(({ key }) => key));
      const newer = found.filter(({ sequence }, i) => known[i] === undefined || sequenceOf(known[i]) < sequence);
      await all.batch(newer.map((record) => ({ type: 'put', key: record.key, value: encode(record) })));
    }
    const head = await all.get(keys.head);
    await copyNewest(all, records);
    return head !== undefined && sequenceOf(head) + COMPACTION >= last;
  } finally {
    await all.close();
  }
}

async function copyNewest(all: Level, records: string): Promise<void> {
  const into = await openFolder(records, true);
  try {
    const iterator = all.iterator();
    for (let group = await iterator.nextv(1000); group.length > 0; group = await iterator.nextv(1000)) {
      const puts = group.filter(([, found]) => found[8] === 1);
      await into.batch(puts.map(([key, found]) => ({ type: 'put', key, value: found.subarray(9) })));
    }
    await iterator.close();
  } finally {
    await into.close();
  }
}

const fileName = (number: number): string => String(number).padStart(6, '0');

async function install(folder: string, records: string, damaged: Version | null): Promise<string> {
  // Opening it brings all that is in its log into tables.
  await (await openFolder(records, false)).close();
  const { version, damages } = await checkFiles(records);
  if (version === null || damages.length > 0)
    throw new StorageError(`could not write ${records}: the disk damaged it at once`);

  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  const kept = path.join(folder, `damaged-${new Date().toISOString().replaceAll(':', '-')}`);
  await mkdir(kept);
  // LevelDB changes no file but the one it writes to, and takes others away: a second name keeps them.
  for (const name of names.filter((file) => file !== 'LOCK')) {
    await link(path.join(folder, name), path.join(kept, name)).catch(() =>
      copyFile(path.join(folder, name), path.join(kept, name)),
    );
  }

  let next = 1 + Math.max(damaged?.nextFile ?? 0, ...names.map((name) => Number(/\d{6,}/.exec(name)?.[0] ?? 0)));
  const tables = [];
  // Of two tables on level 0 that with the higher number is the newer one.
  for (const table of version.tables.toSorted((a, b) => a.number - b.number)) {
    const number = next++;
    await rename(path.join(records, `${fileName(table.number)}.ldb`), path.join(folder, `${fileName(number)}.ldb`));
    tables.push({ ...table, number });
  }
  const logNumber = next;
  const manifest = `MANIFEST-${fileName(next + 1)}`;
  const write = (name: string, content: Uint8Array | string): Promise<void> =>
    writeWhole(path.join(folder, name), (scratch) => writeFile(scratch, content));
  await write(`${fileName(logNumber)}.log`, '');
  await write(
    manifest,
    logOf(encodeVersion({ logNumber, nextFile: next + 2, lastSequence: version.lastSequence, tables })),
  );
  // From here on LevelDB finds the new tables, and removes the files that were there at its next opening.
  await write('CURRENT', `${manifest}\n`);
  return kept;
}
