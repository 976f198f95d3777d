import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../../base/files/system-error.js';
import { dependencyFile, packageFile } from '../../base/files/package-file.js';
import { runGuarded } from '../../base/tasks/child.js';
import type { Watching } from '../../base/tasks/watching.js';
import { damagedFile, fileDigest, requireDigest } from './artifacts.js';
import type { Artifact, ArtifactStore } from './artifacts.js';
import { CATALOGUE, mainSource } from './catalogue.js';
import type { CircuitName } from './catalogue.js';
import { LINEA_CATALOGUE, lineaMainSource } from './linea-catalogue.js';
import {
  checkRulesCircuit,
  CIRCUIT_SIZES,
  isLineaCircuit,
  isRulesCircuit,
  OWN_FOLDER,
  RULES_CATALOGUE,
  rulesMainSource,
} from './rules-catalogue.js';
import type { AnyCircuitName, CircuitSizes, RulesCircuit } from './rules-catalogue.js';

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
 * A compiled circuit of any kind in the artifact store: what is known of it, and its files.
 * @see {@link compileCircuit}
 */
export interface CompiledFiles extends CircuitManifest {
  readonly name: string;
  /** Its SHA-256 is `digest`: who reads it makes sure of that, see `requireDigest`. */
  readonly r1cs: string;
  /** The witness program, as WebAssembly. */
  readonly wasm: string;
  readonly reused: boolean;
}

/**
 * A compiled circuit of the catalogue.
 * @see {@link compileCircuit}
 */
export interface CompiledCircuit<Name extends AnyCircuitName = CircuitName> extends CompiledFiles {
  readonly name: Name;
  readonly size: CircuitSizes[Name];
}

/**
 * A compiled circuit of rules, of the catalogue or of your own.
 * @see {@link compileRulesCircuit}
 */
export interface CompiledRulesCircuit extends CompiledFiles {
  readonly size: RulesCircuit;
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
  watching: Watching = {},
): Promise<CompiledCircuit<Name>> {
  return { ...(await compileAny(store, name, watching)), name, size: CIRCUIT_SIZES[name] };
}

/**
 * Compiles a circuit of rules, of the catalogue or of your own, or finds it in the store.
 * @throws {RulesCircuitError} it cannot be a circuit: its name, for example, is another's
 * @throws what `compileCircuit` throws
 *
 * @example
 * const source = new URL('file:///home/ada/names.circom');
 * const names12: RulesCircuit = { name: 'names12', rules: 'names', rows: 12, template: 'Names', source };
 * (await compileRulesCircuit(store, names12)).constraints;
 */
export async function compileRulesCircuit(
  store: ArtifactStore,
  circuit: RulesCircuit,
  watching: Watching = {},
): Promise<CompiledRulesCircuit> {
  return { ...(await compileAny(store, circuit, watching)), size: circuit };
}

async function compileAny(
  store: ArtifactStore,
  circuit: AnyCircuitName | RulesCircuit,
  { onProgress, signal }: Watching,
): Promise<CompiledFiles> {
  signal?.throwIfAborted();
  const { name, label, ingredients, ...recipe } = await recipeOf(circuit);
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
  const found = await findFiles(store, name);
  return found && { ...found, name, size: CIRCUIT_SIZES[name] };
}

/** The same of any circuit, one of somebody's own included. @throws {ArtifactError} it is damaged */
export async function findFiles(
  store: ArtifactStore,
  circuit: AnyCircuitName | RulesCircuit,
): Promise<CompiledFiles | null> {
  const { name, label, ingredients } = await recipeOf(circuit);
  const artifact = await store.find<StoredManifest>(label, ingredients);
  return artifact && compiled(name, artifact);
}

/**
 * The compiled circuit in the store with this name and digest, whatever it was compiled from; null if there is none.
 * @param name a circuit's name, see `isCircuitName`
 * @throws {ArtifactError} it is damaged
 */
export async function findCompiled(store: ArtifactStore, name: string, digest: string): Promise<CompiledFiles | null> {
  const all = await store.all<StoredManifest>(`circuit-${name}`);
  const artifact = all.find(({ manifest }) => manifest.digest === digest);
  return artifact === undefined ? null : compiled(name, artifact);
}

