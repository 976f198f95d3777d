// What tests, benchmarks and scripts use of packages that have no types, or whose types do not resolve.

declare module 'circomlibjs' {
  interface WasmPoseidon {
    (inputs: readonly bigint[], initialState?: bigint | Uint8Array, outputs?: 1): Uint8Array;
    (inputs: readonly bigint[], initialState: bigint | Uint8Array, outputs: number): Uint8Array | Uint8Array[];
    readonly F: { toObject(element: Uint8Array): bigint };
  }
  export function buildPoseidon(): Promise<WasmPoseidon>;
  /** Poseidon in plain JavaScript: slow, and written apart from the WebAssembly one. */
  export function buildPoseidonReference(): Promise<WasmPoseidon>;

  /** An element of the field, in Montgomery form. */
  export type CircomlibElement = Uint8Array;
  type Elementish = CircomlibElement | bigint;

  /** What every operation tells: the siblings from the root down, and whether the place was empty before. */
  interface SmtStep {
    readonly siblings: readonly CircomlibElement[];
    readonly isOld0: boolean;
  }
  /** The leaf that was there: the same key's, or the one that had to make room. */
  interface OldLeaf {
    readonly oldKey: CircomlibElement;
    readonly oldValue: CircomlibElement;
  }
  type SmtFound =
    | { readonly found: true; readonly siblings: readonly CircomlibElement[]; readonly foundValue: CircomlibElement }
    | (SmtStep & {
        readonly found: false;
        readonly notFoundKey: CircomlibElement | undefined;
        readonly notFoundValue: CircomlibElement | undefined;
      });

  /** A sparse Merkle tree. It fails on updates and deletes of an absent key. */
  export interface SMT {
    root: CircomlibElement;
    readonly db: {
      multiIns(nodes: readonly [digest: CircomlibElement, node: readonly (bigint | number)[]][]): Promise<void>;
      setRoot(root: CircomlibElement): Promise<void>;
    };
    readonly F: {
      readonly zero: CircomlibElement;
      e(x: bigint): CircomlibElement;
      toObject(x: CircomlibElement): bigint;
    };
    find(key: Elementish): Promise<SmtFound>;
    insert(key: Elementish, value: Elementish): Promise<SmtStep & Partial<OldLeaf>>;
    update(
      key: Elementish,
      value: Elementish,
    ): Promise<SmtStep & OldLeaf & { readonly newKey: CircomlibElement; readonly newValue: CircomlibElement }>;
    delete(
      key: Elementish,
    ): Promise<SmtStep & Partial<OldLeaf> & { readonly delKey: CircomlibElement; readonly delValue: CircomlibElement }>;
  }
  export function newMemEmptyTrie(): Promise<SMT>;

  type CircomlibPoint = readonly [CircomlibElement, CircomlibElement];
  interface EddsaSignature {
    readonly R8: CircomlibPoint;
    readonly S: bigint;
  }
  /** EdDSA over Baby Jubjub. */
  export interface Eddsa {
    readonly F: { e(x: bigint): CircomlibElement; toObject(x: CircomlibElement): bigint };
    readonly babyJub: {
      readonly Base8: CircomlibPoint;
      mulPointEscalar(point: CircomlibPoint, scalar: bigint): CircomlibPoint;
    };
    prv2pub(privateKey: Uint8Array): CircomlibPoint;
    signPoseidon(privateKey: Uint8Array, message: CircomlibElement): EddsaSignature;
    verifyPoseidon(message: CircomlibElement, signature: EddsaSignature, publicKey: CircomlibPoint): boolean;
  }
  export function buildEddsa(): Promise<Eddsa>;
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
  export class Hash {
    readonly value: Uint8Array;
    bigInt(): bigint;
  }
  export const newHashFromBigInt: (digest: bigint) => Hash;
  export class NodeLeaf {
    constructor(key: Hash, value: Hash);
  }
  export class NodeMiddle {
    constructor(left: Hash, right: Hash);
  }
  export class InMemoryDB {
    constructor(prefix: Uint8Array);
    put(digest: Uint8Array, node: NodeLeaf | NodeMiddle): Promise<void>;
    setRoot(root: Hash): Promise<void>;
  }
  export class Merkletree {
    constructor(db: InMemoryDB, writable: boolean, maxLevels: number);
    add(key: bigint, value: bigint): Promise<void>;
    update(key: bigint, value: bigint): Promise<unknown>;
    delete(key: bigint): Promise<unknown>;
    generateProof(key: bigint): Promise<unknown>;
    root(): Promise<Hash>;
  }
}

declare namespace WebAssembly {
  /** The imports of a witness program; TypeScript has the whole of it only in its DOM library. */
  function instantiate(module: Module, imports: { runtime: Record<string, (code: number) => void> }): Promise<Instance>;
}
