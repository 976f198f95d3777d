/**
 * A compiled circuit as the equations that a prover must satisfy: one per constraint, A(w) * B(w) = C(w), each
 * side linear in the wires w. Format: https://github.com/iden3/r1csfile/blob/master/doc/r1cs_bin_format.md
 */
import { readFile } from 'node:fs/promises';
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { readR1cs } from '../../../src/proof/setup/r1cs.js';
import type { Program } from './harness.js';

/** A linear combination: wires, and their coefficients between -r/2 and r/2, so that small ones stay small. */
export interface Linear {
  readonly wires: readonly number[];
  readonly coefficients: readonly bigint[];
}

export interface Constraint {
  readonly a: Linear;
  readonly b: Linear;
  readonly c: Linear;
}

/** Wire 0 is the constant 1, then come outputs, then inputs, then all others. */
export interface Circuit {
  readonly wires: number;
  readonly firstInput: number;
  readonly firstInner: number;
  readonly constraints: readonly Constraint[];
  /** By wire; the numbers that the compiler puts into the names of nameless components are left out. */
  readonly names: readonly string[];
}

/** What a witness makes of a constraint's sides, reduced. */
export interface Sides {
  readonly a: bigint;
  readonly b: bigint;
  readonly c: bigint;
}

export async function readCircuit(program: Program): Promise<Circuit> {
  const { wires, bytes, constraints } = await readR1cs(program.r1cs);
  const { outputs, inputs } = await readCounts(program.r1cs);
  const names = Array.from({ length: wires }, () => '1');
  for (const [name, wire] of program.signals) if (wire !== null) names[wire] = plainName(name);
  return {
    wires,
    firstInput: 1 + outputs,
    firstInner: 1 + outputs + inputs,
    constraints: parse(new DataView(bytes), constraints),
    names,
  };
}

/** `main.Bit_108_4814[0].out` is `main.Bit[0].out` wherever the sources' lines move to. */
export const plainName = (name: string): string => name.replace(/_\d+_\d+(?=[.[]|$)/g, '');

export const isInput = ({ firstInput, firstInner }: Circuit, wire: number): boolean =>
  wire >= firstInput && wire < firstInner;

export const reduce = (x: bigint): bigint => {
  const m = x % FIELD_ORDER;
  return m < 0n ? m + FIELD_ORDER : m;
};

export function evaluate({ wires, coefficients }: Linear, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = 0; i < wires.length; i++) sum += coefficients[i]! * witness[wires[i]!]!;
  return reduce(sum);
}

export const sidesOf = ({ a, b, c }: Constraint, witness: readonly bigint[]): Sides => ({
  a: evaluate(a, witness),
  b: evaluate(b, witness),
  c: evaluate(c, witness),
});

export const holds = ({ a, b, c }: Sides): boolean => reduce(a * b) === c;

/** The header's numbers that setup has no use for: how many wires are outputs and inputs of main. */
async function readCounts(path: string): Promise<{ outputs: number; inputs: number }> {
  const file = await readFile(path);
  for (let at = 12; at < file.length; at += 12 + Number(file.readBigUInt64LE(at + 4))) {
    if (file.readUInt32LE(at) !== 1) continue;
    const counts = at + 12 + 4 + file.readUInt32LE(at + 12); // after the prime and its length
    return {
      outputs: file.readUInt32LE(counts + 4),
      inputs: file.readUInt32LE(counts + 8) + file.readUInt32LE(counts + 12),
    };
  }
  throw new Error(`expected a header section in ${path}, found none`);
}

function parse(view: DataView, count: number): Constraint[] {
  let at = 0;
  const linear = (): Linear => {
    const terms = view.getUint32(at, true);
    at += 4;
    const wires: number[] = [];
    const coefficients: bigint[] = [];
    for (let i = 0; i < terms; i++, at += 36) {
      let coefficient = 0n;
      for (let word = 3; word >= 0; word--)
        coefficient = (coefficient << 64n) | view.getBigUint64(at + 4 + 8 * word, true);
      wires.push(view.getUint32(at, true));
      coefficients.push(2n * coefficient > FIELD_ORDER ? coefficient - FIELD_ORDER : coefficient);
    }
    return { wires, coefficients };
  };
  return Array.from({ length: count }, () => ({ a: linear(), b: linear(), c: linear() }));
}
