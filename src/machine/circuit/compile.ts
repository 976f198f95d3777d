import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dependencyFile, packageFile } from '../../base/files/package-file.js';
import { runGuarded } from '../../base/tasks/child.js';
import type { Watching } from '../../base/tasks/watching.js';
import { damagedFile, fileDigest, requireDigest } from './artifacts.js';
import type { Artifact, ArtifactStore } from './artifacts.js';
import { CATALOGUE, mainSource } from './catalogue.js';
import type { CircuitName } from './catalogue.js';
import { CIRCUIT_SIZES, isRulesCircuit, RULES_CATALOGUE, rulesMainSource } from './rules-catalogue.js';
import type { AnyCircuitName, CircuitSizes } from './rules-catalogue.js';

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
export interface CompiledCircuit<Name extends AnyCircuitName = CircuitName> extends CircuitManifest {
  readonly name: Name;
  readonly size: CircuitSizes[Name];
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
export async function compileCircuit<Name extends AnyCircuitName>(
  store: ArtifactStore,
  name: Name,
  { onProgress, signal }: Watching = {},
): Promise<CompiledCircuit<Name>> {
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
export async function findCircuit<Name extends AnyCircuitName>(
  store: ArtifactStore,
  name: Name,
): Promise<CompiledCircuit<Name> | null> {
  const { label, ingredients } = await recipeOf(name);
  const artifact = await store.find<StoredManifest>(label, ingredients);
  return artifact && compiled(name, artifact);
}

/** Everything that a compiled circuit depends on, and where it is kept. */
async function recipeOf(name: AnyCircuitName) {
  const { main, sources } = await sourcesOf(name);
  const { version } = JSON.parse(await readFile(dependencyFile('circom2/package.json'), 'utf8')) as {
    readonly version: string;
  };
  const compiler = `circom2 ${version} ${OPTIMISATION}`;
  const ingredients = [STORE_VERSION, compiler, main, ...sources.flatMap((s) => [s.name, s.text])];
  return { label: `circuit-${name}`, ingredients, sources, compiler, main };
}

/** The witness program is checked now, for all who run it: it has some 2 MB, whatever the circuit. */
async function compiled<Name extends AnyCircuitName>(
  name: Name,
  { folder, manifest, reused }: Artifact<StoredManifest>,
): Promise<CompiledCircuit<Name>> {
  const { wasmSha256, digest, constraints, wires, compiler } = manifest;
  if (![digest, wasmSha256].every((hash: unknown) => typeof hash === 'string')) {
    throw damagedFile(path.join(folder, 'manifest.json'), 'it is not a manifest of a circuit');
  }
  const wasm = path.join(folder, WASM);
  await requireDigest(wasm, wasmSha256);
  const r1cs = path.join(folder, 'main.r1cs');
  return { name, size: CIRCUIT_SIZES[name], digest, constraints, wires, compiler, r1cs, wasm, reused };
}

export interface CircomSource {
  /** Its path below circuits/. */
  readonly name: string;
  readonly text: string;
}

/** What a circuit is compiled from. */
export async function sourcesOf(name: AnyCircuitName): Promise<{ main: string; sources: readonly CircomSource[] }> {
  return isRulesCircuit(name)
    ? { main: rulesMainSource(RULES_CATALOGUE[name]), sources: await rulesSources() }
    : { main: mainSource(CATALOGUE[name]), sources: await circuitSources() };
}

/** The templates of storage, of rules too, and what both use. */
export const rulesSources = async (): Promise<CircomSource[]> => [
  ...(await circuitSources()),
  ...(await sourcesIn('rules')),
];

async function sourcesIn(folder: string): Promise<CircomSource[]> {
  const files = (await readdir(packageFile(path.join('circuits', folder)))).filter((file) => file.endsWith('.circom'));
  return Promise.all(
    files.sort().map(async (file) => {
      const name = path.posix.join(folder, file);
      return { name, text: await readFile(packageFile(path.join('circuits', name)), 'utf8') };
    }),
  );
}

/** The templates of storage and circomlib's Poseidon constants, sorted by name. */
export async function circuitSources(): Promise<CircomSource[]> {
  const own = await sourcesIn('.');
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
  for (const { name, text } of [...sources, { name: 'main.circom', text: main }]) {
    const file = path.join(work, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
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
