/**
 * Just enough of an assembler for WebAssembly: code is bytes in nested lists, and each function here
 * gives the code that pushes its result. Names are those of the text format.
 *
 * Source: https://webassembly.github.io/spec/core/binary/index.html
 */
export interface Code extends ReadonlyArray<number | Code> {}

export type ValueType = 'i32' | 'i64' | 'v128';

const VALUE_TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, v128: 0x7b };
const NO_RESULT = 0x40;
/** Of 64 KiB: 4 GiB, all that an address can reach. */
export const MAXIMUM_PAGES = 65536;
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

/** LEB128 of a signed 64-bit number. */
function signed64(n: bigint): number[] {
  const bytes = [];
  for (; n < -0x40n || n >= 0x40n; n >>= 7n) bytes.push(Number(n & 0x7fn) | 0x80);
  return [...bytes, Number(n & 0x7fn)];
}

const eightBytes = (x: bigint): number[] => Array.from({ length: 8 }, (_, i) => Number((x >> BigInt(8 * i)) & 0xffn));

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
/** Alignment is only a hint to the engine; 0 promises nothing. */
const memory = (offset: number): number[] => [0, ...unsigned(offset)];

type Binary = (a: Code, b: Code) => Code;
const binary =
  (opcode: number | Code): Binary =>
  (a, b) => [a, b, opcode];

type Unary = (a: Code) => Code;
const unary =
  (opcode: number | Code): Unary =>
  (a) => [a, opcode];

export const i32 = {
  const: (n: number): Code => [0x41, ...signed(n | 0)],
  load: (address: Code, offset = 0): Code => [address, 0x28, memory(offset)],
  store: (address: Code, offset: number, value: Code): Code => [address, value, 0x36, memory(offset)],
  eqz: unary(0x45),
  eq: binary(0x46),
  ltU: binary(0x49),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  or: binary(0x72),
  shl: (a: Code, bits: number): Code => [a, i32.const(bits), 0x74],
  shrU: (a: Code, bits: number): Code => [a, i32.const(bits), 0x76],
};

export const i64 = {
  const: (n: bigint): Code => [0x42, signed64(n)],
  load32U: (address: Code, offset = 0): Code => [address, 0x35, memory(offset)],
  store32: (address: Code, offset: number, value: Code): Code => [address, value, 0x3e, memory(offset)],
  load: (address: Code, offset = 0): Code => [address, 0x29, memory(offset)],
  store: (address: Code, offset: number, value: Code): Code => [address, value, 0x37, memory(offset)],
  eqz: unary(0x50),
  eq: binary(0x51),
  geU: binary(0x5a),
  add: binary(0x7c),
  sub: binary(0x7d),
  mul: binary(0x7e),
  divU: binary(0x80),
  and: binary(0x83),
  or: binary(0x84),
  shl: (a: Code, bits: number): Code => [a, i64.const(BigInt(bits)), 0x86],
  shrS: (a: Code, bits: number): Code => [a, i64.const(BigInt(bits)), 0x87],
  shrU: (a: Code, bits: number): Code => [a, i64.const(BigInt(bits)), 0x88],
  fromI32U: unary(0xad),
};

export const v128 = {
  load: (address: Code, offset = 0): Code => [address, simd(0), memory(offset)],
  load32Splat: (address: Code, offset = 0): Code => [address, simd(9), memory(offset)],
  load64Splat: (address: Code, offset = 0): Code => [address, simd(10), memory(offset)],
  /** `[the word at low, the word at high]`. */
  load64Pair: (low: Code, high: Code, offset = 0): Code => [
    [high, low, simd(0x5d), memory(offset)],
    [simd(0x57), memory(offset), 1],
  ],
  store: (address: Code, offset: number, value: Code): Code => [address, value, simd(11), memory(offset)],
  store64Lane: (address: Code, offset: number, value: Code, lane: 0 | 1): Code => [
    address,
    value,
    simd(0x5b),
    memory(offset),
    lane,
  ],
  and: binary(simd(0x4e)),
  andNot: binary(simd(0x4f)),
  or: binary(simd(0x50)),
  xor: binary(simd(0x51)),
  /** Bits of `a` where `mask` has ones, else of `b`. */
  select: (mask: Code, a: Code, b: Code): Code => [a, b, mask, simd(0x52)],
  anyTrue: unary(simd(0x53)),
};

export const i32x4 = {
  /** Lanes `[a0, a2, a0, a2]`: what two 64-bit lanes hold below 2^32. */
  even: (a: Code): Code => [a, a, simd(13), 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11],
};

export const i64x2 = {
  splat: (x: bigint): Code => [simd(12), eightBytes(x), eightBytes(x)],
  /** Both lanes become `x`, a 64-bit number. */
  fromI64: unary(simd(0x12)),
  add: binary(simd(0xce)),
  sub: binary(simd(0xd1)),
  eq: binary(simd(0xd6)),
  gtS: binary(simd(0xd9)),
  shl: (a: Code, bits: number): Code => [a, i32.const(bits), simd(0xcb)],
  shrU: (a: Code, bits: number): Code => [a, i32.const(bits), simd(0xcd)],
  /** Bit i tells whether lane i is negative. */
  bitmask: unary(simd(0xc4)),
  /** `[one of a0, a1, b0, b1, another]`. */
  shuffle: (a: Code, b: Code, lanes: readonly [number, number]): Code => [
    [a, b, simd(13)],
    lanes.flatMap((lane) => Array.from({ length: 8 }, (_, i) => 8 * lane + i)),
  ],
  /** `[a0 * b0, a1 * b1]`, of 32-bit lanes to 64-bit ones. */
  extmulLowI32x4U: binary(simd(0xde)),
  /** `[a0, a1]`, of 32-bit lanes to 64-bit ones. */
  extendLowI32x4U: unary(simd(0xc9)),
};

