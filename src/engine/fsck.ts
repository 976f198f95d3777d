import { bringForward } from '../state/hashdb/bring-forward.js';
import type { CheckOptions, CheckReport, Damage } from '../state/hashdb/check-report.js';
import { NoDatabaseError, NotADatabaseError } from '../state/hashdb/driver.js';
import { DamagedFilesError, describeFileDamage } from '../state/hashdb/level-files.js';
import { salvaging } from '../state/hashdb/level-salvage.js';
import type { Salvage } from '../state/hashdb/level-salvage.js';
import { databaseOn } from './database.js';
import type { OpenDb } from './database.js';
import type { OpenSource } from './repair-source.js';

export interface FsckReport extends CheckReport {
  /** Where the replaced damaged files are kept; null if none were replaced. */
  readonly keptAside: string | null;
}

const NOTHING: CheckReport = {
  damages: [],
  affected: [],
  places: [],
  roots: 0,
  nodes: 0,
  unreachable: 0,
  moved: false,
};

/**
 * Checks a database, and repairs it if there is something to repair it from, as `HashDb.check` does. An embedded
 * database's files are checked before; where they are damaged, with what can still be read of them, which a repair
 * completes and puts in their place.
 * @param opened what to repair from; null to change nothing, or with `repair` what follows from the rest
 * @throws {HashDbError} there is no database, or it is in use
 * @throws what the signal was aborted with
 */
export async function fsck(
  openDb: OpenDb,
  opened: OpenSource | null,
  repairing: Omit<CheckOptions, 'source'> = {},
): Promise<FsckReport> {
  const options: CheckOptions = { ...repairing, ...(opened && { source: opened.source }) };
  const db = await openDb({ everyFile: true }).catch((error: unknown) => {
    if (error instanceof DamagedFilesError) return error.location;
    throw error;
  });
  if (typeof db === 'string') return salvaging(db, (salvage) => checkSalvage(salvage, opened, options));
  try {
    return { ...(await db.check(options)), keptAside: null };
  } finally {
    await db.close();
  }
}

async function checkSalvage(salvage: Salvage, opened: OpenSource | null, options: CheckOptions): Promise<FsckReport> {
  const damages = salvage.damages.map((damage): Damage => ({
    sort: 'file',
    what: describeFileDamage(damage),
    repaired: opened !== null,
  }));
  const driver = await salvage.open();
  if (opened !== null) await bringForward(driver, opened.lineage, salvage.hasNewest);
  const db = await databaseOn(driver).catch((error: unknown) => {
    // Without the first record, the meaning of the others is unknown.
    if (error instanceof NoDatabaseError || error instanceof NotADatabaseError) return null;
    throw error;
  });
  if (db === null) return { ...NOTHING, damages, keptAside: null };
  let report: CheckReport;
  try {
    // Without a source, the salvaged records do not replace the files.
    report = await db.check({ ...options, repair: opened !== null });
  } finally {
    await db.close();
  }
  return {
    ...report,
    damages: [...damages, ...report.damages],
    keptAside: opened === null ? null : await salvage.install(),
  };
}
