import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dependencyFile, packageFile } from '../../base/files/package-file.js';
import { runGuarded } from '../../base/tasks/child.js';
import type { Watching } from '../../base/tasks/watching.js';
import { damagedFile, fileDigest, requireDigest } from './artifacts.js';
import type { Artifact, ArtifactStore } from './artifacts.js';
import { CATALOGUE, mainSource } from './catalogue.js';
import type { CircuitName, CircuitSize } from './catalogue.js';

/**
 * What `compileCircuit` records beside its files.
 * @see {@link compileCircuit}
 */
export interface CircuitManifest {
  /** SHA-256 of the R1CS file: what a proof, a key and a verifier contract belong to. */
  readonly digest: string;
  /** R1CS rows, linear ones included. */
  readonly constraints: number;
  readonly wires: number;
  readonly compiler: string;
}

/** What is recorded beside a circuit's files. */
interface StoredManifest extends CircuitManifest {
  readonly wasmSha256: string;
}

/** Counts the ways in which circuits are kept: those kept in an older way are not met again. */
const STORE_VERSION = '2';

/**
 * A compiled circuit in the artifact store: what is known of it, and its files.
 * @see {@link compileCircuit}
 */
export interface CompiledCircuit extends CircuitManifest {
  readonly name: CircuitName;
  readonly size: CircuitSize;
  /** Its SHA-256 is `digest`: who reads it makes sure of that, see `requireDigest`. */
  readonly r1cs: string;
  /** The witness program, as WebAssembly. */
  readonly wasm: string;
  readonly reused: boolean;
}

/** The circom compiler refused the sources, or could not run. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
}

const WASM = 'main.wasm';

/** Removes linear constraints too; ours has none that cost time, see poseidon.circom. */
const OPTIMISATION = '--O2';

/**
 * Compiles a circuit of the catalogue, or finds it in the store. How far the compiler is, nobody knows.
 * @throws {CompileError}
 * @throws {ArtifactError} what is in the store is damaged
 * @throws what the signal was aborted with
 *
 * @example
 * const compiled = await compileCircuit(store, 's14', { onProgress: (phase) => void phase });
 * compiled.constraints;
 */
export async function compileCircuit(
  store: ArtifactStore,
  name: CircuitName,
  { onProgress, signal }: Watching = {},
): Promise<CompiledCircuit> {
  signal?.throwIfAborted();
  const { label, ingredients, ...recipe } = await recipeOf(name);
  const artifact: Artifact<StoredManifest> = await store.ensure(label, ingredients, async (folder) => {
    onProgress?.(`compiling circuit ${name}`, 0, 0);
    const made = await compileSources(folder, recipe.main, recipe.sources, { signal });
    return { ...made, compiler: recipe.compiler, wasmSha256: await fileDigest(path.join(folder, WASM), signal) };
  });
  return compiled(name, artifact);
}

/**
 * The circuit that `compileCircuit` would find; null if it would have to compile it.
 * @throws {ArtifactError} it is damaged
 *
 * @example
 * (await findCircuit(store, 's14')) ?? (await compileCircuit(store, 's14'));
 */
export async function findCircuit(store: ArtifactStore, name: CircuitName): Promise<CompiledCircuit | null> {
  const { label, ingredients } = await recipeOf(name);
  const artifact = await store.find<StoredManifest>(label, ingredients);
  return artifact && compiled(name, artifact);
}

/** Everything that a compiled circuit depends on, and where it is kept. */
async function recipeOf(name: CircuitName) {
  const sources = await circuitSources();
  const { version } = JSON.parse(await readFile(dependencyFile('circom2/package.json'), 'utf8')) as {
    readonly version: string;
  };
  const compiler = `circom2 ${version} ${OPTIMISATION}`;
  const main = mainSource(CATALOGUE[name]);
  const ingredients = [STORE_VERSION, compiler, main, ...sources.flatMap((s) => [s.name, s.text])];
  return { label: `circuit-${name}`, ingredients, sources, compiler, main };
}

