import { circuitPins } from '../machine/circuit/pins.js';
import { CATALOGUE } from '../machine/circuit/catalogue.js';
import type { CircuitName, CircuitSize, RowGroup } from '../machine/circuit/catalogue.js';
import { RULES_SIGNALS } from '../machine/circuit/rules-catalogue.js';
import type { RulesSignal } from '../machine/circuit/rules-catalogue.js';
import { frToBytesBE, frToHex } from '../base/field/fr.js';
import type { Fr } from '../base/field/fr.js';
import { DIMENSIONS } from '../machine/planner/utilisation.js';
import type { Dimension } from '../machine/planner/utilisation.js';
import { transcriptHash } from '../proof/setup/transcript.js';
import { PUBLIC_SIGNALS } from '../machine/trace/trace.js';
import type { PublicSignal } from '../machine/trace/trace.js';
import { describeCeremony } from '../proof/verifier/words.js';
import type { CircuitCost } from './circuit-costs.js';
import type { InspectedKey, InspectedPart, InspectedRules, Inspection, Provenance } from './inspection.js';
import type { CircuitPage, PageKey, PagePart, RunPage } from './page/data.js';

/** What a circuit has room for, in words. */
export const ROOMS: Readonly<Record<Dimension, string>> = {
  accesses: 'accesses',
  readRows: 'read rows',
  updateRows: 'update rows',
  writeRows: 'write rows',
  levels: 'levels, deepest',
};

/** What the public signals say. */
const MEANINGS: Readonly<Record<PublicSignal, string>> = {
  oldRoot: 'root of the state before',
  newRoot: 'root of the state after',
  logHashIn: 'commitment to the accesses before these; 0 for a batch’s first proof',
  logHash: 'commitment to the accesses, in order',
  x: 'the verifier’s point: a hash of the log and of the data bound to it; 0 if there is none',
  dataIn: 'the data of the writes before these; 1 for a batch’s first proof',
  dataOut: 'the writes as a polynomial at x',
};

/** Gives each item a number, once. */
class Table<T> {
  readonly items: T[] = [];
  private readonly indices = new Map<T, number>();

  indexOf(item: T): number {
    let index = this.indices.get(item);
    if (index === undefined) {
      index = this.items.push(item) - 1;
      this.indices.set(item, index);
    }
    return index;
  }
}

/** An inspection as its page takes it. */
export async function runPage(inspection: Inspection, file: string, version: string): Promise<RunPage> {
  const words = new Table<string>();
  const word = (value: bigint): number => words.indexOf(value.toString(16));
  const addresses = new Table<string>();
  const hashes = new Table<Fr>();
  hashes.indexOf(0n as Fr); // the empty node's comes first
  const paths: number[] = [];
  const keys = inspection.keys.map((key): PageKey => [
    addresses.indexOf(`0x${key.address.toString(16).padStart(40, '0')}`),
    key.kind,
    word(key.slot),
    hashes.indexOf(key.treeKey),
    key.before === null ? -1 : word(key.before),
    word(key.after),
    key.effect ?? '',
    writePath(key, hashes, paths),
  ]);
  const { kind, bitsPerLevel, oldRoot, newRoot, verdict, unknown } = inspection;
  return {
    kind,
    file,
    version,
    bitsPerLevel,
    verdict,
    unknown,
    oldRoot: frToHex(oldRoot),
    newRoot: frToHex(newRoot),
    log: inspection.log.flatMap(({ op, key, value }) => [2 * key + (op === 'write' ? 1 : 0), word(value)]),
    keys,
    words: words.items,
    addresses: addresses.items,
    hashes: Buffer.concat(hashes.items.map(frToBytesBE)).toString('base64'),
    paths: littleEndian(paths).toString('base64'),
    parts: await pageParts(inspection.parts),
    rules: inspection.rules && (await pageRules(inspection.rules)),
  };
}

/** What the public signals of rules say, beside those that storage has, too. */
const RULES_MEANINGS: Readonly<Record<RulesSignal, string>> = {
  logHashIn: MEANINGS.logHashIn,
  logHash: MEANINGS.logHash,
  txHashIn: 'commitment to the records before these; 0 for a batch’s first proof',
  txHash: 'commitment to the records, in order',
  x: MEANINGS.x,
  dataIn: 'the data of the records before these; 1 for a batch’s first proof',
  dataOut: 'the records as a polynomial at x',
  carryIn: 'what the records before these hand on; 0 for a batch’s first proof',
  carryOut: 'what these records hand on; 0 for a batch’s last proof',
  context: 'commitment to chain, contract, version, batch number, time and fee recipient',
};

