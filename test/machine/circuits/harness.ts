/**
 * Runs circuits as a prover would: with any inputs, and with any `<--` hint changed, all else recomputed.
 *
 * A witness program asserts every `===` of its sources on the values it has, and says which line failed.
 * `<==` it cannot violate: it assigns what it constrains. So a run that ends is a witness that satisfies
 * the circuit, and a refusal names the constraint.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WitnessCalculatorBuilder } from 'circom_runtime';
import { ArtifactStore } from '../../../src/machine/circuit/artifacts.js';
import { circuitSources, compileSources, lineaSources, rulesSources } from '../../../src/machine/circuit/compile.js';
import type { CircomSource } from '../../../src/machine/circuit/compile.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';

export const STORE = new ArtifactStore(fileURLToPath(new URL('../../../.rootshift/artifacts/', import.meta.url)));

/** A dishonest hint: in `file`, the one place that reads `from` reads `to` instead. */
export interface HintChange {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The constraint that refused a witness, as its source reads. */
export interface Refusal {
  readonly template: string;
  readonly file: string;
  readonly source: string;
}

export type Outcome = { readonly accepted: Map<string, bigint> } | { readonly refused: Refusal };

export interface Program {
  /** Wire values by signal name (`main.out`), or the constraint that refuses. */
  run(inputs: CircuitInputs): Promise<Outcome>;
  readonly constraints: number;
  readonly r1cs: string;
  /** Every signal's name and wire; null if it has none, because the compiler expresses it by others. */
  readonly signals: readonly (readonly [name: string, wire: number | null])[];
  /** The whole witness, in wire order; throws if a constraint refuses. */
  witness(inputs: CircuitInputs): Promise<bigint[]>;
}

export interface ProgramOptions {
  readonly hints?: readonly HintChange[];
  /** Templates of the test's own, that `main` may name. */
  readonly source?: string;
  /** Leave every `===` out, so that a run shows all wires of a witness that a constraint would refuse. */
  readonly unchecked?: boolean;
  /** Give every signal a wire of its own. */
  readonly unoptimised?: boolean;
  /** Have the templates of rules at hand, too. */
  readonly rules?: boolean;
  /** Have the templates of Linea's accumulator at hand, too. */
  readonly linea?: boolean;
  /** Sources of somebody's own, beside them. */
  readonly own?: readonly CircomSource[];
}

/** `main` is a component, such as `Bit()`; every template of storage is at hand. */
export async function program(main: string, options: ProgramOptions = {}): Promise<Program> {
  const { hints = [], source = '', unchecked = false, unoptimised = false, own = [] } = options;
  const honest = [...(await sourcesFor(options)), ...own];
  const sources = honest
    .map((s) => ({ ...s, text: hints.filter((h) => h.file === s.name).reduce(changeHint, s.text) }))
    .map((s) =>
      unchecked ? { ...s, text: s.text.replace(/\/\/.*$/gm, '').replace(/[^;{}\n]*===[^;]*;/g, 'assert(1 == 1);') } : s,
    );
  const includes = honest.map((s) => `include "${s.name}";`).join('\n');
  const text = `pragma circom 2.2.0;\n${includes}\n${source}\ncomponent main = ${main};\n`;
  const ingredients = [text, ...sources.flatMap((s) => [s.name, s.text]), ...(unoptimised ? ['--O0'] : [])];
  const { folder, manifest } = await STORE.ensure('test', ingredients, (f) =>
    compileSources(f, text, sources, { isNamed: true, ...(unoptimised ? { optimisation: '--O0' } : {}) }),
  );
  const module = await WebAssembly.compile(await readFile(path.join(folder, 'main.wasm')));
  const signals = await readSignals(path.join(folder, 'main.sym'));

  const witness = async (inputs: CircuitInputs): Promise<bigint[]> => {
    let message = '';
    const instance = await WebAssembly.instantiate(module, {
      runtime: {
        exceptionHandler: (code: number) => {
          throw new AssertFailed(code, message);
        },
        printErrorMessage: () => {
          message += `${readMessage(instance)}\n`;
        },
        writeBufferMessage: () => void readMessage(instance),
        showSharedRWMemory: () => {},
      },
    });
    const calculator = await WitnessCalculatorBuilder(instance, {});
    return calculator.calculateWitness(inputs, true);
  };

  return {
    constraints: manifest.constraints,
    r1cs: path.join(folder, 'main.r1cs'),
    signals,
    witness,
    async run(inputs) {
      try {
        const values = await witness(inputs);
        return { accepted: new Map(signals.flatMap(([name, wire]) => (wire === null ? [] : [[name, values[wire]!]]))) };
      } catch (error) {
        const failed = findAssert(error);
        if (failed === null) throw error;
        return { refused: refusalOf(failed, [...sources, { name: 'main.circom', text }]) };
      }
    },
  };
}

async function sourcesFor({ rules = false, linea = false }: ProgramOptions): Promise<CircomSource[]> {
  if (rules) return rulesSources();
  return linea ? lineaSources() : circuitSources();
}

class AssertFailed extends Error {
  constructor(
    readonly code: number,
    readonly lines: string,
  ) {
    super(`witness program stopped with code ${code}: ${lines}`);
  }
}

/** circom_runtime may wrap an error thrown below it into another's message. */
function findAssert(error: unknown): string | null {
  const text = error instanceof AssertFailed ? error.lines : String(error);
  return /Error in template \w+ line: \d+/.test(text) ? text : null;
}

function changeHint(text: string, { file, from, to }: HintChange): string {
  if (!from.includes('<--')) throw new Error(`"${from}" is no hint: only <-- may be changed`);
  if (text.split(from).length !== 2) throw new Error(`expected "${from}" once in ${file}`);
  if (to.includes('\n')) throw new Error('a changed hint stays on its line');
  return text.replace(from, to);
}

/** The innermost failing assertion comes first in the message. */
function refusalOf(message: string, sources: readonly { name: string; text: string }[]): Refusal {
  const [, instance, line] = /Error in template (\w+) line: (\d+)/.exec(message)!;
  const template = instance!.replace(/_\d+$/, '');
  const file = sources.find((s) => new RegExp(`template ${template}\\(`).test(s.text))!;
  return {
    template,
    file: file.name,
    source: file.text
      .split('\n')
      [Number(line) - 1]!.trim()
      .replace(/ *\/\/.*$/, ''),
  };
}

async function readSignals(sym: string): Promise<(readonly [string, number | null])[]> {
  const lines = (await readFile(sym, 'utf8')).trim().split('\n');
  return lines
    .map((line) => line.split(','))
    .map(([, wire, , name]) => [name!, wire === '-1' ? null : Number(wire)] as const);
}

function readMessage(instance: WebAssembly.Instance): string {
  const { getMessageChar: next } = instance.exports as { getMessageChar: () => number };
  let message = '';
  for (let c = next(); c !== 0; c = next()) message += String.fromCharCode(c);
  return message;
}
