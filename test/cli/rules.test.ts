/** Rules that the package does not have, on the command line: the registry of names, proven from what it exports. */
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRulesBatch, keyHashOf, parseRulesBatch, publicKeyOf, signingDomain } from 'rootshift/rules';
import type { RulesBatch } from 'rootshift/rules';
import { nameOf, NAMES, sign } from '../../examples/names/names.js';
import { expectRefusal, freshFolder, historyOf, put, ROOT, rootshift } from './cli.js';
import type { Run } from './cli.js';

const deployment = { chainId: 31337n, contract: 0xc0ffeen, version: NAMES.version };
const domain = signingDomain(deployment);
const ALICE = new Uint8Array(32).fill(1);
const BOB = new Uint8Array(32).fill(2);
const target = (secret: Uint8Array): bigint => keyHashOf(publicKeyOf(secret));
const name = nameOf('rootshift');
const MODULE = ['--rules', 'names.js'];

const INSTRUCTIONS = [
  sign({ kind: 'register', target: target(ALICE), name }, 0n, domain, ALICE),
  sign({ kind: 'transfer', target: target(BOB), name }, 1n, domain, ALICE),
  sign({ kind: 'release', target: 0n, name }, 2n, domain, BOB),
].map((signed) => NAMES.encode(signed));
const BATCH: RulesBatch = {
  rules: 'names',
  deployment,
  context: { batchNumber: 1n, timestamp: 1_800_000_000n, feeRecipient: 1n },
  instructions: INSTRUCTIONS,
};

let folder: string;
let file: string;
let proven: Run;
const run = (args: readonly string[]): Promise<Run> => rootshift(folder, args);
const verify = (args: readonly string[]): Promise<Run> => run(['verify', ...args]);

beforeAll(async () => {
  folder = await freshFolder();
  // As a user has it: compiled, beside its circom file, with the package installed.
  await mkdir(path.join(folder, 'node_modules'));
  await symlink(ROOT, path.join(folder, 'node_modules/rootshift'));
  const names = path.join(ROOT, 'examples/names');
  await cp(path.join(names, 'names.circom'), path.join(folder, 'names.circom'));
  await build({ entryPoints: [path.join(names, 'names.ts')], format: 'esm', outfile: path.join(folder, 'names.js') });
  await put(folder, 'batch.json', formatRulesBatch(BATCH));
  file = path.join(folder, 'proof.json');
  const circuits = ['--circuit', 's14', '--rules-circuit', 'names3'];
  proven = await run(['prove', 'batch.json', '--out', 'proof.json', '--json', ...circuits, ...MODULE]);
});

describe('prove', () => {
  it("proves a file of instructions by the user's own rules, and moves the state", async () => {
    expect(proven.code, proven.stderr).toBe(0);
    expect(proven.stderr).toMatch(/^warning: Development key: /m);
    const told = JSON.parse(proven.stdout) as { readonly newRoot: string; readonly next: string };
    expect(told).toMatchObject({
      valid: true,
      rules: 'names',
      summary: '1 register, 1 transfer, 1 release',
      records: 3,
      number: 1,
      circuits: { rules: { names3: 1 }, storage: { s14: 1 } },
      files: { proof: 'proof.json' },
    });
    expect(told.next).toMatch(/^npx rootshift verify proof\.json .*--rules names\.js$/);
    const state = await run(['state', '--json']);
    expect((JSON.parse(state.stdout) as { root: string }).root).toBe(told.newRoot);
  });

  it('of one line is what a library makes of it', async () => {
    expect(parseRulesBatch(await readFile(path.join(folder, 'batch.json'), 'utf8'))).toEqual(BATCH);
  });

  const others = (changes: object): string =>
    JSON.stringify({ ...(JSON.parse(formatRulesBatch(BATCH)) as object), ...changes });
  it.each<[string, string, readonly string[], RegExp]>([
    [
      'without the rules',
      others({}),
      [],
      /batch\.json: rules: expected rules that are known here \(payments\), got names/,
    ],
    [
      'with a short instruction',
      others({ instructions: ['0x12'] }),
      MODULE,
      /batch\.json: instructions\[0\]: expected 224 bytes, got 1/,
    ],
    [
      'with one that is not permitted, by the class of another copy of the package',
      others({}),
      MODULE,
      /batch\.json: instructions\[0\]: expected nonce 3, got 0/,
    ],
    [
      'by a circuit of other rules',
      others({}),
      [...MODULE, '--rules-circuit', 'pay3'],
      /--rules-circuit: expected a circuit of names \(names3, names12\), got pay3/,
    ],
  ])('refuses a batch %s, and changes nothing', async (_, text, options, says) => {
    await put(folder, 'batch.json', text);
    const before = await historyOf(path.join(folder, '.rootshift/db'));
    expectRefusal(await run(['prove', 'batch.json', '--circuit', 's14', ...options]), says);
    expect(await historyOf(path.join(folder, '.rootshift/db'))).toEqual(before);
    await put(folder, 'batch.json', formatRulesBatch(BATCH));
  });
});

