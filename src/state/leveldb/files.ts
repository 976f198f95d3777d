import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { readLog } from './log.js';
import { FileFormatError } from './reader.js';
import { tableDamages } from './table.js';
import { readVersion } from './version.js';
import type { Version } from './version.js';

/** What is wrong with one of a database's files. */
export interface FileDamage {
  readonly file: string;
  readonly what: string;
}

/** What a directory's files hold. */
export interface FilesReport {
  readonly damages: readonly FileDamage[];
  /** Null if the files of the database cannot be identified. */
  readonly version: Version | null;
  /** Tables that are whole, by name, with what tells whether one was changed since. */
  readonly whole: ReadonlyMap<string, string>;
}

/** A table's or a log's number, by its name. */
const numberOf = (name: string): number => Number.parseInt(name, 10);
export const isTable = (name: string): boolean => /^\d+\.(ldb|sst)$/.test(name);
export const isLog = (name: string): boolean => /^\d+\.log$/.test(name);
export const byNumber = (a: string, b: string): number => numberOf(a) - numberOf(b);

/**
 * Looks for damage in the files of a closed LevelDB: each file must exist, and all its checksums must hold. This finds
 * what LevelDB would drop silently or end the process over. It does not find a log that was cut off: a crash leaves the
 * same.
 * @param known tables that were whole before, as `whole` of the report has them: they are not read again
 */
export async function checkFiles(folder: string, known: ReadonlyMap<string, string> = new Map()): Promise<FilesReport> {
  const damages: FileDamage[] = [];
  const whole = new Map<string, string>();
  const names = new Set(await readdir(folder));
  const version = await currentVersion(folder, (file, what) => damages.push({ file, what }));
  if (version === null) return { damages, version, whole };

  const logs = [...names].filter((name) => isLog(name) && numberOf(name) >= version.logNumber).sort(byNumber);
  if (logs.every((name) => numberOf(name) !== version.logNumber)) {
    damages.push({ file: `${String(version.logNumber).padStart(6, '0')}.log`, what: 'it is missing' });
  }
  for (const log of logs) {
    const bytes = await readWhole(path.join(folder, log));
    for (const what of typeof bytes === 'string' ? [bytes] : readLog(bytes).damages) damages.push({ file: log, what });
  }

  for (const { number, size } of version.tables) {
    const stem = String(number).padStart(6, '0');
    const name = names.has(`${stem}.sst`) ? `${stem}.sst` : `${stem}.ldb`;
    const found = await tableMark(path.join(folder, name));
    if (found === null) damages.push({ file: name, what: 'it is missing' });
    else if (known.get(name) === found) whole.set(name, found);
    else {
      const bytes = await readWhole(path.join(folder, name));
      const wrong = typeof bytes === 'string' ? [bytes] : damagesOf(bytes, size);
      for (const what of wrong) damages.push({ file: name, what });
      if (wrong.length === 0) whole.set(name, found);
    }
  }
  return { damages, version, whole };
}

/** What is wrong with the bytes of a table whose manifest says how many there are. */
const damagesOf = (table: Uint8Array, size: number): string[] =>
  table.length === size ? tableDamages(table) : [`expected ${size} bytes, found ${table.length}`];

/** The manifest that CURRENT names, read; null if that cannot be. */
async function currentVersion(folder: string, damaged: (file: string, what: string) => void): Promise<Version | null> {
  const current = await readWhole(path.join(folder, 'CURRENT'));
  const name =
    typeof current === 'string'
      ? undefined
      : /^(MANIFEST-\d{6,})\n$/.exec(Buffer.from(current).toString('latin1'))?.[1];
  if (name === undefined) {
    damaged('CURRENT', typeof current === 'string' ? current : 'it names no manifest');
    return null;
  }
  const manifest = await readWhole(path.join(folder, name));
  if (typeof manifest === 'string') {
    damaged(name, manifest);
    return null;
  }
  const { records, damages } = readLog(manifest);
  for (const what of damages) damaged(name, what);
  if (damages.length > 0) return null;
  try {
    return readVersion(records);
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    damaged(name, error.message);
    return null;
  }
}

/** A file's bytes; or why there are none, if that is a damage. */
export async function readWhole(file: string): Promise<Uint8Array | string> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'it is missing';
    if (code === 'EIO') return 'the disk fails to read it (EIO)';
    throw error;
  }
}

/** A table never changes: the same file, size and times mean the same content, unless the disk fails. */
async function tableMark(file: string): Promise<string | null> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return `${ino}-${size}-${mtimeNs}-${ctimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
