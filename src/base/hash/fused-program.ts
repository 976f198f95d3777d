import { LIMBS, MONTGOMERY, PAIR_BYTES as NUMBER_BYTES, toLimbs } from '../bn254/numbers.js';
import { columnStart, COLUMNS, SHIFT_BITS } from '../bn254/multiply-fused.js';
import { bitsOfDouble } from '../bn254/statics.js';
import type { Statics } from '../bn254/statics.js';
import { OPERATION } from './program.js';
import type { Image, Instruction, NumberFormat } from './program.js';

/**
 * How numbers and programs lie in the fused kernel's memory.
 *
 * A number is 5 limbs of 52 bits, doubles, not reduced: below 8r. A slot holds a pair of them for each of the pairs
 * that are computed together; a limb of a pair is a vector of the two lanes' limbs.
 */
export const TOGETHER = 2;
const SLOT_BYTES = TOGETHER * NUMBER_BYTES;

// Memory: constants, a slot for a power on its way to the fifth, the program's slots.
export const STATICS_AT = 0;
export const POWER_AT = 2048;

export const FUSED_FORMAT: NumberFormat = {
  montgomery: MONTGOMERY,
  slotBytes: SLOT_BYTES,
  slotsAt: POWER_AT + SLOT_BYTES,
};

// In 64-bit words. A program begins with the bytes of a pair's inputs and outputs, one word each.
export const WORD_BYTES = 8;
export const HEADER_WORDS = 2;
/** Operation and target. */
export const READ_WORDS = 1 + LIMBS;
/** Operation and target, source. */
export const POWER_WORDS = 2;
/** Operation and target, addend's slot and number of terms, what the columns start with. */
export const SUM_WORDS = 2 + COLUMNS;
/** Slot, factor. */
export const TERM_WORDS = 1 + LIMBS;
/** Operation and source. */
export const WRITE_WORDS = 1;

/** Two numbers below 2^32 in a word. */
const two = (low: number, high: number): bigint => BigInt(low) | (BigInt(high) << 32n);

export function encodeFused(
  statics: Statics,
  inputBytes: number,
  instructions: readonly Instruction[],
  slotsEnd: number,
): Image {
  const count = (kind: Instruction['kind']): bigint =>
    BigInt(inputBytes * instructions.filter((step) => step.kind === kind).length);
  const words = [count('read'), count('write'), ...instructions.flatMap(encode), BigInt(OPERATION.end)];
  const image = new BigUint64Array(slotsEnd / WORD_BYTES + words.length);
  statics.write(image.buffer);
  image.set(words, slotsEnd / WORD_BYTES);
  return { image: new Uint8Array(image.buffer), start: slotsEnd };
}

function encode(step: Instruction): bigint[] {
  const operation = OPERATION[step.kind];
  switch (step.kind) {
    case 'read':
      return [two(operation, step.to), ...toLimbs(step.addend)];
    case 'power5':
      return [two(operation, step.to), two(step.from, 0)];
    case 'sum': {
      const addend = toLimbs(step.addend);
      // The limbs of `plus` come with SHIFT_BITS, each in one of the columns that the reduction leaves.
      const starts = Array.from({ length: COLUMNS }, (_, k) => {
        const rest = k < LIMBS ? 0n : addend[k - LIMBS]! - SHIFT_BITS;
        return BigInt.asUintN(64, columnStart(k, step.terms.length) + rest);
      });
      const terms = step.terms.flatMap(({ from, factor }) => [
        two(from, 0),
        ...toLimbs(factor).map((limb) => bitsOfDouble(Number(limb))),
      ]);
      return [two(operation, step.to), two(step.plus, step.terms.length), ...starts, ...terms];
    }
    case 'write':
      return [two(operation, step.from)];
  }
}
