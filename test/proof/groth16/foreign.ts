/** Circuits of others, as an R1CS and a witness: random constraints, whose every right side is a new wire. */
import { FIELD_ORDER } from '../../../src/base/field/fr.js';
import { randomBelow } from '../../base/bn254/machine.js';

export interface ForeignCircuit {
  /** An .r1cs file. */
  readonly r1cs: Uint8Array;
  /** A .wtns file. */
  readonly wtns: Uint8Array;
  readonly publicSignals: readonly bigint[];
}

type Terms = ReadonlyMap<number, bigint>;

/**
 * Of so many constraints and public wires. Some private wires are in no constraint, others only in one sum, where their
 * points are equal; many values are 0, 1 or r - 1, and some coefficients, too.
 */
export function foreignCircuit(constraints: number, publics: number): ForeignCircuit {
  const edges = [0n, 1n, 2n, FIELD_ORDER - 1n];
  const number = (): bigint => (randomBelow(2n) === 0n ? edges[Number(randomBelow(4n))]! : randomBelow(FIELD_ORDER));
  const pick = (below: number): number => Number(randomBelow(BigInt(below)));
  const TWINS = 12;
  const inputs = publics + 1 + TWINS + 3;
  const values = [1n, ...Array.from({ length: inputs - 1 }, number)];
  const valueOf = (terms: Terms): bigint =>
    [...terms].reduce((sum, [wire, factor]) => (sum + factor * values[wire]!) % FIELD_ORDER, 0n);
  const twins = new Map(Array.from({ length: TWINS }, (_, i) => [publics + 1 + i, 1n]));
  const usable = (): number => {
    const wire = pick(values.length - TWINS - 1);
    return wire > publics ? wire + TWINS + 1 : wire;
  };
  const combination = (): Terms => new Map(Array.from({ length: 1 + pick(4) }, () => [usable(), number()]));
  const rows = Array.from({ length: constraints }, (_, i) => {
    const a = i === 0 ? twins : combination();
    const b = i === 1 ? twins : combination();
    values.push((valueOf(a) * valueOf(b)) % FIELD_ORDER);
    return [a, b, new Map([[values.length - 1, 1n]])];
  });
  const header = Buffer.concat([
    u32(32),
    bytes(FIELD_ORDER, 32),
    ...[values.length, 0, publics, inputs - publics - 1].map(u32),
    bytes(BigInt(values.length), 8),
    u32(constraints),
  ]);
  const encode = (terms: Terms): Buffer =>
    Buffer.concat([
      u32(terms.size),
      ...[...terms].map(([wire, factor]) => Buffer.concat([u32(wire), bytes(factor, 32)])),
    ]);
  const labels = Buffer.concat(values.map((_, i) => bytes(BigInt(i), 8)));
  return {
    r1cs: file('r1cs', 1, [
      [1, header],
      [2, Buffer.concat(rows.flat().map(encode))],
      [3, labels],
    ]),
    wtns: witnessFile(values),
    publicSignals: values.slice(1, publics + 1),
  };
}

export const witnessFile = (values: readonly bigint[]): Buffer =>
  file('wtns', 2, [
    [1, Buffer.concat([u32(32), bytes(FIELD_ORDER, 32), u32(values.length)])],
    [2, Buffer.concat(values.map((value) => bytes(value, 32)))],
  ]);

const u32 = (x: number): Buffer => bytes(BigInt(x), 4);
const bytes = (x: bigint, length: number): Buffer =>
  Buffer.from(x.toString(16).padStart(2 * length, '0'), 'hex').reverse();
const file = (letters: string, version: number, sections: readonly (readonly [number, Buffer])[]): Buffer =>
  Buffer.concat([
    Buffer.from(letters),
    u32(version),
    u32(sections.length),
    ...sections.flatMap(([id, content]) => [u32(id), bytes(BigInt(content.length), 8), content]),
  ]);