export const f64x2 = {
  add: binary(simd(0xf0)),
  sub: binary(simd(0xf1)),
  /** a * b + c, rounded once or twice: the engine decides. Of the relaxed SIMD proposal. */
  relaxedMadd: (a: Code, b: Code, c: Code): Code => [a, b, c, simd(0x107)],
};

/** Counts `count` down to 0, with `body` before each step. */
export const repeat = (count: Local, ...body: readonly Code[]): Code =>
  when(count.get, [repeatWhile([...body, count.set(i32.sub(count.get, i32.const(1)))], count.get)]);

/** Adds bytes, or another number, to a local. */
export const advance = (local: Local, step: number | Code): Code =>
  local.set(i32.add(local.get, typeof step === 'number' ? i32.const(step) : step));

/** Repeats `body` as long as `again`, evaluated after it, is not 0. */
export const repeatWhile = (body: readonly Code[], again: Code): Code => [
  [0x03, NO_RESULT],
  body,
  again,
  [0x0d, 0], // br_if to the loop's start
  0x0b,
];

export const when = (condition: Code, body: readonly Code[], otherwise: readonly Code[] = []): Code => [
  condition,
  [0x04, NO_RESULT],
  body,
  otherwise.length > 0 ? [0x05, otherwise] : [],
  0x0b,
];

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

/** A tuple of N items, for an N that is known; else a list. */
export type Repeated<T, N extends number, Found extends readonly T[] = []> = number extends N
  ? T[]
  : Found['length'] extends N
    ? [...Found]
    : Repeated<T, N, [...Found, T]>;

/** So many items, made from their indices: each can have a name. */
export const times = <T, N extends number>(count: N, make: (index: number) => T): Repeated<T, N> =>
  Array.from({ length: count }, (_, index) => make(index)) as Repeated<T, N>;

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

  locals<N extends number>(type: ValueType, count: N): Repeated<Local, N> {
    return times(count, () => this.local(type));
  }

  emit(...code: readonly Code[]): void {
    for (const part of code) appendBytes(this.#body, part);
  }

  /** What `build` emits, to be emitted within other code. */
  capture(build: () => void): Code {
    const start = this.#body.length;
    build();
    return this.#body.splice(start);
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
/** Of ASCII letters. */
const text = (name: string): number[] => [
  ...unsigned(name.length),
  ...Array.from(name, (letter) => letter.charCodeAt(0)),
];

/** Functions under construction, which call each other by reference; all are exported, and so is `memory`. */
export class ModuleBuilder {
  readonly #functions: FunctionBuilder[] = [];
  #globals = 0;

  /** A variable of each instance, 0 at first. */
  global(): Local {
    const index = unsigned(this.#globals++);
    return { get: [0x23, index], set: (value) => [value, 0x24, index] };
  }

  define(name: string, params: readonly ValueType[], results: readonly ValueType[] = []): FunctionBuilder {
    const f = new FunctionBuilder(name, params, results);
    this.#functions.push(f);
    return f;
  }

  /** A function of so many i32 parameters and without a result. */
  defineOfI32<N extends number>(name: string, count: N): { f: FunctionBuilder; params: Repeated<Local, N> } {
    const f = this.define(
      name,
      times(count, (): ValueType => 'i32'),
    );
    return { f, params: times(count, (i) => f.param(i)) };
  }

  call(f: FunctionBuilder, ...args: readonly Code[]): Code {
    return [args, 0x10, unsigned(this.#functions.indexOf(f))];
  }

  /** The module, with a memory of `pages` times 64 KiB that can grow. */
  build(pages: number): Uint8Array {
    return this.#module([], section(5, vector([[0x00, ...unsigned(pages)]])), [[...text('memory'), 0x02, 0]]);
  }

  /** The module, working on the shared memory that it is given as `env.memory`. */
  buildShared(): Uint8Array {
    const memoryType = [0x03, 1, ...unsigned(MAXIMUM_PAGES)];
    return this.#module(section(2, vector([[...text('env'), ...text('memory'), 0x02, ...memoryType]])), [], []);
  }

  #module(imports: readonly number[], memories: readonly number[], exported: readonly number[][]): Uint8Array {
    const functions = this.#functions;
    const exports = functions.map((f, i) => [...text(f.name), 0x00, ...unsigned(i)]);
    return Uint8Array.from([
      ...MAGIC_AND_VERSION,
      ...section(1, vector(functions.map((f) => f.type()))),
      ...imports,
      ...section(3, vector(functions.map((_, i) => unsigned(i)))),
      ...memories,
      ...section(6, vector(Array.from({ length: this.#globals }, () => [VALUE_TYPES.i32, 1, 0x41, 0, 0x0b]))),
      ...section(7, vector([...exported, ...exports])),
      ...section(10, vector(functions.map((f) => f.body()))),
    ]);
  }
}
