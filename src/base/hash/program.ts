/** A number of input or output, of both lanes: four 64-bit words, the least significant first, lanes alternating. */
export const PAIR_BYTES = 64;

/** A step of a program; numbers are addresses of slots. */
export type Instruction =
  /** The next input, which is below r, plus `addend`. */
  | { readonly kind: 'read'; readonly to: number; readonly addend: bigint }
  /** `from^5 / R^4`; `to` is another slot. */
  | { readonly kind: 'power5'; readonly to: number; readonly from: number }
  /** `(sum of factor * from) / R + plus + addend` */
  | {
      readonly kind: 'sum';
      readonly to: number;
      readonly terms: readonly Term[];
      readonly plus: number;
      readonly addend: bigint;
    }
  /** The next output. */
  | { readonly kind: 'write'; readonly from: number };

export interface Term {
  readonly from: number;
  /** Below r, as all addends are. */
  readonly factor: bigint;
}

/** An instruction's first word. */
export const OPERATION = { end: 0, read: 1, power5: 2, sum: 3, write: 4 } as const;

/** How a kernel keeps numbers. */
export interface NumberFormat {
  /** Montgomery's R. */
  readonly montgomery: bigint;
  readonly slotBytes: number;
  /** The first slot. It holds 0; those after it are the program's, which itself comes after them. */
  readonly slotsAt: number;
}

/** The memory that a program runs in, up to the end of the program, which starts at `start`. */
export interface Image {
  readonly image: Uint8Array;
  readonly start: number;
}

/** WebAssembly that runs programs, and how it wants them. */
export interface Kernel {
  readonly name: 'fused' | 'integer';
  readonly format: NumberFormat;
  /** The module: exports `memory` and `run`. */
  build(): Uint8Array;
  encode(instructions: readonly Instruction[], slotsEnd: number): Image;
}
