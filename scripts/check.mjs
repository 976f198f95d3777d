// @ts-check
// Everything that can be checked without running the program: types, lint, direction of imports, unused code,
// the package's shape, licences, known vulnerabilities. Each check prints one line; all run, then any failure
// ends this with exit code 1.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();

/**
 * @param {string} name
 * @param {string} entry
 */
const bin = (name, entry) => path.join(ROOT, 'node_modules', name, entry);
let failures = 0;

/**
 * @param {string} what
 * @param {string | null} problem
 */
function report(what, problem) {
  if (problem !== null) failures++;
  console.log(problem === null ? `ok    ${what}` : `FAIL  ${what}\n${problem}`);
}

/**
 * @param {string} what
 * @param {string} program
 * @param {readonly string[]} args
 */
function tool(what, program, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: ROOT, encoding: 'utf8' });
  report(what, status === 0 ? null : `${stdout}${stderr}`.trim());
}

/** GPL-3.0-or-later can be combined with these. */
const LICENCES = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'MPL-2.0', // section 3.3 permits it, unless a file says otherwise
  '0BSD',
  'GPL-3.0',
  'GPL-3.0-or-later',
]);
/**
 * Packages whose manifest leaves the licence out; read in their own licence file.
 * @type {Readonly<Record<string, string>>}
 */
const LICENCE_FILES = { esprima: 'BSD-2-Clause' };

/**
 * Of several licences to choose from, one will do.
 * @param {string} licence
 */
const isAllowed = (licence) =>
  licence
    .replace(/^\(|\)$/g, '')
    .split(/ or /i)
    .some((one) => LICENCES.has(one));

function licences() {
  /** @type {{ packages: Record<string, { dev?: boolean, license?: string }> }} */
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  const shipped = Object.entries(packages).filter(([name, entry]) => name !== '' && !entry.dev);
  const refused = shipped
    .map(([name, entry]) => ({
      name,
      licence: entry.license ?? LICENCE_FILES[name.split('node_modules/').at(-1) ?? name] ?? 'none stated',
    }))
    .filter(({ licence }) => !isAllowed(licence));
  return refused.length === 0 ? null : refused.map(({ name, licence }) => `${name}: ${licence}`).join('\n');
}

function audit() {
  const cli = process.env['npm_execpath'];
  if (cli === undefined) return console.log('skip  npm audit: not started by npm');
  const { stdout } = spawnSync(process.execPath, [cli, 'audit', '--omit=dev', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  /** @type {Record<string, { severity: string }> | undefined} */
  let found;
  try {
    found = JSON.parse(stdout).vulnerabilities;
  } catch {
    found = undefined;
  }
  if (found === undefined) return console.log('skip  npm audit: the registry did not answer');
  const vulnerable = Object.entries(found).map(([name, { severity }]) => `${name}: ${severity}`);
  report('npm audit', vulnerable.length === 0 ? null : vulnerable.join('\n'));
}

tool('types of src and test', bin('typescript', 'bin/tsc'), ['-p', 'test/tsconfig.json']);
for (const page of [path.join('inspect', 'page'), path.join('node', 'page', 'app')])
  tool(`types of src/${page}`, bin('typescript', 'bin/tsc'), ['--noEmit', '-p', path.join('src', page)]);
tool('format (npm run format mends it)', bin('prettier', 'bin/prettier.cjs'), ['--check', '--log-level', 'warn', '.']);
tool('lines of at most 120 columns', path.join(ROOT, 'scripts', 'check-lines.mjs'), []);
tool('no packed tuples', path.join(ROOT, 'scripts', 'check-tuples.mjs'), []);
tool('no time limits of single tests', path.join(ROOT, 'scripts', 'check-limits.mjs'), []);
tool('lint', bin('oxlint', 'bin/oxlint'), ['--deny-warnings']);
tool('imports go one way', bin('dependency-cruiser', 'bin/dependency-cruise.mjs'), [
  '--config',
  '.dependency-cruiser.cjs',
  'src',
]);
tool('nothing unused', bin('knip', 'bin/knip.js'), ['--no-progress']);
tool('package exports', bin('publint', 'src/cli.js'), ['--strict']);
tool('site: every export is described, every link leads somewhere', bin('typedoc', 'bin/typedoc'), [
  '--treatWarningsAsErrors',
]);
tool('static analysis of circuits', path.join(ROOT, 'scripts', 'run.mjs'), ['scripts/analyse-circuits.ts']);
report('licences of what is shipped', licences());
audit();
process.exitCode = failures === 0 ? 0 : 1;
