import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CHAIN_VERIFIER_ABI, PAYMENTS_ABI, RULES_VERIFIER_ABI, SETTLEMENT_ABI } from '../../src/settlement/abi.js';

const RUN = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));
const BUILD = fileURLToPath(new URL('../../scripts/build-contracts.ts', import.meta.url));

it('what is deployed and called is what the sources compile to, without a warning', async () => {
  await expect(promisify(execFile)(process.execPath, [RUN, BUILD, '--check'])).resolves.toMatchObject({ stderr: '' });
});

describe('an error of the contracts is provoked by a test beside or below this one:', () => {
  const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && name !== path.basename(import.meta.filename))
    .map((name) => readFileSync(path.join(import.meta.dirname, name), 'utf8'));
  /** Of OpenZeppelin's: the time no longer fits into 48 bits, in the year 8,921,556. */
  const outOfReach = ['SafeCastOverflowedUintDowncast'];
  const errors = [...SETTLEMENT_ABI, ...CHAIN_VERIFIER_ABI, ...PAYMENTS_ABI, ...RULES_VERIFIER_ABI].flatMap((item) =>
    item.type === 'error' && !outOfReach.includes(item.name) ? [item.name] : [],
  );
  it.each([...new Set(errors)])('%s', (name) => {
    expect(
      tests.some((text) =>
        new RegExp(`to(Be|Match|Throw)\\(.{0,30}\\b${name}\\b|['\`/^]${name}\\(|\\^${name}\\b`).test(text),
      ),
    ).toBe(true);
  });
});
