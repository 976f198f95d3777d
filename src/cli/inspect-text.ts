import type { EntryKey, Kind } from '../state/batch/access.js';
import { CATALOGUE } from '../machine/circuit/catalogue.js';
import { RULES_SIGNALS } from '../machine/circuit/rules-catalogue.js';
import type { CircuitName, CircuitSize } from '../machine/circuit/catalogue.js';
import { frToHex } from '../base/field/fr.js';
import type { Fr } from '../base/field/fr.js';
import { uint256ToHex } from '../base/field/limbs.js';
import type { Uint256 } from '../base/field/limbs.js';
import { ROOMS, provenanceRows } from '../inspect/page-data.js';
import { DIMENSIONS } from '../machine/planner/utilisation.js';
import type { CircuitCost } from '../inspect/circuit-costs.js';
import type { InspectedKey, InspectedPart, InspectedRules, Inspection, Provenance } from '../inspect/inspection.js';
import type { DrawnPath } from '../inspect/path.js';
import { totalOf } from '../inspect/template-costs.js';
import type { TemplateCost } from '../inspect/template-costs.js';
import { formatEntry } from '../machine/trace/file.js';
import { PUBLIC_SIGNALS } from '../machine/trace/trace.js';
import { digitAt } from '../state/tree/path.js';
import { InputError, parseAddress } from './input.js';
import { columns, count, table } from './io.js';
import type { Outcome } from './io.js';

/** Options that choose the rows to print. */
export interface InspectFilter {
  readonly kind?: Kind;
  readonly address?: string;
  readonly key?: string;
  readonly changed?: true;
  readonly all?: true;
}

/** Which rows to print. */
export interface RowFilter {
  /** True if a row of the table of keys is printed. */
  readonly holds: (key: InspectedKey, index: number) => boolean;
  /** Index of the requested key, if there is one. */
  readonly only: number | null;
  readonly changedOnly: boolean;
  readonly most: number;
}

const ROWS = 20;

/** @throws {InputError} a filter is malformed */
export function parseFilter({ kind, address, key, changed, all }: InspectFilter): RowFilter {
  const wanted = address === undefined ? undefined : parseAddress('--address', address);
  if (key !== undefined && !/^\d{1,9}$/.test(key))
    throw new InputError(`--key: expected a number of the key table, got ${key}`);
  const only = key === undefined ? null : Number(key);
  return {
    holds: (row, index) =>
      (kind === undefined || row.kind === kind) &&
      (wanted === undefined || row.address === wanted) &&
      (only === null || index === only),
    only,
    changedOnly: changed ?? false,
    most: all ? Infinity : ROWS,
  };
}

/** An inspection as text and as an object. */
export function describeInspection(inspection: Inspection, file: string, filter: RowFilter): Outcome {
  const { kind, keys, log, parts, verdict, unknown, oldRoot, newRoot } = inspection;
  if (filter.only !== null && filter.only >= keys.length) {
    throw new InputError(
      `--key: expected a number below ${keys.length}, the size of the key table of ${file}, got ${filter.only}`,
    );
  }
  const kept = new Set([...keys.keys()].filter((index) => filter.holds(keys[index]!, index)));
  const shownKeys = [...kept].filter((index) => !filter.changedOnly || isChanged(keys[index]!));
  const rows = accessRows(inspection).filter(
    (row) => kept.has(row.key) && (!filter.changedOnly || (row.op === 'write' && row.value !== row.previous)),
  );
  const writes = log.filter(({ op }) => op === 'write').length;
  const summary = table([
    [
      'accesses',
      `${log.length.toLocaleString('en')} (${count(log.length - writes, 'read')}, ${count(writes, 'write')})`,
    ],
    [
      'keys',
      `${keys.length.toLocaleString('en')} distinct, ${keys.filter(isChanged).length.toLocaleString('en')} changed`,
    ],
    ['old root', frToHex(oldRoot)],
    ['new root', frToHex(newRoot)],
    ...unknown.map((sentence, i): [string, string] => [i === 0 ? 'note' : '', sentence]),
  ]);
  const only = filter.only === null ? undefined : keys[filter.only];
  const sections = [
    `${kind[0]!.toUpperCase()}${kind.slice(1)} ${file}: ${[verdict.headline, ...verdict.conditions].join(' ')}\n${summary}`,
    ...(inspection.rules === null ? [] : describeRules(inspection.rules, filter.most)),
    ...parts.map((part, i) => describePart(part, i, parts.length)),
    `Keys\n${listed(
      ['#', 'entry', 'before', 'after', 'effect'],
      shownKeys.map((index) => keyCells(keys[index]!, index)),
      filter.most,
    )}`,
    ...(only?.path
      ? [`Path of key ${filter.only}\n${drawPath(only.treeKey, only.path, inspection.bitsPerLevel)}`]
      : []),
    `Accesses\n${listed(
      ['#', 'op', 'key', 'value', 'before'],
      rows.map((row) => [String(row.time), row.op, String(row.key), shown(row.value), shown(row.previous)]),
      filter.most,
    )}`,
  ];
  return {
    text: sections.join('\n\n'),
    json: {
      kind,
      bitsPerLevel: inspection.bitsPerLevel,
      oldRoot: frToHex(oldRoot),
      newRoot: frToHex(newRoot),
      verdict,
      unknown,
      ...(inspection.rules !== null && { rules: rulesJson(inspection.rules) }),
      parts: parts.map(partJson),
      keys: shownKeys.map((index) => keyJson(keys[index]!, index, filter.only !== null)),
      accesses: rows.map(({ time, op, key, value, previous }) => ({
        time,
        op,
        key,
        value: uint256ToHex(value),
        previousValue: previous === null ? null : uint256ToHex(previous),
      })),
    },
  };
}

