/**
 * Ethereum's own tests of its rules: GeneralStateTests of github.com/ethereum/tests. They are not kept here. Clone that
 * repository, and name it in ROOTSHIFT_STATE_TESTS. Those for Cancun are run: the repository has none for Prague.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runStateTest } from './state-test.js';
import type { StateTest } from './state-test.js';

const ROOT = process.env['ROOTSHIFT_STATE_TESTS'];
/** All cases of each test, or the first alone. */
const ALL = process.env['ROOTSHIFT_LONG'] !== undefined;
/** Minutes each, for what speed of clients, not their rules. */
const SLOW = /stTimeConsuming|stQuadraticComplexity|stAttackTest|vmPerformance/;

/** Tests that begin with storage of an account without code and nonce, at an address where a contract is then made. */
const STRAY = [
  'stCreate2/RevertInCreateInInitCreate2Paris.json',
  'stCreate2/create2collisionStorageParis.json',
  'stExtCodeHash/dynamicAccountOverwriteEmpty_Paris.json',
  'stRevertTest/RevertInCreateInInit_Paris.json',
  'stSStoreTest/InitCollisionParis.json',
];

it.skipIf(ROOT === undefined)('states, logs and refusals are those of the state tests', async () => {
  const folder = path.join(ROOT!, 'GeneralStateTests');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.json') && !SLOW.test(name),
  );
  const failed: string[] = [];
  const stray = new Set<string>();
  let passed = 0;
  for (const file of files.toSorted()) {
    const tests = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Readonly<Record<string, StateTest>>;
    for (const [name, test] of Object.entries(tests)) {
      const cases = test.post['Cancun'] ?? [];
      for (const [index, one] of cases.slice(0, ALL ? cases.length : 1).entries()) {
        const outcome = await runStateTest(test, one);
        if (outcome.kind === 'passed') passed++;
        if (outcome.kind === 'failed') failed.push(`${file}: ${name}, case ${index}: ${outcome.why}`);
        if (outcome.kind === 'unsupported' && outcome.why === 'EIP-7610') stray.add(file);
      }
    }
  }
  expect(failed).toEqual([]);
  expect([...stray].toSorted()).toEqual(STRAY);
  expect(passed).toBeGreaterThan(2_900);
});
