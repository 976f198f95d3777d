/** How blocks and batches are made. */
export interface SequencerSettings {
  /** Milliseconds from one block to the next, if there are transactions; 0: as soon as there is one. */
  readonly beatMs: number;
  /** What a block's transactions may use together. */
  readonly blockGasLimit: bigint;
  /** The address that gets the priority fees. */
  readonly feeRecipient: bigint;
  /** Entries that a batch may change: rows of the circuits that prove it, and what a posted batch holds. */
  readonly mostWrites: number;
  /** Bytes that a batch may have. */
  readonly mostBytes: number;
  /** Milliseconds after which a batch takes no more blocks. */
  readonly mostAgeMs: number;
  /** Closed batches that may wait for their proofs before no more blocks are made; null: any number. */
  readonly mostUnproven: number | null;
}

/** A posted batch holds 512 writes (`MAX_RECORDS`), and one transaction on Ethereum 128 KiB. */
export const DEFAULT_SETTINGS: SequencerSettings = {
  beatMs: 1000,
  blockGasLimit: 30_000_000n,
  feeRecipient: 0n,
  mostWrites: 512,
  mostBytes: 120_000,
  mostAgeMs: 60_000,
  mostUnproven: null,
};
