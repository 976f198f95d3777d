import { ContentError } from '../../base/files/content-error.js';
import { KINDS } from '../../state/batch/access.js';
import type { EntryKey, Kind } from '../../state/batch/access.js';
import {
  atRoot,
  checkFormat,
  expected,
  readBytes,
  readChoice,
  readInteger,
  readList,
  readObject,
  readingFile,
} from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import { FIELD_ORDER, FR_BYTES, frToHex, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { toUint256, uint256ToHex } from '../../base/field/limbs.js';
import type { Uint256 } from '../../base/field/limbs.js';
import { PUBLIC_SIGNALS } from './trace.js';
import type {
  Effect,
  KeyRow,
  LeafPreimage,
  LogRow,
  PublicSignals,
  ReadRow,
  Siblings,
  Trace,
  WriteRow,
} from './trace.js';

/**
 * The `format` of trace files.
 * @see {@link parseTrace}
 */
export const TRACE_FORMAT = 'rootshift-trace';
/**
 * The `version` of trace files that is written, and read.
 * @see {@link parseTrace}
 */
export const TRACE_VERSION = 2;

/** A text is not a trace file of this version: the message says what was expected, what came, and where. */
export class TraceFileError extends ContentError {
  override readonly name = 'TraceFileError';
}

/**
 * The text of a trace file: JSON with one row of a table on a line; words and field elements as `0x`
 * and 64 hexadecimal digits, addresses as `0x` and 40.
 *
 * @example
 * parseTrace(formatTrace(trace)); // trace
 */
export function formatTrace({ bitsPerLevel, publics, log, keys, reads, writes, cells }: Trace): string {
  const table = (name: string, rows: readonly object[]): string =>
    `  ${JSON.stringify(name)}: [${rows.map((row) => `\n    ${JSON.stringify(row)}`).join(',')}\n  ]`;
  const publicsInHex = Object.fromEntries(PUBLIC_SIGNALS.map((name) => [name, frToHex(publics[name])]));
  return `{
  "format": "${TRACE_FORMAT}",
  "version": ${TRACE_VERSION},
  "bitsPerLevel": ${bitsPerLevel},
  "publics": ${JSON.stringify(publicsInHex)},
${table('log', log.map(formatLogRow))},
${table('keys', keys.map(formatKeyRow))},
${table('reads', reads.map(formatReadRow))},
${table('writes', writes.map(formatWriteRow))},
  "cells": ${JSON.stringify(cells.map(frToHex))}
}
`;
}

/** An entry's fields, as every file of ours writes them. */
export const formatEntry = ({ address, kind, slot }: EntryKey) => ({
  address: `0x${address.toString(16).padStart(40, '0')}`,
  kind,
  slot: uint256ToHex(slot),
});

const formatLogRow = (row: LogRow): object => ({
  op: row.op,
  ...formatEntry(row),
  value: uint256ToHex(row.value),
  previousValue: uint256ToHex(row.previousValue),
  previousTime: row.previousTime,
});

const formatKeyRow = (row: KeyRow): object => ({
  ...formatEntry(row),
  treeKey: frToHex(row.treeKey),
  oldValue: uint256ToHex(row.oldValue),
  newValue: uint256ToHex(row.newValue),
  lastTime: row.lastTime,
});

export const formatLeaf = (leaf: LeafPreimage | null): object | null =>
  leaf && { key: frToHex(leaf.key), value: uint256ToHex(leaf.value) };

const formatReadRow = ({ key, siblings, otherLeaf }: ReadRow): object => ({
  key,
  siblings: siblings.map((level) => level.map(frToHex)),
  otherLeaf: formatLeaf(otherLeaf),
});

const formatWriteRow = ({ effect, extension, siblingChildren, ...path }: WriteRow): object => ({
  effect,
  ...formatReadRow(path),
  extension,
  siblingChildren: siblingChildren && siblingChildren.map(frToHex),
});

/**
 * Reads a trace file; every number in it is in range, but whether the trace is right is for
 * `checkTrace` to say.
 * @throws {TraceFileError}
 *
 * @example
 * parseTrace(formatTrace(trace)); // trace
 */
export function parseTrace(text: string): Trace {
  return readingFile(
    () => readTrace(atRoot(parseJson(text))),
    (message, cause) => new TraceFileError(message, { cause }),
  );
}

const KIND_NAMES = Object.keys(KINDS) as Kind[];

const EFFECTS: readonly Effect[] = [
  'update',
  'createAtEmpty',
  'createBesideLeaf',
  'delete',
  'deleteAndLift',
  'nothing',
];

function readTrace(at: Located): Trace {
  checkFormat(at, TRACE_FORMAT, TRACE_VERSION, 'required');
  const required = ['format', 'version', 'bitsPerLevel', 'publics', 'log', 'keys', 'reads', 'writes', 'cells'] as const;
  const { bitsPerLevel, publics, log, keys, reads, writes, cells } = readObject(at, required);
  const signals = readObject(publics, PUBLIC_SIGNALS);
  const bits = readBitsPerLevel(bitsPerLevel);
  return {
    bitsPerLevel: bits,
    publics: Object.fromEntries(PUBLIC_SIGNALS.map((name) => [name, readFr(signals[name])])) as PublicSignals,
    log: readList(log).map(readLogRow),
    keys: readList(keys).map(readKeyRow),
    reads: readList(reads).map((row) => readReadRow(row, bits)),
    writes: readList(writes).map((row) => readWriteRow(row, bits)),
    cells: readList(cells).map(readFr),
  };
}

/** The fields that `readEntry` reads. */
export const ENTRY = ['address', 'kind', 'slot'] as const;

/** @throws {FieldError} */
export function readEntry(fields: Readonly<Record<(typeof ENTRY)[number], Located>>): EntryKey {
  return {
    address: readBytes(fields.address, 20),
    kind: readChoice(fields.kind, KIND_NAMES),
    slot: readWord(fields.slot),
  };
}

function readLogRow(at: Located): LogRow {
  const fields = readObject(at, ['op', ...ENTRY, 'value', 'previousValue', 'previousTime']);
  return {
    op: readChoice(fields.op, ['read', 'write']),
    ...readEntry(fields),
    value: readWord(fields.value),
    previousValue: readWord(fields.previousValue),
    previousTime: readCount(fields.previousTime),
  };
}

function readKeyRow(at: Located): KeyRow {
  const fields = readObject(at, [...ENTRY, 'treeKey', 'oldValue', 'newValue', 'lastTime']);
  return {
    ...readEntry(fields),
    treeKey: readFr(fields.treeKey),
    oldValue: readWord(fields.oldValue),
    newValue: readWord(fields.newValue),
    lastTime: readCount(fields.lastTime),
  };
}

function readReadRow(at: Located, bitsPerLevel: 1 | 2): ReadRow {
  const { key, siblings, otherLeaf } = readObject(at, ['key', 'siblings', 'otherLeaf']);
  return { key: readCount(key), siblings: readSiblings(siblings), otherLeaf: readLeaf(otherLeaf, bitsPerLevel) };
}

function readWriteRow(at: Located, bitsPerLevel: 1 | 2): WriteRow {
  const fields = readObject(at, ['effect', 'key', 'siblings', 'otherLeaf', 'extension', 'siblingChildren']);
  return {
    effect: readChoice(fields.effect, EFFECTS),
    key: readCount(fields.key),
    siblings: readSiblings(fields.siblings),
    otherLeaf: readLeaf(fields.otherLeaf, bitsPerLevel),
    extension: readCount(fields.extension),
    siblingChildren: fields.siblingChildren.value === null ? null : readList(fields.siblingChildren).map(readFr),
  };
}

/** @throws {FieldError} neither 1 nor 2 */
export const readBitsPerLevel = (at: Located): 1 | 2 => readInteger(at, 1, 2) as 1 | 2;

/** A leaf of a binary tree holds a hash of the value, one of a quad tree the value. */
export function readLeaf(at: Located, bitsPerLevel: 1 | 2): LeafPreimage | null {
  if (at.value === null) return null;
  const { key, value } = readObject(at, ['key', 'value']);
  return { key: readFr(key), value: bitsPerLevel === 1 ? readFr(value) : readWord(value) };
}

export const readSiblings = (at: Located): Siblings => readList(at).map((level) => readList(level).map(readFr));

const readCount = (at: Located): number => readInteger(at, 0, Number.MAX_SAFE_INTEGER);

/** @throws {FieldError} not 32 bytes */
export const readWord = (at: Located): Uint256 => toUint256(readBytes(at, 32));

/** @throws {FieldError} not 32 bytes, or not reduced */
export function readFr(at: Located): Fr {
  const number = readBytes(at, FR_BYTES);
  return number < FIELD_ORDER ? toFr(number) : expected('a field element, below the order of BN254', at);
}