describe('inspect', () => {
  it('shows a proof: what the records say, who proves it, and what the state was', async () => {
    const { code, stdout, stderr } = await run(['inspect', 'proof.json', ...MODULE]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^Proof proof\.json: Valid: these accesses are exactly what the instructions do, /);
    expect(stdout).toContain('Instructions of names: 1 register, 1 transfer, 1 release');
    expect(stdout).toMatch(/contract +0x0{34}c0ffee on chain 31337/);
    expect(stdout).toMatch(/^0 +kind register, target 0x\w+\.\.\.\w+, name 0x\w+ +1 to 2$/m);
    expect(stdout).toMatch(/^2 +kind release, target 0, name 0x\w+ +5 to 6$/m);
    expect(stdout).toMatch(/^Rules proof: records 0 to 2, circuit names3\n +records +3 of 3 \(100 %\)$/m);
    expect(stdout).toMatch(/^ +txHash +0x[0-9a-f]{64}$/m);
  });

  it('shows a file of instructions as they would be executed, and changes nothing', async () => {
    const { context: _, ...contextless } = JSON.parse(formatRulesBatch(BATCH)) as Record<string, unknown>;
    await put(folder, 'later.json', contextless);
    const { code, stdout } = await run(['inspect', 'later.json', '--json', '--db', 'other', ...MODULE]);
    expect(code).toBe(0);
    const shown = JSON.parse(stdout) as { readonly unknown: readonly string[] };
    expect(shown).toMatchObject({
      kind: 'batch',
      newRoot: (JSON.parse(proven.stdout) as { newRoot: string }).newRoot,
      rules: {
        name: 'names',
        accessesPerRecord: 2,
        records: [{ kind: 'register' }, { kind: 'transfer' }, { kind: 'release', target: '0x0' }],
        parts: [{ first: 0, records: 3, circuit: 'names3', room: 3, publics: null, provenance: null }],
      },
    });
    expect(shown.unknown.join()).toContain('The file has no context');
    expect(await historyOf(path.join(folder, 'other'))).toBe(null);
  });

  it('writes a page', async () => {
    const { code, stdout } = await run(['inspect', 'proof.json', '--html', 'page.html', ...MODULE]);
    expect(stdout).toMatch(/^Page: page\.html, /m);
    expect(code).toBe(0);
    const page = await readFile(path.join(folder, 'page.html'), 'utf8');
    const [, data] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)!;
    expect(JSON.parse(data!)).toMatchObject({
      rules: { fields: ['kind', 'target', 'name'], summary: '1 register, 1 transfer, 1 release' },
    });
  });
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
  const { code, stdout } = await run(['circuits', '--json', ...MODULE]);
  const { rules } = JSON.parse(stdout) as { rules: readonly { name: string; constraints: number | null }[] };
  expect(rules.map(({ name: one }) => one)).toEqual(['pay3', 'pay9', 'pay45', 'pay183', 'names3', 'names12']);
  expect(rules.slice(3, 5).map(({ constraints }) => constraints)).toEqual([1_048_353, 14_978]);
  expect(code).toBe(0);
});

it('a ceremony is not begun for a circuit that nobody knows', async () => {
  const { code, stderr } = await rootshift(folder, ['setup', 'begin', 'ceremony', '--circuit', 'names3']);
  expect(stderr).toMatch(/expected a circuit \(s14, [^;]*; those of your own rules with --rules\), got names3/);
  expect(code).toBe(2);
});