async function pageRules({ name, summary, place, records, accessesPerRecord, parts }: InspectedRules) {
  const pins = await circuitPins();
  const fields = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const text = (value: string | bigint | undefined): string => {
    if (typeof value !== 'bigint') return value ?? '';
    return value < 1n << 48n ? value.toString() : `0x${value.toString(16)}`;
  };
  return {
    name,
    summary,
    place,
    fields,
    records: records.map((record) => fields.map((field) => text(record[field]))),
    accessesPerRecord,
    parts: parts.map(({ first, records: count, circuit, room, publics, provenance }) => ({
      first,
      records: count,
      circuit,
      constraints: pins[circuit]?.constraints ?? null,
      room,
      publics:
        publics === null
          ? []
          : RULES_SIGNALS.map((signal) => [signal, frToHex(publics[signal]), RULES_MEANINGS[signal]] as const),
      provenance: provenance === null ? [] : provenanceRows(provenance, pins[circuit]?.digest),
    })),
  };
}

/** Adds a key's path; returns where it begins, or -1. */
function writePath({ path }: InspectedKey, hashes: Table<Fr>, paths: number[]): number {
  if (path === null) return -1;
  const { before, after, siblings, otherKey } = path;
  const begin = paths.length;
  paths.push(before.length, after.length, siblings.length, otherKey === null ? 0 : hashes.indexOf(otherKey) + 1);
  for (const node of [...before, ...after, ...siblings.flat()]) paths.push(hashes.indexOf(node));
  return begin;
}

function littleEndian(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, i) => bytes.writeUInt32LE(word, 4 * i));
  return bytes;
}

async function pageParts(parts: readonly InspectedPart[]): Promise<PagePart[]> {
  const pins = await circuitPins();
  return parts.map(({ first, accesses, circuit, use, publics, provenance }) => ({
    first,
    accesses,
    circuit: circuit && { name: circuit, constraints: pins[circuit]?.constraints ?? null },
    use:
      use &&
      DIMENSIONS.filter((dimension) => use[dimension].room > 0).map((dimension) => ({
        what: ROOMS[dimension],
        ...use[dimension],
      })),
    publics: PUBLIC_SIGNALS.map((name) => [name, frToHex(publics[name]), MEANINGS[name]] as const),
    provenance: provenance === null ? [] : provenanceRows(provenance, pins[provenance.circuit.name]?.digest),
  }));
}

/**
 * Where a proof comes from, as labels and texts.
 * @param ownDigest of the circuit that this version has by the same name
 */
export function provenanceRows(
  { circuit, setup, verificationKeyHash, keys }: Provenance,
  ownDigest: string | undefined,
): [label: string, text: string][] {
  const ceremony = keys?.ceremony ?? null;
  return [
    [
      'circuit',
      `${circuit.name}${circuit.digest === ownDigest ? '' : ', not this version’s circuit of that name'}${keys === null ? ', as the file says' : ''}`,
    ],
    ['circuit digest', circuit.digest],
    ['setup', keys?.warning ?? `${setup} keys, as the file says; they are not in the artifacts here`],
    ['verification key', verificationKeyHash],
    ...(ceremony === null
      ? []
      : ([
          ['ceremony', describeCeremony(ceremony)],
          ...ceremony.contributions.map(({ name, beacon }, i): [string, string] => [
            `contribution ${i + 1}`,
            beacon === null ? name : 'a beacon',
          ]),
          ['transcript', transcriptHash(ceremony)],
        ] as [string, string][])),
  ];
}

/** A circuit's costs as their page takes them. */
export function circuitPage(name: CircuitName, { digest, cost }: CircuitCost, version: string): CircuitPage {
  const size: CircuitSize = CATALOGUE[name];
  const rows = (what: string, groups: readonly RowGroup[]): [string, number][] =>
    groups.map(({ rows: count, levels }) => [`${what} of ${levels} levels`, count]);
  return {
    kind: 'circuit',
    name,
    version,
    digest,
    cost,
    holds: [
      [ROOMS.accesses, size.accesses],
      ...rows(ROOMS.readRows, size.readRows),
      ...rows(ROOMS.updateRows, size.updateRows),
      ...rows(ROOMS.writeRows, size.writeRows),
      ['top levels hashed once', size.topLevels],
    ],
  };
}