/** The instructions of a batch of rules, and the chain that proves them. */
function describeRules({ name, summary, place, records, accessesPerRecord, parts }: InspectedRules, most: number) {
  const rows = records.map((record, i) => [
    String(i),
    Object.entries(record)
      .map(([field, value]) => `${field} ${typeof value === 'bigint' ? shown(value as Uint256) : value}`)
      .join(', '),
    `${accessesPerRecord * i + 1} to ${accessesPerRecord * (i + 1)}`,
  ]);
  return [
    `Instructions of ${name}: ${summary}\n${table(place)}`,
    listed(['#', 'record', 'accesses'], rows, most),
    ...parts.map(({ first, records: n, circuit, room, publics, provenance }, i) =>
      [
        `Rules proof${parts.length === 1 ? '' : ` ${i + 1}`}: records ${first} to ${first + n - 1}, circuit ${circuit}`,
        table([
          ['records', room === null ? String(n) : `${n} of ${room} (${Math.round((100 * n) / room)} %)`],
          ...(publics === null
            ? []
            : RULES_SIGNALS.map((signal): [string, string] => [signal, frToHex(publics[signal])])),
          ...(provenance === null ? [] : provenanceRows(provenance, provenance.circuit.digest)),
        ]),
      ].join('\n'),
    ),
  ];
}

const rulesJson = ({ name, summary, place, records, accessesPerRecord, parts }: InspectedRules): object => ({
  name,
  summary,
  place: Object.fromEntries(place),
  accessesPerRecord,
  records: records.map((record) =>
    Object.fromEntries(
      Object.entries(record).map(([field, value]) => [field, typeof value === 'bigint' ? hexOf(value) : value]),
    ),
  ),
  parts: parts.map(({ publics, provenance, ...part }) => ({
    ...part,
    publics: publics && Object.fromEntries(RULES_SIGNALS.map((signal) => [signal, frToHex(publics[signal])])),
    provenance: provenanceJson(provenance),
  })),
});

const hexOf = (value: bigint): string => `0x${value.toString(16)}`;

interface AccessRow {
  readonly time: number;
  readonly op: string;
  readonly key: number;
  readonly value: Uint256;
  readonly previous: Uint256 | null;
}

function accessRows({ log, keys }: Inspection): AccessRow[] {
  const held = keys.map(({ before }) => before);
  return log.map(({ op, key, value }, i) => {
    const previous = held[key]!;
    held[key] = value;
    return { time: i + 1, op, key, value, previous };
  });
}

const isChanged = ({ before, after }: InspectedKey): boolean => before !== after;

function describePart(
  { first, accesses, circuit, use, publics, provenance }: InspectedPart,
  index: number,
  parts: number,
): string {
  const heading = `${parts === 1 ? '' : `${index + 1}: accesses ${first + 1} to ${first + accesses}, `}${circuit === null ? 'too large for any circuit' : `circuit ${circuit}`}`;
  const room =
    use === null
      ? []
      : DIMENSIONS.filter((dimension) => use[dimension].room > 0).map((dimension): [string, string] => {
          const { used, room } = use[dimension];
          return [ROOMS[dimension], `${used} of ${room} (${Math.round((100 * used) / room)} %)`];
        });
  const signals = PUBLIC_SIGNALS.map((name): [string, string] => [name, frToHex(publics[name])]);
  return `${parts === 1 ? '' : 'Proof '}${heading}\n${table([...room, ...signals, ...(provenance === null ? [] : provenanceRows(provenance, provenance.circuit.digest))])}`;
}

