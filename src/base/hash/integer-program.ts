import { FIELD_ORDER } from '../field/fr.js';
import { OPERATION } from './program.js';
import type { Image, Instruction, NumberFormat } from './program.js';

/**
 * How numbers and programs lie in the integer kernel's memory.
 *
 * A number is 9 limbs of 28 bits, the last one of up to 32: below 4r, not reduced. A slot holds two
 * such numbers, one for each lane: a limb is a vector whose low half has the lanes' limbs, 32 bits each.
 */
export const LIMBS = 9;
export const LIMB_BITS = 28;
/** Steps of a Montgomery reduction, each of which divides by 2^28. */
export const STEPS = 10;
/** Montgomery's R. */
const MONTGOMERY = 1n << BigInt(STEPS * LIMB_BITS);
/** Columns of a sum of products before its reduction. */
export const COLUMNS = STEPS + LIMBS;

export const VECTOR_BYTES = 16;
const SLOT_BYTES = LIMBS * VECTOR_BYTES;
/** A factor of a sum: the same in both lanes, 4 bytes a limb. */
export const FACTOR_BYTES = 4 * LIMBS;
/** An addend: the same in both lanes, 8 bytes a limb. */
export const ADDEND_BYTES = 8 * LIMBS;
// Memory: r's limbs, the columns of a sum, a power on its way to the fifth, a place for stores that are never read.
export const ORDER_AT = 0;
export const COLUMNS_AT = 64;
export const POWER_AT = COLUMNS_AT + COLUMNS * VECTOR_BYTES;
export const ORDERING_AT = POWER_AT + SLOT_BYTES;
const SLOTS_AT = ORDERING_AT + VECTOR_BYTES;

export const INTEGER_FORMAT: NumberFormat = { montgomery: MONTGOMERY, slotBytes: SLOT_BYTES, slotsAt: SLOTS_AT };

/** The memory that a program runs in, up to the end of the program, which starts at `start`. */
export function encodeInteger(instructions: readonly Instruction[], slotsEnd: number): Image {
  const words = [...instructions.flatMap(encode), OPERATION.end];
  const image = new Uint32Array([...new Uint32Array(slotsEnd / 4), ...words]);
  image.set(limbsOf(FIELD_ORDER), ORDER_AT / 4);
  return { image: new Uint8Array(image.buffer), start: slotsEnd };
}

/** Words of 32 bits. */
function encode(step: Instruction): number[] {
  const operation = OPERATION[step.kind];
  switch (step.kind) {
    case 'read':
      return [operation, step.to, ...addendWords(step.addend)];
    case 'power5':
      return [operation, step.to, step.from];
    case 'sum': {
      const terms = step.terms.flatMap((term) => [term.from, ...limbsOf(term.factor)]);
      return [operation, step.to, step.plus, step.terms.length, ...addendWords(step.addend), ...terms];
    }
    case 'write':
      return [operation, step.from];
  }
}

const addendWords = (x: bigint): number[] => limbsOf(x).flatMap((limb) => [limb, 0]);

/** The last limb takes what is left. */
function limbsOf(x: bigint): number[] {
  const limbs = Array.from({ length: LIMBS - 1 }, (_, i) =>
    Number(BigInt.asUintN(LIMB_BITS, x >> BigInt(LIMB_BITS * i))),
  );
  return [...limbs, Number(x >> BigInt(LIMB_BITS * (LIMBS - 1)))];
}
