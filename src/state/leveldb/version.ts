import { ByteReader, FileFormatError, varint } from './reader.js';

/** A table as a manifest names it. Keys are LevelDB's own: the key, and 8 bytes of its number and kind. */
export interface TableName {
  readonly level: number;
  readonly number: number;
  readonly size: number;
  readonly smallest: Uint8Array;
  readonly largest: Uint8Array;
}

/** What a manifest comes to: the files that make the database. */
export interface Version {
  /** Logs with this number and higher ones hold what is in no table yet. */
  readonly logNumber: number;
  readonly nextFile: number;
  readonly lastSequence: bigint;
  readonly tables: readonly TableName[];
}

// doc/impl.md of LevelDB, and db/version_edit.cc.
const TAGS = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deleted: 6,
  table: 7,
  previousLog: 9,
} as const;
const COMPARATOR = Buffer.from('leveldb.BytewiseComparator');

/** Reads the records of a manifest. @throws {FileFormatError} */
export function readVersion(records: readonly Uint8Array[]): Version {
  let logNumber = 0;
  let nextFile = 0;
  let lastSequence = 0;
  const tables = new Map<string, TableName>();
  for (const record of records) {
    const reader = new ByteReader(record);
    while (!reader.done) {
      const tag = reader.varint();
      if (tag === TAGS.comparator) {
        if (Buffer.compare(reader.string(), COMPARATOR) !== 0) throw new FileFormatError('its keys use another order');
      } else if (tag === TAGS.logNumber) logNumber = reader.varint();
      else if (tag === TAGS.nextFile) nextFile = reader.varint();
      else if (tag === TAGS.lastSequence) lastSequence = reader.varint();
      else if (tag === TAGS.previousLog) reader.varint();
      else if (tag === TAGS.compactPointer) {
        reader.varint();
        reader.string();
      } else if (tag === TAGS.deleted) tables.delete(`${reader.varint()}/${reader.varint()}`);
      else if (tag === TAGS.table) {
        const table = {
          level: reader.varint(),
          number: reader.varint(),
          size: reader.varint(),
          smallest: reader.string(),
          largest: reader.string(),
        };
        tables.set(`${table.level}/${table.number}`, table);
      } else throw new FileFormatError(`a change of kind ${tag}`);
    }
  }
  if (nextFile === 0) throw new FileFormatError('it names no files');
  return { logNumber, nextFile, lastSequence: BigInt(lastSequence), tables: [...tables.values()] };
}

/** A manifest's one record of a version. */
export function encodeVersion({ logNumber, nextFile, lastSequence, tables }: Version): Uint8Array {
  const string = (bytes: Uint8Array): Uint8Array[] => [varint(bytes.length), bytes];
  return Buffer.concat([
    varint(TAGS.comparator),
    ...string(COMPARATOR),
    varint(TAGS.logNumber),
    varint(logNumber),
    varint(TAGS.nextFile),
    varint(nextFile),
    varint(TAGS.lastSequence),
    varint(Number(lastSequence)),
    ...tables.flatMap(({ level, number, size, smallest, largest }) => [
      varint(TAGS.table),
      varint(level),
      varint(number),
      varint(size),
      ...string(smallest),
      ...string(largest),
    ]),
  ]);
}
