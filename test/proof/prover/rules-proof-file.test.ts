import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FIELD_ORDER, toFr } from '../../../src/base/field/fr.js';
import { CIRCUIT_NAMES } from '../../../src/machine/circuit/catalogue.js';
import { RULES_CIRCUIT_NAMES, RULES_SIGNALS } from '../../../src/machine/circuit/rules-catalogue.js';
import { formatRulesProof, parseRulesProof, RulesProofFileError } from '../../../src/proof/prover/rules-proof-file.js';
import type { RulesChunkProof, RulesProof } from '../../../src/proof/prover/rules-proof-file.js';
import type { RulesPublics } from '../../../src/rules/common/publics.js';
import { PUBLIC_SIGNALS } from '../../../src/machine/trace/trace.js';
import type { PublicSignals } from '../../../src/machine/trace/trace.js';
import { changed, places } from './json.js';

const SCHEMA = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../../schemas/rules-proof.schema.json', import.meta.url), 'utf8')),
);
const LAST = toFr(FIELD_ORDER - 1n);
const labels = { setup: 'development', verificationKey: 'cd'.repeat(32) } as const;
const proof = {
  pi_a: ['0', '1', '1'],
  pi_b: [
    ['1', '2'],
    ['3', '4'],
    ['1', '0'],
  ],
  pi_c: ['5', '6', '1'],
  protocol: 'groth16',
  curve: 'bn128',
} as const;
const rulesChunk: RulesChunkProof = {
  ...labels,
  circuit: { name: 'pay3', digest: 'ab'.repeat(32) },
  publicSignals: Object.fromEntries(RULES_SIGNALS.map((name, i) => [name, toFr(BigInt(i))])) as RulesPublics,
  proof,
  records: [
    [toFr(1n), LAST],
    [toFr(2n), toFr(3n)],
  ],
};
const PROOF: RulesProof = {
  rules: 'payments',
  deployment: { chainId: 31337n, contract: 2n ** 160n - 1n, version: 1 },
  context: { batchNumber: 2n ** 64n - 1n, timestamp: 2n ** 40n - 1n, feeRecipient: 5n },
  rulesChunks: [rulesChunk, { ...rulesChunk, records: [[LAST]] }],
  storageChunks: [
    {
      ...labels,
      circuit: { name: 's14', digest: 'ef'.repeat(32) },
      publicSignals: Object.fromEntries(PUBLIC_SIGNALS.map((name) => [name, LAST])) as PublicSignals,
      proof,
      log: [{ op: 'read', address: 1n, kind: 'balance', slot: 0n, value: 7n }],
    },
  ],
};
const DOCUMENT = JSON.parse(formatRulesProof(PROOF));

const refuse = (document: unknown): void => {
  expect(() => parseRulesProof(JSON.stringify(document)), JSON.stringify(document)).toThrow(RulesProofFileError);
  expect(SCHEMA.safeParse(document).success, JSON.stringify(document)).toBe(false);
};
const withName = (chain: string, name: string): unknown =>
  changed(DOCUMENT, [chain, 0, 'circuit', 'name'], (parent, step) => (parent[step] = name));

describe('a rules proof file', () => {
  it('gives back the proof, and agrees with its schema', () => {
    expect(parseRulesProof(formatRulesProof(PROOF))).toEqual(PROOF);
    expect(SCHEMA.safeParse(DOCUMENT).error).toBeUndefined();
  });

  it('names circuits of rules in the one chain, of storage in the other', () => {
    for (const name of [...RULES_CIRCUIT_NAMES, 'names12']) {
      expect(parseRulesProof(JSON.stringify(withName('rulesChunks', name))).rulesChunks[0]!.circuit.name).toBe(name);
      expect(SCHEMA.safeParse(withName('rulesChunks', name)).success).toBe(true);
    }
    for (const name of [...CIRCUIT_NAMES, 'Names', '../x', '']) refuse(withName('rulesChunks', name));
    for (const name of RULES_CIRCUIT_NAMES) refuse(withName('storageChunks', name));
  });

  it('has every field, and each of its form', () => {
    const all = [...places(DOCUMENT)].filter((place) => !place.includes('proof') && place.length > 0);
    expect(all.length).toBeGreaterThan(50);
    for (const place of all) {
      // null stands nowhere in a proof file.
      refuse(changed(DOCUMENT, place, (parent, step) => (parent[step] = null)));
    }
  });

  it('has numbers in range', () => {
    const refused = (place: readonly (string | number)[], value: unknown): void => {
      const document = changed(DOCUMENT, place, (parent, step) => (parent[step] = value));
      expect(() => parseRulesProof(JSON.stringify(document))).toThrow(RulesProofFileError);
    };
    refused(['context', 'batchNumber'], `${2n ** 64n}`);
    refused(['context', 'timestamp'], `${2n ** 40n}`);
    refused(['deployment', 'version'], 2 ** 32);
    refused(['rulesChunks', 0, 'records', 0, 0], `0x${FIELD_ORDER.toString(16)}`);
    refused(['rulesChunks', 0, 'publicSignals', 'x'], `0x${FIELD_ORDER.toString(16)}`);
  });

  it('is refused at its own making, if it has no chunks', () => {
    expect(() => formatRulesProof({ ...PROOF, rulesChunks: [] })).toThrow('rulesChunks: expected at least one chunk');
    expect(() => formatRulesProof({ ...PROOF, storageChunks: [] })).toThrow('storageChunks: expected at least one');
  });
});
