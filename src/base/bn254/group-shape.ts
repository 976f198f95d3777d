// What all parts of a group's code share: its coordinates, its memory, and how a list of additions is laid out.
import { i32 } from '../wasm/assembler.js';
import type { Code, FunctionBuilder } from '../wasm/assembler.js';
import type { Coordinates } from './coordinates.js';
import type { Workshop } from './field.js';

/** Of an entry in a list of additions: three addresses of points, of what is added, and of the sum. */
export const ENTRY_BYTES = 12;
/** Additions that share one inversion, at most. A list needs room for one entry more. */
export const BATCH = 2048;

/** Scratch memory for a list of doublings, and for a batch's denominators and their products. */
export interface BatchMemory {
  readonly doublings: Code;
  readonly denominators: Code;
  readonly products: Code;
}

export const batchMemory = ({ scratch }: Workshop, pairBytes: number): BatchMemory => ({
  doublings: scratch((BATCH + 1) * ENTRY_BYTES),
  denominators: scratch((BATCH / 2) * pairBytes),
  products: scratch((BATCH / 2 + 1) * pairBytes),
});

/** A group of which code is built. */
export interface Shape {
  readonly workshop: Workshop;
  readonly name: string;
  readonly coordinates: Coordinates;
  readonly batch: BatchMemory;
  readonly isInfinity: FunctionBuilder;
  readonly negate: FunctionBuilder;
}

/** The place of a point, without its sign. */
export const point = (address: Code): Code => i32.and(address, i32.const(-2));
/** 1 if it is the negative that is meant. */
export const sign = (address: Code): Code => i32.and(address, i32.const(1));
/** The sum of one element and of another one's negative. */
export const DIFFERENCE = { plus: 1, minus: 1, bias: 5 } as const;

export const RETURN: Code = [0x0f];
export const DROP: Code = [0x1a];
