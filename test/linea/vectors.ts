import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { MIMC_BLS12_377, MIMC_BN254 } from '../../src/linea/suite/mimc.js';
import { POSEIDON2_KOALABEAR } from '../../src/linea/suite/poseidon2.js';
import type { TrieKind } from '../../src/linea/suite/kind.js';
import type { Hex, Suite } from '../../src/linea/suite/suite.js';

export type PublishedSuite = Suite & { bytes(input: Uint8Array): bigint };

export const SUITES: Readonly<Record<string, PublishedSuite>> = Object.fromEntries(
  [MIMC_BLS12_377, MIMC_BN254, POSEIDON2_KOALABEAR].map((suite) => [suite.name, suite]),
);

/** The cases of a file of test/fixtures/linea. */
export function casesOf<Case>(name: string): (Case & { readonly suite: string; readonly name: string })[] {
  const file = readFileSync(new URL(`../fixtures/linea/${name}.json.gz`, import.meta.url));
  return JSON.parse(gunzipSync(file).toString('utf8')).cases;
}

export const bytesOf = (hex: string): Uint8Array => Buffer.from(hex.slice(2), 'hex');
export const hex = (x: bigint): Hex => `0x${x.toString(16).padStart(64, '0')}`;

/** Keys and values are hashed as they are. */
export const RAW: TrieKind = {
  keyBytes: 32,
  valueBytes: 32,
  hashKeys: async (suite, keys) => keys.map((key) => (suite as PublishedSuite).bytes(bytesOf(key))),
  hashValues: async (suite, values) => values.map((value) => (suite as PublishedSuite).bytes(bytesOf(value))),
};