/** The witness program is checked now, for all who run it: it has some 2 MB, whatever the circuit. */
async function compiled(
  name: CircuitName,
  { folder, manifest, reused }: Artifact<StoredManifest>,
): Promise<CompiledCircuit> {
  const { wasmSha256, digest, constraints, wires, compiler } = manifest;
  if (![digest, wasmSha256].every((hash: unknown) => typeof hash === 'string')) {
    throw damagedFile(path.join(folder, 'manifest.json'), 'it is not a manifest of a circuit');
  }
  const wasm = path.join(folder, WASM);
  await requireDigest(wasm, wasmSha256);
  const r1cs = path.join(folder, 'main.r1cs');
  return { name, size: CATALOGUE[name], digest, constraints, wires, compiler, r1cs, wasm, reused };
}

export interface CircomSource {
  readonly name: string;
  readonly text: string;
}

/** The project's templates and circomlib's Poseidon constants, sorted by name. */
export async function circuitSources(): Promise<CircomSource[]> {
  const folder = packageFile('circuits');
  const names = (await readdir(folder)).filter((file) => file.endsWith('.circom')).sort();
  const own = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(path.join(folder, name), 'utf8') })),
  );
  const constants = dependencyFile('circomlib/circuits/poseidon_constants.circom');
  return [...own, { name: path.basename(constants), text: await readFile(constants, 'utf8') }];
}

/**
 * Compiles `main` beside `sources` into `folder`: main.r1cs, main.wasm, and with `isNamed`, which takes a tenth longer,
 * main.sym.
 * @throws {CompileError} with the compiler's own words
 */
export async function compileSources(
  folder: string,
  main: string,
  sources: readonly CircomSource[],
  {
    optimisation = OPTIMISATION,
    isNamed = false,
    signal,
  }: { readonly optimisation?: string; readonly isNamed?: boolean; readonly signal?: AbortSignal | undefined } = {},
): Promise<Omit<CircuitManifest, 'compiler'>> {
  // The compiler sees only files below its working directory, so everything is copied there.
  const work = path.join(folder, 'source');
  await mkdir(work, { recursive: true });
  for (const { name, text } of [...sources, { name: 'main.circom', text: main }]) {
    await writeFile(path.join(work, name), text);
  }
  const outputs = ['--r1cs', '--wasm', ...(isNamed ? ['--sym'] : [])];
  const printed = await runCircom(work, ['main.circom', ...outputs, optimisation, '-o', '.'], signal);
  await rename(path.join(work, 'main.r1cs'), path.join(folder, 'main.r1cs'));
  if (isNamed) await rename(path.join(work, 'main.sym'), path.join(folder, 'main.sym'));
  await copyFile(path.join(work, 'main_js', WASM), path.join(folder, WASM));
  await rm(work, { recursive: true });
  return {
    digest: await fileDigest(path.join(folder, 'main.r1cs'), signal),
    constraints: printedNumber(printed, 'non-linear constraints') + printedNumber(printed, 'linear constraints'),
    wires: printedNumber(printed, 'wires'),
  };
}

async function runCircom(cwd: string, args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  const command = [process.execPath, dependencyFile('circom2/cli.js'), ...args] as const;
  const {
    code,
    signal: endedBy,
    printed,
  } = await runGuarded(command, { cwd, signal }).catch((cause: Error) => {
    signal?.throwIfAborted();
    throw new CompileError(`the circom compiler could not be started: ${cause.message}`, { cause });
  });
  if (code === 0) return printed;
  throw new CompileError(`the circom compiler ended with ${endedBy ?? `exit code ${code}`}:\n${printed}`);
}

function printedNumber(printed: string, label: string): number {
  const match = new RegExp(`^${label}: (\\d+)`, 'm').exec(printed);
  if (match === null) throw new CompileError(`the circom compiler printed no "${label}":\n${printed.trim()}`);
  return Number(match[1]);
}
