import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { CIRCUIT_NAMES } from '../../../src/machine/circuit/catalogue.js';
import { findPtau } from '../../../src/proof/setup/ptau-folder.js';
import { listedPtau } from '../../../src/proof/setup/ptau-list.js';
import {
  formatTranscript,
  missingFrom,
  parseTranscript,
  transcriptHash,
  TranscriptFileError,
} from '../../../src/proof/setup/transcript.js';
import type { Transcript } from '../../../src/proof/setup/transcript.js';
import { changed, places } from '../prover/json.js';

const SCHEMA = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../../schemas/transcript.schema.json', import.meta.url), 'utf8')),
);
const POWER_8 =
  'd6a8fb3a04feb600096c3b791f936a578c4e664d262e4aa24beed1b7a9a96aa5eb72864d628db247e9293384b74b36ffb52ca8d148d6e1b8b51e279fdf57b583';

const TRANSCRIPT: Transcript = {
  circuit: { name: 's14', digest: '1a'.repeat(32) },
  powersOfTau: { blake2b: POWER_8, listed: 'powersOfTau28_hez_final_08.ptau' },
  initialKey: { circuitHash: '2b'.repeat(64), sha256: '3c'.repeat(32) },
  contributions: [
    { name: 'Ada "Ä" Lovelace', hash: '4d'.repeat(64), beacon: null },
    { name: '', hash: '5e'.repeat(64), beacon: { value: '00ff', iterationsExponent: 30 } },
  ],
  key: { sha256: '6f'.repeat(32), verificationKey: '70'.repeat(32) },
};
const DOCUMENT = JSON.parse(formatTranscript(TRANSCRIPT));

function isRefused(document: unknown, says: string | RegExp = /./, bySchema = true): void {
  const read = (): Transcript => parseTranscript(JSON.stringify(document));
  expect(read, JSON.stringify(document)).toThrow(TranscriptFileError);
  expect(read).toThrow(says);
  expect(SCHEMA.safeParse(document).success).toBe(!bySchema);
}

