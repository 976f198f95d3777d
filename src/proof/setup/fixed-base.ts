import type { Arena } from '../../base/bn254/arena.js';
import { chooseBits, windowsOf } from '../../base/bn254/digits.js';
import type { MultiplyJob } from '../../base/bn254/fixed-base.js';
import type { Machine } from '../../base/bn254/machine.js';
import { BASE_FIELD_ORDER, ELEMENT_BYTES, MONTGOMERY } from '../../base/bn254/numbers.js';
import type { GroupName } from '../../base/bn254/window.js';

/** A table by which a group's generator is multiplied. */
export interface FixedBase {
  readonly group: GroupName;
  readonly table: number;
  readonly bits: number;
  readonly windows: number;
}

/** Of x and y; those of Fq2 are two numbers each. Source: EIP-197. */
const GENERATORS: Readonly<Record<GroupName, readonly bigint[]>> = {
  g1: [1n, 2n],
  g2: [
    10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    11559732032986387107991004021392285783925812861821192530917403151452391805634n,
    8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  ],
};

const pointBytes = (group: GroupName): number => ELEMENT_BYTES * GENERATORS[group].length;
const windowBytes = ({ group, bits }: Pick<FixedBase, 'group' | 'bits'>): number => pointBytes(group) * 2 ** (bits - 1);

/** @param count how many points it is for: with more of them, a larger table takes fewer additions for each */
export function planFixedBase(arena: Arena, group: GroupName, count: number): FixedBase {
  // An entry of the table takes about twice as long as an addition: much of it is the memory's first use.
  const bits = chooseBits(count / 2);
  const windows = windowsOf(bits);
  return { group, bits, windows, table: arena.take(windows * windowBytes({ group, bits })) };
}

export async function fillFixedBase(machine: Machine, base: FixedBase): Promise<void> {
  GENERATORS[base.group].forEach((x, i) =>
    machine.putElement(base.table + i * ELEMENT_BYTES, (x * MONTGOMERY) % BASE_FIELD_ORDER),
  );
  await machine.threads.run({ kind: 'powers', ...base });
  await machine.threads.all(
    Array.from({ length: base.windows }, (_, i) => ({
      kind: 'fill',
      ...base,
      table: base.table + i * windowBytes(base),
    })),
  );
}

/** @param scalars the address of `count` numbers of 32 bytes, whose products go to `out` as zkeys have them */
export const multiplyJob = (base: FixedBase, scalars: number, count: number, out: number): MultiplyJob => ({
  kind: 'multiply',
  ...base,
  scalars,
  count,
  out,
});
