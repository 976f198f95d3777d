/** BN254 in WebAssembly, as the package has it built. */
declare module 'wasmcurves/build/bn128_wasm.js' {
  const bn128: {
    /** Base64. */
    readonly code: string;
    /** Bytes of a point that is prepared for the Miller loop, of G1 and of G2. */
    readonly prePSize: number;
    readonly preQSize: number;
  };
  export default bn128;
}
