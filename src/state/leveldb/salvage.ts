import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { byNumber, isLog, isTable, readWhole } from './files.js';
import { readLog } from './log.js';
import { FileFormatError } from './reader.js';
import { batchRecords, tableRecords } from './table.js';
import type { StoredRecord } from './table.js';
import type { Version } from './version.js';

/**
 * Every readable record of a directory's files, group by group. If `version` says which files belong to the database,
 * only these are read; otherwise all are, including older versions of records that were replaced or deleted.
 */
export async function* salvagedRecords(
  folder: string,
  version: Version | null,
): AsyncGenerator<readonly StoredRecord[]> {
  const names = await readdir(folder);
  const live = version && new Set(version.tables.map(({ number }) => number));
  const number = (name: string): number => Number.parseInt(name, 10);
  for (const name of names.filter((file) => isTable(file) && (live?.has(number(file)) ?? true))) {
    const bytes = await readWhole(path.join(folder, name));
    if (typeof bytes !== 'string') yield* tableRecords(bytes);
  }
  for (const name of names.filter((file) => isLog(file) && number(file) >= (version?.logNumber ?? 0)).sort(byNumber)) {
    const bytes = await readWhole(path.join(folder, name));
    if (typeof bytes === 'string') continue;
    for (const batch of readLog(bytes).records) {
      try {
        yield batchRecords(batch);
      } catch (error) {
        if (!(error instanceof FileFormatError)) throw error;
      }
    }
  }
}