/** The first rows, and the number of the others. */
function listed(headings: readonly string[], rows: readonly (readonly string[])[], most: number): string {
  if (rows.length === 0) return '(none)';
  const more = rows.length - most;
  return `${columns(headings, rows.slice(0, most))}${more > 0 ? `\n... and ${more.toLocaleString('en')} more (--all or --json shows them)` : ''}`;
}

/** A value in decimal if it is small, otherwise in hexadecimal. */
const shown = (value: Uint256 | null): string =>
  value === null ? 'not known' : value < 1n << 48n ? value.toString() : shortHex(`0x${value.toString(16)}`);

const shortHex = (text: string): string => (text.length <= 22 ? text : `${text.slice(0, 12)}...${text.slice(-8)}`);

const entryName = ({ address, kind, slot }: EntryKey): string =>
  kind === 'storage' && address === 0n
    ? `key ${shown(slot)}`
    : `${kind} ${formatEntry({ address, kind, slot }).address}${kind === 'storage' ? ` ${shown(slot)}` : ''}`;

const keyCells = (key: InspectedKey, index: number): string[] => [
  String(index),
  entryName(key),
  shown(key.before),
  shown(key.after),
  key.effect ?? 'not known',
];

/**
 * A path from the root down: on each level the node before and, if it is another, after; then its siblings by digit.
 */
function drawPath(treeKey: Fr, { before, after, siblings }: DrawnPath, bitsPerLevel: number): string {
  const node = (digest: Fr | undefined): string =>
    digest === undefined ? 'nothing' : digest === 0n ? 'empty' : shortHex(frToHex(digest));
  return Array.from({ length: Math.max(before.length, after.length) }, (_, level) => {
    const own =
      before[level] === after[level] ? node(before[level]) : `${node(before[level])} -> ${node(after[level])}`;
    if (level === 0) return `  root     ${own}`;
    const digit = digitAt(treeKey, level - 1, bitsPerLevel);
    const beside = siblings[level - 1]!.map(
      (sibling, i) => `${i < digit ? i : i + 1}: ${sibling === 0n ? 'empty' : shortHex(frToHex(sibling))}`,
    );
    return `  ${`level ${level}`.padEnd(8)} ${`child ${digit}: ${own}`}\n             beside ${beside.join(', ')}`;
  }).join('\n');
}

const partJson = ({ first, accesses, circuit, use, publics, provenance }: InspectedPart): object => ({
  first,
  accesses,
  circuit,
  use,
  publics: Object.fromEntries(PUBLIC_SIGNALS.map((name) => [name, frToHex(publics[name])])),
  provenance: provenanceJson(provenance),
});

const provenanceJson = (provenance: Provenance | null): object | null =>
  provenance && {
    circuit: provenance.circuit,
    setup: provenance.setup,
    verificationKey: provenance.verificationKeyHash,
    insecure: provenance.keys?.insecure ?? null,
    warning: provenance.keys?.warning ?? null,
    ceremony: provenance.keys?.ceremony ?? null,
  };

function keyJson(key: InspectedKey, index: number, withPath: boolean): object {
  const { treeKey, before, after, effect, accesses, path } = key;
  return {
    number: index,
    ...formatEntry(key),
    treeKey: frToHex(treeKey),
    before: before === null ? null : uint256ToHex(before),
    after: uint256ToHex(after),
    effect,
    accesses,
    ...(withPath && {
      path: path && {
        before: path.before.map(frToHex),
        after: path.after.map(frToHex),
        siblings: path.siblings.map((level) => level.map(frToHex)),
        otherKey: path.otherKey && frToHex(path.otherKey),
      },
    }),
  };
}

/** Where a circuit's constraints are. */
export function describeCircuitCost(name: CircuitName, { digest, cost }: CircuitCost): Outcome {
  const total = totalOf(cost);
  const size: CircuitSize = CATALOGUE[name];
  const rows = (one: TemplateCost, depth: number): string[][] => {
    const sum = totalOf(one);
    const label = `${'  '.repeat(depth)}${one.template}${one.levels === undefined ? '' : `, ${one.levels} levels`}`;
    const cells = [one.components, one.own, sum].map((number) => number.toLocaleString('en'));
    return [
      [label, ...cells, `${((100 * sum) / total).toFixed(1)} %`.padStart(7)],
      ...one.inside.flatMap((inside) => rows(inside, depth + 1)),
    ];
  };
  return {
    text: `Circuit ${name}: ${total.toLocaleString('en')} constraints, for ${count(size.accesses, 'access', 'accesses')}; digest ${digest}\n\n${columns(['template', 'components', 'own', 'total', '  share'], rows(cost, 0))}`,
    json: { circuit: name, digest, constraints: total, cost },
  };
}
