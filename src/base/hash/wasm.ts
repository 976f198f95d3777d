/**
 * Just enough of an assembler for WebAssembly: code is bytes in nested lists, and each function here
 * gives the code that pushes its result. Names are those of the text format.
 *
 * Source: https://webassembly.github.io/spec/core/binary/index.html
 */
export interface Code extends ReadonlyArray<number | Code> {}

export type ValueType = 'i32' | 'v128';

const VALUE_TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, v128: 0x7b };
const NO_RESULT = 0x40;
const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** LEB128 of an unsigned number below 2^31. */
function unsigned(n: number): number[] {
  const bytes = [];
  for (; n >= 0x80; n >>>= 7) bytes.push((n & 0x7f) | 0x80);
  return [...bytes, n];
}

/** LEB128 of a signed 32-bit number. */
function signed(n: number): number[] {
  const bytes = [];
  for (; n < -0x40 || n >= 0x40; n >>= 7) bytes.push((n & 0x7f) | 0x80);
  return [...bytes, n & 0x7f];
}

const eightBytes = (x: bigint): number[] => Array.from({ length: 8 }, (_, i) => Number((x >> BigInt(8 * i)) & 0xffn));

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
/** Alignment is only a hint to the engine; 0 promises nothing. */
const memory = (offset: number): number[] => [0, ...unsigned(offset)];

type Binary = (a: Code, b: Code) => Code;
const binary = (opcode: number | Code): Binary => (a, b) => [a, b, opcode];

export const i32 = {
  const: (n: number): Code => [0x41, ...signed(n)],
  load: (address: Code, offset = 0): Code => [address, 0x28, memory(offset)],
  add: binary(0x6a),
  sub: binary(0x6b),
  and: binary(0x71),
  eq: binary(0x46),
};

export const v128 = {
  load: (address: Code, offset = 0): Code => [address, simd(0), memory(offset)],
  load32Splat: (address: Code, offset = 0): Code => [address, simd(9), memory(offset)],
  load64Splat: (address: Code, offset = 0): Code => [address, simd(10), memory(offset)],
  store: (address: Code, offset: number, value: Code): Code => [address, value, simd(11), memory(offset)],
  and: binary(simd(0x4e)),
  or: binary(simd(0x50)),
};

export const i32x4 = {
  /** Lanes `[a0, a2, a0, a2]`: what two 64-bit lanes hold below 2^32. */
  even: (a: Code): Code => [a, a, simd(13), 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11],
};

export const i64x2 = {
  splat: (x: bigint): Code => [simd(12), eightBytes(x), eightBytes(x)],
  add: binary(simd(0xce)),
  sub: binary(simd(0xd1)),
  shl: (a: Code, bits: number): Code => [a, i32.const(bits), simd(0xcb)],
  shrU: (a: Code, bits: number): Code => [a, i32.const(bits), simd(0xcd)],
  /** `[a0 * b0, a1 * b1]`, of 32-bit lanes to 64-bit ones. */
  extmulLowI32x4U: binary(simd(0xde)),
  /** `[a0, a1]`, of 32-bit lanes to 64-bit ones. */
  extendLowI32x4U: (a: Code): Code => [a, simd(0xc9)],
};

/** Repeats `body` as long as `again`, evaluated after it, is not 0. */
export const repeatWhile = (body: readonly Code[], again: Code): Code => [
  [0x03, NO_RESULT],
  body,
  again,
  [0x0d, 0], // br_if to the loop's start
  0x0b,
];

export const when = (condition: Code, body: readonly Code[]): Code => [condition, 0x04, NO_RESULT, body, 0x0b];

export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

function appendBytes(bytes: number[], code: Code): void {
  for (const part of code) {
    if (typeof part === 'number') bytes.push(part);
    else appendBytes(bytes, part);
  }
}

/** A function under construction: its parameters are the first locals. */
export class FunctionBuilder {
  readonly #locals: ValueType[] = [];
  readonly #body: number[] = [];

  constructor(
    readonly name: string,
    readonly params: readonly ValueType[],
    readonly results: readonly ValueType[] = [],
  ) {}

  param(index: number): Local {
    return { get: [0x20, unsigned(index)], set: (value) => [value, 0x21, unsigned(index)] };
  }

  local(type: ValueType): Local {
    return this.param(this.params.length + this.#locals.push(type) - 1);
  }

  locals(type: ValueType, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  emit(...code: readonly Code[]): void {
    for (const part of code) appendBytes(this.#body, part);
  }

  type(): number[] {
    const types = (list: readonly ValueType[]): number[][] => list.map((type) => [VALUE_TYPES[type]]);
    return [0x60, ...vector(types(this.params)), ...vector(types(this.results))];
  }

  body(): number[] {
    const locals = vector(this.#locals.map((type) => [1, VALUE_TYPES[type]]));
    return [...unsigned(locals.length + this.#body.length + 1), ...locals, ...this.#body, 0x0b];
  }
}

const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
const text = (name: string): number[] => [...unsigned(name.length), ...Buffer.from(name, 'ascii')];

/** Functions under construction, which call each other by reference; all are exported, and so is `memory`. */
export class ModuleBuilder {
  readonly #functions: FunctionBuilder[] = [];

  define(name: string, params: readonly ValueType[], results: readonly ValueType[] = []): FunctionBuilder {
    const f = new FunctionBuilder(name, params, results);
    this.#functions.push(f);
    return f;
  }

  call(f: FunctionBuilder, ...args: readonly Code[]): Code {
    return [args, 0x10, unsigned(this.#functions.indexOf(f))];
  }

  /** The module, with a memory of `pages` times 64 KiB that can grow. */
  build(pages: number): Uint8Array {
    const functions = this.#functions;
    const exports = functions.map((f, i) => [...text(f.name), 0x00, ...unsigned(i)]);
    return Uint8Array.from([
      ...MAGIC_AND_VERSION,
      ...section(1, vector(functions.map((f) => f.type()))),
      ...section(3, vector(functions.map((_, i) => unsigned(i)))),
      ...section(5, vector([[0x00, ...unsigned(pages)]])),
      ...section(7, vector([[...text('memory'), 0x02, 0], ...exports])),
      ...section(10, vector(functions.map((f) => f.body()))),
    ]);
  }
}