describe('transcript file', () => {
  it('gives back the transcript, and agrees with its schema', () => {
    expect(parseTranscript(formatTranscript(TRANSCRIPT))).toEqual(TRANSCRIPT);
    expect(SCHEMA.safeParse(DOCUMENT).error).toBeUndefined();
    for (const name of CIRCUIT_NAMES) {
      const document = changed(DOCUMENT, ['circuit', 'name'], (parent, step) => (parent[step] = name));
      expect(parseTranscript(JSON.stringify(document)).circuit.name).toBe(name);
      expect(SCHEMA.safeParse(document).success).toBe(true);
    }
  });

  it('is refused, by its schema too, without any one of its parts, with one more, or with one of another type', () => {
    for (const way of places(DOCUMENT)) {
      const isContribution = way.at(-2) === 'contributions';
      if (!isContribution) isRefused(changed(DOCUMENT, way, (parent, step) => delete parent[step]));
      if (!isContribution) isRefused(changed(DOCUMENT, way, (parent) => (parent.more = 1)));
      for (const wrong of [true, 1.5, -1, {}, [[]]])
        isRefused(changed(DOCUMENT, way, (parent, step) => (parent[step] = wrong)));
    }
  });

  it.each<[string, (document: any) => void, string]>([
    ['another version', (d) => (d.version = 2), 'version: expected 1'],
    ['a hash too short', (d) => (d.key.sha256 = 'ab'), 'key.sha256: expected a hash of 64'],
    [
      'a hash in capitals',
      (d) => (d.contributions[0].hash = '4D'.repeat(64)),
      'contributions[0].hash: expected a hash of 128',
    ],
    [
      'half a byte of a beacon',
      (d) => (d.contributions[1].beacon.value = 'abc'),
      'contributions[1].beacon.value: expected 1 to 255 bytes',
    ],
    [
      'too few iterations',
      (d) => (d.contributions[1].beacon.iterationsExponent = 9),
      'beacon.iterationsExponent: expected an integer from 10 to 30',
    ],
    [
      'iterations that take years',
      (d) => (d.contributions[1].beacon.iterationsExponent = 31),
      'beacon.iterationsExponent: expected an integer from 10 to 30',
    ],
  ])('is refused, by its schema too, with %s', (_what, change, says) => {
    const document = structuredClone(DOCUMENT);
    change(document);
    isRefused(document, says);
  });

  it.each<[string, (document: any) => void, string]>([
    [
      'powers of tau by another name than the list has',
      (d) => (d.powersOfTau.listed = 'mine.ptau'),
      'powersOfTau.listed: expected "powersOfTau28_hez_final_08.ptau"',
    ],
    [
      'listed powers of tau that it calls unlisted',
      (d) => (d.powersOfTau.listed = null),
      'powersOfTau.listed: expected "powersOfTau28',
    ],
    [
      'unlisted powers of tau that it calls listed',
      (d) => (d.powersOfTau.blake2b = POWER_8.replace('d', 'e')),
      'powersOfTau.listed: expected null',
    ],
    [
      'a beacon before the last contribution',
      (d) => d.contributions.reverse(),
      'contributions: expected a beacon only as the last contribution, got one as number 1',
    ],
  ])('is refused with %s', (_what, change, says) => {
    const document = structuredClone(DOCUMENT);
    change(document);
    isRefused(document, says, false);
  });

  it('has another hash when anything in it differs', () => {
    const renamed = {
      ...TRANSCRIPT,
      contributions: [{ ...TRANSCRIPT.contributions[0]!, name: 'Bob' }, TRANSCRIPT.contributions[1]!],
    };
    expect(transcriptHash(renamed)).not.toBe(transcriptHash(TRANSCRIPT));
    expect(transcriptHash(parseTranscript(formatTranscript(TRANSCRIPT)))).toBe(transcriptHash(TRANSCRIPT));
  });

  it('is of a finished ceremony with a contribution and a beacon, and says what is missing', () => {
    const [person, beacon] = TRANSCRIPT.contributions as [
      Transcript['contributions'][0],
      Transcript['contributions'][0],
    ];
    expect(missingFrom(TRANSCRIPT)).toEqual([]);
    expect(missingFrom({ ...TRANSCRIPT, contributions: [person] })).toEqual(['a beacon']);
    expect(missingFrom({ ...TRANSCRIPT, contributions: [beacon] })).toEqual(['a contribution']);
    expect(missingFrom({ ...TRANSCRIPT, contributions: [] })).toEqual(['a contribution', 'a beacon']);
  });
});

it('the list of powers of tau is the one in the README of snarkjs', () => {
  const readme = readFileSync(new URL('../../../node_modules/snarkjs/README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\|[^|]+\|[^|]+\| \[(\w+\.ptau)\][^|]+\| ([0-9a-f]{128}) \|$/gm)].map(
    ([, name, hash]) => [name!, hash!] as const,
  );
  expect(rows).toHaveLength(21);
  for (const [name, hash] of rows) expect(listedPtau(hash)).toBe(name);
  expect(listedPtau(rows[0]![1].replace(/^./, '0'))).toBeNull();
});

it('the directory ptau gives the smallest published file that is large enough, among other files', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'rootshift-ptau-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const put = (name: string): Promise<void> => writeFile(path.join(directory, 'ptau', name), '');
  const wanted = 'download powersOfTau28_hez_final_18.ptau (302 MB) into it, or name a file with --ptau';
  await expect(findPtau(directory, 18)).rejects.toThrow(wanted);
  await mkdir(path.join(directory, 'ptau'));
  await put('powersOfTau28_hez_final_17.ptau');
  await put('mine_18.ptau');
  await expect(findPtau(directory, 18)).rejects.toThrow(wanted);
  await put('powersOfTau28_hez_final.ptau'); // 2^28
  expect(await findPtau(directory, 18)).toBe(path.join(directory, 'ptau', 'powersOfTau28_hez_final.ptau'));
  await put('powersOfTau28_hez_final_19.ptau');
  expect(await findPtau(directory, 18)).toBe(path.join(directory, 'ptau', 'powersOfTau28_hez_final_19.ptau'));
  expect(await findPtau(directory, 3)).toBe(path.join(directory, 'ptau', 'powersOfTau28_hez_final_17.ptau'));
});

