/** What decides how large each section of a proving key's file is. */
export interface ZkeyShape {
  readonly wires: number;
  readonly publicSignals: number;
  /** A power of two, larger than constraints + public signals. */
  readonly domainSize: number;
  /** Terms of A and B, those of the rows for public signals included. */
  readonly coefficients: number;
}