/** Everything that a compiled circuit depends on, and where it is kept. */
async function recipeOf(circuit: AnyCircuitName | RulesCircuit) {
  const name = typeof circuit === 'string' ? circuit : circuit.name;
  const { main, sources } = await sourcesOf(circuit);
  const { version } = JSON.parse(await readFile(dependencyFile('circom2/package.json'), 'utf8')) as {
    readonly version: string;
  };
  const compiler = `circom2 ${version} ${OPTIMISATION}`;
  const ingredients = [STORE_VERSION, compiler, main, ...sources.flatMap((s) => [s.name, s.text])];
  return { name, label: `circuit-${name}`, ingredients, sources, compiler, main };
}

/** The witness program is checked now, for all who run it: it has some 2 MB, whatever the circuit. */
async function compiled(name: string, { folder, manifest, reused }: Artifact<StoredManifest>): Promise<CompiledFiles> {
  const { wasmSha256, digest, constraints, wires, compiler } = manifest;
  if (![digest, wasmSha256].every((hash: unknown) => typeof hash === 'string')) {
    throw damagedFile(path.join(folder, 'manifest.json'), 'it is not a manifest of a circuit');
  }
  const wasm = path.join(folder, WASM);
  await requireDigest(wasm, wasmSha256);
  return { name, digest, constraints, wires, compiler, r1cs: path.join(folder, 'main.r1cs'), wasm, reused };
}

export interface CircomSource {
  /** Its path below circuits/. */
  readonly name: string;
  readonly text: string;
}

/**
 * What a circuit is compiled from.
 * @throws {RulesCircuitError} it cannot be a circuit
 * @throws {CompileError} sources of somebody's own cannot be read
 */
export async function sourcesOf(
  circuit: AnyCircuitName | RulesCircuit,
): Promise<{ main: string; sources: readonly CircomSource[] }> {
  if (typeof circuit !== 'string') {
    checkRulesCircuit(circuit);
    const own = circuit.source === null ? [] : await ownSources(circuit.source);
    return { main: rulesMainSource(circuit), sources: [...(await rulesSources()), ...own] };
  }
  if (isLineaCircuit(circuit)) {
    return { main: lineaMainSource(LINEA_CATALOGUE[circuit]), sources: await lineaSources() };
  }
  return isRulesCircuit(circuit)
    ? sourcesOf(RULES_CATALOGUE[circuit])
    : { main: mainSource(CATALOGUE[circuit]), sources: await circuitSources() };
}

/** A circom file of somebody's own, and those beside it. */
async function ownSources({ href }: { readonly href: string }): Promise<CircomSource[]> {
  const folder = path.dirname(fileURLToPath(href));
  const found = await sourcesIn(folder, OWN_FOLDER).catch((cause: unknown) => {
    throw new CompileError(`expected circom files in ${folder}: ${reasonOf(cause)}`, { cause });
  });
  const name = path.posix.join(OWN_FOLDER, path.basename(fileURLToPath(href)));
  if (found.some((one) => one.name === name)) return found;
  throw new CompileError(`expected a circom file ${fileURLToPath(href)}, there is none`);
}

/** The templates of storage, of rules too, and what both use. */
export const rulesSources = async (): Promise<CircomSource[]> => [
  ...(await circuitSources()),
  ...(await sourcesIn(packageFile('circuits/rules'), 'rules')),
];

/** The templates of storage, of Linea's accumulator too, and what both use. */
export const lineaSources = async (): Promise<CircomSource[]> => [
  ...(await circuitSources()),
  ...(await sourcesIn(packageFile('circuits/linea'), 'linea')),
];

/** The circom files of a folder, sorted; compiled below `under`. */
async function sourcesIn(folder: string, under: string): Promise<CircomSource[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.circom'));
  return Promise.all(
    files
      .sort()
      .map(async (file) => ({
        name: path.posix.join(under, file),
        text: await readFile(path.join(folder, file), 'utf8'),
      })),
  );
}

/** The templates of storage and circomlib's Poseidon constants, sorted by name. */
export async function circuitSources(): Promise<CircomSource[]> {
  const own = await sourcesIn(packageFile('circuits'), '.');
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
  const printed = await runCircom(work, ['main.circom', ...outputs, optimisation, '-l', '.', '-o', '.'], signal);
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
