declare module 'circomlibjs' {
  export interface WasmPoseidon {
    (inputs: readonly bigint[], initialState?: bigint | Uint8Array, outputs?: 1): Uint8Array;
    (inputs: readonly bigint[], initialState: bigint | Uint8Array, outputs: number): Uint8Array | Uint8Array[];
    readonly F: { toObject(element: Uint8Array): bigint };
  }
  export function buildPoseidon(): Promise<WasmPoseidon>;
}