describe('any transcript', () => {
  const hash = (digits: number): fc.Arbitrary<string> => hexadecimal(digits, digits);
  const hexadecimal = (least: number, most: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: least, maxLength: most });
  const anyName = fc.string({ unit: 'binary', maxLength: 20 });
  const anyBeacon = fc.record({
    value: fc.integer({ min: 1, max: 255 }).chain((bytes) => hash(2 * bytes)),
    iterationsExponent: fc.integer({ min: 10, max: 30 }),
  });
  const contribution = <T>(beacon: fc.Arbitrary<T>) => fc.record({ name: anyName, hash: hash(128), beacon });
  const anyContributions = fc
    .tuple(
      fc.array(contribution(fc.constant(null)), { maxLength: 4 }),
      fc.array(contribution(anyBeacon), { maxLength: 1 }),
    )
    .map((parts) => parts.flat());
  const anyTranscript: fc.Arbitrary<Transcript> = fc.record({
    circuit: fc.record({ name: fc.constantFrom(...CIRCUIT_NAMES), digest: hash(64) }),
    powersOfTau: fc.oneof(fc.constant(POWER_8), hash(128)).map((blake2b) => ({ blake2b, listed: listedPtau(blake2b) })),
    initialKey: fc.record({ circuitHash: hash(128), sha256: hash(64) }),
    contributions: anyContributions,
    key: fc.record({ sha256: hash(64), verificationKey: hash(64) }),
  });

  /** What is read, or the sentence that refuses it: nothing else is thrown. */
  function readOrRefusal(text: string): Transcript | string {
    try {
      return parseTranscript(text);
    } catch (error) {
      expect(error).toBeInstanceOf(TranscriptFileError);
      return (error as Error).message;
    }
  }

  it('that is written is read again, and agrees with the schema', () => {
    fc.assert(
      fc.property(anyTranscript, (transcript) => {
        const text = formatTranscript(transcript);
        expect(parseTranscript(text)).toEqual(transcript);
        expect(SCHEMA.safeParse(JSON.parse(text)).success).toBe(true);
      }),
    );
  });

  it('with any other value in any place is refused in a sentence, unless it is another transcript', () => {
    const outcomes = { refused: 0, read: 0 };
    fc.assert(
      fc.property(anyTranscript, fc.nat(), fc.oneof(fc.jsonValue(), hash(64), hash(128)), (transcript, at, value) => {
        const document = JSON.parse(formatTranscript(transcript));
        const ways = [...places(document)];
        const other = changed(document, ways[at % ways.length]!, (parent, step) => (parent[step] = value));
        const read = readOrRefusal(JSON.stringify(other));
        if (typeof read === 'string') {
          expect(read).toMatch(/: expected .+, got /);
          outcomes.refused++;
        } else {
          expect(SCHEMA.safeParse(other).success).toBe(true);
          expect(JSON.parse(formatTranscript(read))).toEqual(other);
          outcomes.read++;
        }
      }),
      { numRuns: 500 },
    );
    expect(outcomes.refused).toBeGreaterThan(outcomes.read);
  });

  it('with any other character in its text is refused in a sentence, or says what it then says', () => {
    fc.assert(
      fc.property(
        anyTranscript,
        fc.nat(),
        fc.nat(3),
        fc.string({ unit: 'binary', maxLength: 3 }),
        (transcript, at, dropped, put) => {
          const text = formatTranscript(transcript);
          const from = at % text.length;
          const read = readOrRefusal(text.slice(0, from) + put + text.slice(from + dropped));
          if (typeof read === 'string') expect(read).toMatch(/expected|JSON/);
          else expect(parseTranscript(formatTranscript(read))).toEqual(read);
        },
      ),
      { numRuns: 500 },
    );
  });
});
