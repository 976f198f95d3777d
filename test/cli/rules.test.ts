/** Rules that the package does not have, on the command line: the registry of names, proven from what it exports. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ArtifactStore, openDatabase, proveRules } from 'rootshift';
import { formatRulesProof, keyHashOf, publicKeyOf, signingDomain } from 'rootshift/rules';
import { nameOf, NAMES, sign } from '../../examples/names/names.js';
import { ARTIFACTS, freshFolder, ROOT, rootshift } from './cli.js';
import type { Run } from './cli.js';

const deployment = { chainId: 31337n, contract: 0xc0ffeen, version: NAMES.version };
const domain = signingDomain(deployment);
const ALICE = new Uint8Array(32).fill(1);
const BOB = new Uint8Array(32).fill(2);
const target = (secret: Uint8Array): bigint => keyHashOf(publicKeyOf(secret));
const name = nameOf('rootshift');
const MODULE = ['--rules', path.join(ROOT, 'examples/names/names.ts')];
/** The module is TypeScript; a user's is compiled, or their Node strips types. */
const TYPES = { NODE_OPTIONS: '--import tsx' };

let folder: string;
let file: string;
const verify = (args: readonly string[]): Promise<Run> => rootshift(ROOT, ['verify', ...args], TYPES);

beforeAll(async () => {
  folder = await freshFolder();
  file = path.join(folder, 'proof.json');
  const { proof } = await proveRules({
    openDb: (options) => openDatabase(path.join(folder, 'db'), options),
    rules: NAMES,
    instructions: [
      sign({ kind: 'register', target: target(ALICE), name }, 0n, domain, ALICE),
      sign({ kind: 'transfer', target: target(BOB), name }, 1n, domain, ALICE),
      sign({ kind: 'release', target: 0n, name }, 2n, domain, BOB),
    ],
    deployment,
    context: { batchNumber: 1n, timestamp: 1_800_000_000n, feeRecipient: 1n },
    rulesCircuit: 'names3',
    circuit: 's14',
    store: new ArtifactStore(ARTIFACTS),
  });
  await writeFile(file, formatRulesProof(proof));
});

describe('verify', () => {
  it("says what was proven, by the user's own rules, and of what circuit", async () => {
    const { code, stdout, stderr } = await verify([file, ...MODULE]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^Valid: batch 1 of contract 0x0{34}c0ffee on chain 31337: 1 register, 1 transfer, 1 release\. /,
    );
    expect(stdout).toContain('proven with circuit names3 and development keys');
    expect(stdout).toMatch(/accept it only if you trust the circuit with digest [0-9a-f]{64}/);
    expect(stdout).toContain('checked: the rules chain and the storage chain end with the same logHash');
    expect(code).toBe(0);
  });

  it('prints the same as JSON', async () => {
    const { code, stdout } = await verify([file, '--json', ...MODULE]);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: true,
      rules: 'names',
      records: 3,
      summary: '1 register, 1 transfer, 1 release',
      deployment: { chainId: '31337', contract: '12648430', version: '1' },
      context: { batchNumber: '1' },
    });
    expect(code).toBe(0);
  });

  it('refuses a proof whose records were changed, or that starts elsewhere', async () => {
    const other = path.join(folder, 'other.json');
    const text = await readFile(file, 'utf8');
    const { rulesChunks } = JSON.parse(text) as { rulesChunks: [{ records: [[string, string]] }] };
    const [head] = rulesChunks[0].records[0];
    await writeFile(
      other,
      text.replace(
        head,
        head.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
      ),
    );
    const changed = await verify([other, ...MODULE]);
    expect(changed.stdout).toMatch(/^Not valid: rulesChunks\[0\]: expected txHash = 0x/);
    expect(changed.code).toBe(1);
    const elsewhere = await verify([file, '--old-root', '0x1', ...MODULE]);
    expect(elsewhere.stdout).toMatch(/^Not valid: the proof starts from root 0x0{64}, expected 0x0{63}1\.$/m);
    expect(elsewhere.code).toBe(1);
  });

  it.each<[string, () => string[], RegExp]>([
    ['without the rules', () => [file], /expected rules that are known here \(payments\), got names; name the module/],
    [
      'with a module that has none',
      () => [file, '--rules', path.join(ROOT, 'bin/../scripts/code-files.mjs')],
      /exports none/,
    ],
    ['with a module that is not there', () => [file, '--rules', 'nowhere.js'], /--rules: nowhere\.js: /],
    [
      'with an option of accesses',
      () => [file, '--batch', 'x.json', ...MODULE],
      /expected a proof of accesses with --batch/,
    ],
  ])('cannot be done %s', async (_, args, says) => {
    const { code, stdout, stderr } = await verify(args());
    expect(stderr).toMatch(says);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

it('circuits lists those of payments, and those of rules of your own', async () => {
  const { code, stdout } = await rootshift(ROOT, ['circuits', '--json', ...MODULE], TYPES);
  const { rules } = JSON.parse(stdout) as { rules: readonly { name: string; constraints: number | null }[] };
  expect(rules.map(({ name: one }) => one)).toEqual(['pay3', 'pay9', 'pay45', 'names3', 'names12']);
  expect(rules.slice(2, 4).map(({ constraints }) => constraints)).toEqual([258_211, 14_978]);
  expect(code).toBe(0);
});

it('a ceremony is not begun for a circuit that nobody knows', async () => {
  const { code, stderr } = await rootshift(folder, ['setup', 'begin', 'ceremony', '--circuit', 'names3']);
  expect(stderr).toMatch(/expected a circuit \(s14, .*pay45; those of your own rules with --rules\), got names3/);
  expect(code).toBe(2);
});
