/**
 * The package as its users get it: packed, installed in an empty project without development dependencies,
 * and used from there by its command line, its types, and the README's example.
 */
import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
let project: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rootshift-package-'));
  project = path.join(folder, 'project');
  await mkdir(project);
  await put('package.json', '{ "private": true, "type": "module" }');
  // Without its scripts, which would build dist/ anew under the feet of the tests beside this one.
  await npm(ROOT, 'pack', '--ignore-scripts', '--pack-destination', folder);
  const { version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const tarball = path.join(folder, `rootshift-${version}.tgz`);
  await npm(project, 'install', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', tarball);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a directory to its end; programs in `bins` are found before others. */
function run(program: string, args: readonly string[], cwd: string, bins: readonly string[] = []): Promise<Run> {
  // npm tells the scripts that it runs what project they are of; here there is another.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|ROOTSHIFT_)/.test(name)),
  );
  const PATH = [...bins, env['PATH'] ?? ''].join(path.delimiter);
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env: { ...env, PATH } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

/** Runs a Node program. */
const node = (cwd: string, args: readonly string[]): Promise<Run> => run(process.execPath, args, cwd);

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await node(cwd, [npmProgram(), ...args]);
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with exit code ${code}:\n${stderr}${stdout}`);
  return stdout;
}

function npmProgram(): string {
  const beside = path.join(path.dirname(process.execPath), 'npm');
  const program = process.env['npm_execpath'] ?? (existsSync(beside) ? realpathSync(beside) : '');
  if (!program.endsWith('.js')) throw new Error('npm was not found: start the tests by `npm test`');
  return program;
}

const put = (name: string, text: string): Promise<void> => writeFile(path.join(project, name), text);
const rootshift = (...args: string[]): Promise<Run> =>
  node(project, [npmProgram(), 'exec', '--offline', '--', 'rootshift', ...args]);

/** What makes the compiler look closely: what is closed, stopped, or given a client of a chain. */
const USES: Readonly<Record<string, string>> = {
  rootshift: `import { openDatabase } from 'rootshift';
await using db = await openDatabase('state');
const { root }: { root: bigint } = await db.current();
export { root };
`,
  'rootshift/verify': `import { verifyProof } from 'rootshift/verify';
export const { valid } = await verifyProof({ proof: { chunks: [] }, keys: [], acceptedRoots: [1n] });
`,
  'rootshift/settlement': `import { openEndpoint, readBatches } from 'rootshift/settlement';
export const batches = await readBatches(openEndpoint('http://127.0.0.1:8545'), '0x');
// @ts-expect-error a provider answers requests
await readBatches({}, '0x');
`,
  'rootshift/rules': `import { publicKeyOf, randomKey } from 'rootshift/rules';
export const { x }: { readonly x: bigint } = publicKeyOf(randomKey());
`,
  'rootshift/evm': `import { EvmChain } from 'rootshift/evm';
export const { chainId }: { readonly chainId: bigint } = new EvmChain(31337n);
`,
  'rootshift/linea': `import { MemoryTrie, POSEIDON_BN254, proveEntries } from 'rootshift/linea';
const proof = await proveEntries(POSEIDON_BN254, await MemoryTrie.empty(POSEIDON_BN254), { limit: 1 });
export const { from }: { readonly from: bigint } = proof;
`,
  'rootshift/groth16': `import { prove } from 'rootshift/groth16';
export const { proof } = await prove('circuit.zkey', 'witness.wtns', { threads: 1 });
`,
};

describe('the command line', () => {
  it('gives help', async () => {
    const { code, stdout } = await rootshift('--help');
    expect(stdout).toMatch(/^Usage: rootshift/);
    expect(code).toBe(0);
  });

  it('executes a batch and checks its trace', async () => {
    await put('batch.jsonl', '{"op": "write", "key": 1, "value": 100}\n{"op": "read", "key": 1, "value": 100}\n');
    expect(await rootshift('execute', 'batch.jsonl', '--out', 'trace.json')).toMatchObject({ code: 0 });
    const { code, stdout } = await rootshift('check', 'trace.json');
    expect(stdout).toMatch(/^Valid: /);
    expect(code).toBe(0);
  });

  it('says in one line what could not be done', async () => {
    const { code, stderr } = await rootshift('state', '--db', 'none');
    expect(stderr.split('\n').filter((line) => line.startsWith('error: '))).toHaveLength(1);
    expect(code).toBe(2);
  });
});

it('has what its documents lead to', async () => {
  const packed = path.join(project, 'node_modules', 'rootshift');
  const names = await readdir(packed, { recursive: true });
  const documents = names.filter((name) => name.endsWith('.md') && !name.includes('node_modules'));
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/library.md']));
  for (const document of documents) {
    const text = await readFile(path.join(packed, document), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link!);
    const missing = links.filter((link) => !existsSync(path.join(packed, path.dirname(document), link)));
    expect(missing, document).toEqual([]);
  }
});

describe('the library', () => {
  const compiled = async (name: string, files: readonly string[], options: object = {}): Promise<Run> => {
    await put(name, JSON.stringify({ compilerOptions: { ...COMPILER_OPTIONS, ...options }, files }));
    return node(project, [path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', name]);
  };

  it('has types that a strict project with the DOM’s accepts, and that refuse what is wrong', async () => {
    await put('example.ts', await exampleOfReadme());
    await put('wrong.ts', WRONG);
    const built = await compiled('dom.json', ['example.ts', 'wrong.ts'], { lib: ['ES2023', 'DOM'] });
    expect(built).toMatchObject({ code: 0, stdout: '' });
  });

  it.each(Object.entries(USES))(
    'types of %s need none of the DOM’s, of Node’s or of any package',
    async (entry, use) => {
      await put('bare.ts', `export * from '${entry}';\n${use}`);
      expect(await compiled('bare.json', ['bare.ts'])).toMatchObject({ code: 0, stdout: '' });
    },
  );

  it.each([
    ['Node16', 'Node16'],
    ['ESNext', 'Bundler'],
  ])('types of all entries are found by modules of %s, resolved as by %s', async (module, moduleResolution) => {
    const files = Object.keys(USES).map((entry, i) => [`entry-${i}.ts`, USES[entry]!] as const);
    for (const [file, use] of files) await put(file, use);
    const built = await compiled(
      'all.json',
      files.map(([file]) => file),
      { module, moduleResolution },
    );
    expect(built).toMatchObject({ code: 0, stdout: '' });
  });

  it('proves and verifies, as the README’s example says', async () => {
    await put('example.js', await exampleOfReadme());
    const { code, stdout, stderr } = await node(project, ['example.js']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Valid: exactly the 2 accesses/);
    expect(code).toBe(0);
    expect(await rootshift('state', '--db', 'state')).toMatchObject({ code: 0 });
  });

  it('proves by rules of one’s own, as docs/write-your-own-rules.md says', async () => {
    const guide = await readFile(path.join(ROOT, 'docs/write-your-own-rules.md'), 'utf8');
    const batch = guide.slice(guide.indexOf('## 4. A batch, from the empty folder'));
    const [, program] = /```ts\n(.*?)```/s.exec(batch)!;
    const [, commands] = /```\n(npx tsx .*?)```/s.exec(batch)!;
    const registry = path.join(project, 'registry');
    await cp(path.join(project, 'node_modules/rootshift/examples/names'), registry, { recursive: true });
    await writeFile(path.join(registry, 'sign.ts'), program!);
    // The project's own programs, then those that the guide installs beside.
    const bins = [project, ROOT].map((place) => path.join(place, 'node_modules/.bin'));
    const { code, stdout, stderr } = await run('sh', ['-euc', `npx() { "$@"; }\n${commands!}`], registry, bins);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^Valid: batch 1 of contract 0x0{34}c0ffee on chain 31337: 1 register, 0 transfer, 0 release\. /m,
    );
    expect(stdout).toMatch(/^0 +kind register, target 0x\S+, name 0x726f6f747368696674 +1 to 2$/m);
  });

  it('runs its examples', async () => {
    const tsx = pathToFileURL(path.join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
    const example = path.join('node_modules', 'rootshift', 'examples', 'key-value-store.ts');
    const { code, stdout, stderr } = await node(project, ['--import', tsx, example]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^apples: 3$/m);
    expect(code).toBe(0);
  });
});

const WRONG = `import { execute, parseBatch } from 'rootshift';
// @ts-expect-error a batch is read from text
parseBatch(1);
// @ts-expect-error the state and the batch are missing
await execute();
`;

const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2022'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  types: [],
  noEmit: true,
};

/** The README's one TypeScript block, which is JavaScript, too. */
async function exampleOfReadme(): Promise<string> {
  const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block!);
  expect(blocks).toHaveLength(1);
  return blocks[0]!;
}
