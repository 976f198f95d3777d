/** Bounds of what one call may ask for. */
export interface RpcLimits {
  /** The most gas of a call that is not a transaction. */
  readonly callGas: bigint;
  /** The most blocks whose logs one call may ask for. */
  readonly logBlocks: number;
  /** The most logs that one call gives. */
  readonly logs: number;
  /** The most filters at once. */
  readonly filters: number;
}

export const DEFAULT_LIMITS: RpcLimits = { callGas: 50_000_000n, logBlocks: 10_000, logs: 10_000, filters: 1_000 };
