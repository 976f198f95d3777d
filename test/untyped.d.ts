// What the tests use of packages that have no types, or whose types do not resolve.

declare module 'circomlibjs' {
  interface WasmPoseidon {
    (inputs: readonly bigint[], initialState?: bigint | Uint8Array, outputs?: 1): Uint8Array;
    (inputs: readonly bigint[], initialState: bigint | Uint8Array, outputs: number): Uint8Array | Uint8Array[];
    readonly F: { toObject(element: Uint8Array): bigint };
  }
  export function buildPoseidon(): Promise<WasmPoseidon>;
  /** Poseidon in plain JavaScript: slow, and written apart from the WebAssembly one. */
  export function buildPoseidonReference(): Promise<WasmPoseidon>;
}

declare module 'circom_runtime' {
  interface WitnessCalculator {
    calculateWitness(inputs: object, sanityCheck: boolean): Promise<bigint[]>;
  }
  export function WitnessCalculatorBuilder(program: WebAssembly.Instance, options: object): Promise<WitnessCalculator>;
  export function WitnessCalculatorBuilder(
    program: Uint8Array,
  ): Promise<{ calculateWTNSBin(inputs: object, sanityCheck: 0): Promise<Uint8Array> }>;
}

declare module '@iden3/js-merkletree' {
  export const str2Bytes: (text: string) => Uint8Array;
  export class InMemoryDB {
    constructor(prefix: Uint8Array);
  }
  export class Merkletree {
    constructor(db: InMemoryDB, writable: boolean, maxLevels: number);
    add(key: bigint, value: bigint): Promise<void>;
    update(key: bigint, value: bigint): Promise<unknown>;
    root(): Promise<{ bigInt(): bigint }>;
  }
}

declare namespace WebAssembly {
  /** The imports of a witness program; TypeScript has the whole of it only in its DOM library. */
  function instantiate(module: Module, imports: { runtime: Record<string, (code: number) => void> }): Promise<Instance>;
}
