// @ts-check
// What every npm script needs before its own work: dependencies as the lockfile has them, and a build that
// is not older than its sources. Node's own modules only: nothing may be installed yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a Node program in the project's directory; ends this process with its exit code if that is not 0.
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 * @param {string} [program] another version of Node
 */
export function node(args, options = {}, program = process.execPath) {
  const { status, signal, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? (signal ? 2 : 1));
}

/**
 * npm itself is a Node program; npm says where it is when it runs a script.
 * @param {readonly string[]} args
 */
export function npm(args) {
  const cli = process.env['npm_execpath'];
  if (cli === undefined) {
    console.error('Dependencies are missing or out of date: run `npm ci` first, or start this by `npm run`.');
    process.exit(2);
  }
  node([cli, ...args]);
}

export function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Rootshift needs Node 20.19 or newer; this is ${process.version}.`);
    process.exit(2);
  }
  const installed = path.join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || modified(installed) < modified(path.join(ROOT, 'package-lock.json'))) {
    console.log('Installing dependencies (npm ci) ...');
    npm(['ci', '--no-audit', '--no-fund']);
  }
}

/** The last file of a build: without it, the build was interrupted. */
export const BUILT = path.join(ROOT, 'dist', '.built');

export function ensureBuilt() {
  const newest = Math.max(modified(path.join(ROOT, 'tsconfig.json')), ...sources(path.join(ROOT, 'src')).map(modified));
  if (!existsSync(BUILT) || modified(BUILT) < newest) {
    console.log('Building ...');
    node([path.join(ROOT, 'scripts', 'build.mjs')]);
  }
}

/** @param {string} file */
const modified = (file) => statSync(file).mtimeMs;

/** @param {string} folder */
const sources = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
