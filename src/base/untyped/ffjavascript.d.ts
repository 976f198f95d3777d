declare module 'ffjavascript' {
  /** Instructions of a WebAssembly function body. */
  export type Code = readonly number[];

  /** The part of wasmbuilder's code builder that is used here; each method returns instructions. */
  export interface CodeBuilder {
    getLocal(name: string): Code;
    setLocal(name: string, value: Code): Code;
    teeLocal(name: string, value: Code): Code;
    call(name: string, ...args: Code[]): Code;
    block(body: Code): Code;
    loop(...body: Code[]): Code;
    br(depth: number): Code;
    br_if(depth: number, condition: Code): Code;
    if(condition: Code, then: Code, otherwise?: Code): Code;
    i32_const(value: number): Code;
    i32_load(address: Code, offset?: number): Code;
    i32_store(address: Code, value: Code): Code;
    i32_eqz(value: Code): Code;
    i32_add(a: Code, b: Code): Code;
    i32_sub(a: Code, b: Code): Code;
    i32_mul(a: Code, b: Code): Code;
    i32_and(a: Code, b: Code): Code;
    i32_shl(a: Code, b: Code): Code;
    i32_shr_u(a: Code, b: Code): Code;
    i32_lt_u(a: Code, b: Code): Code;
  }

  export interface FunctionBuilder {
    addParam(name: string, type: 'i32'): void;
    addLocal(name: string, type: 'i32'): void;
    addCode(...code: Code[]): void;
    getCodeBuilder(): CodeBuilder;
  }

  export interface ModuleBuilder {
    addFunction(name: string): FunctionBuilder;
    exportFunction(name: string): void;
    /** Reserves bytes of the module's static memory and returns their address. */
    alloc(bytes: number | Uint8Array): number;
  }

  /** A field element in Montgomery form, little-endian bytes. */
  export type Element = Uint8Array;

  export interface Field {
    /** `w[k]` is a primitive 2^k-th root of unity (scalar field only). */
    readonly w: readonly Element[];
    readonly s: number;
    e(value: bigint): Element;
    mul(a: Element, b: Element): Element;
    toObject(a: Element): bigint;
  }

  /** A curve group; points are affine (x, y) or Jacobian (x, y, z), coordinates in Montgomery form. */
  export interface Group {
    readonly g: Uint8Array;
    readonly zero: Uint8Array;
    add(p: Uint8Array, q: Uint8Array): Uint8Array;
    neg(p: Uint8Array): Uint8Array;
    double(p: Uint8Array): Uint8Array;
    toJacobian(p: Uint8Array): Uint8Array;
    timesFr(p: Uint8Array, scalar: Element): Uint8Array;
    timesScalar(p: Uint8Array, scalar: bigint): Uint8Array;
    isZero(p: Uint8Array): boolean;
    /** Whether it is on the curve; of G2, not whether it is in the group. */
    isValid(p: Uint8Array): boolean;
    /** From plain numbers, affine or projective; those of G2's coordinates in pairs. */
    fromObject(p: readonly bigint[] | readonly (readonly bigint[])[]): Uint8Array;
    toAffine(p: Uint8Array): Uint8Array;
    toObject(p: Uint8Array): bigint[] | bigint[][];
    /**
     * Affine points one after another, from little-endian Montgomery form to the uncompressed form of snarkjs's hashes.
     */
    batchLEMtoU(points: Uint8Array): Promise<Uint8Array>;
  }

  /** Of a task: it takes memory, fills it, calls a function of the WebAssembly on it, or gets the result. */
  export type Step =
    | { readonly cmd: 'ALLOCSET'; readonly var: number; readonly buff: Uint8Array }
    | { readonly cmd: 'ALLOC'; readonly var: number; readonly len: number }
    | {
        readonly cmd: 'CALL';
        readonly fnName: string;
        readonly params: ({ readonly var: number; readonly offset?: number } | { readonly val: number })[];
      }
    | { readonly cmd: 'GET'; readonly out: number; readonly var: number; readonly len: number };

  export interface Curve {
    readonly q: bigint;
    readonly r: bigint;
    readonly Fr: Field;
    readonly G1: Group;
    readonly G2: Group;
    /** `code`: the WebAssembly binary, for a curve built with `singleThread`. */
    readonly tm: { readonly code: Uint8Array; queueAction(task: Step[]): Promise<Uint8Array[]> };
    /** Whether the product of the pairings of points of G1 and G2, taken in turn, is 1. */
    pairingEq(...points: Uint8Array[]): Promise<boolean>;
    terminate(): Promise<void>;
  }

  export function buildBn128(singleThread: boolean, plugins?: (module: ModuleBuilder) => void): Promise<Curve>;
}
