/* The messages of protos/rootshift/store/v1/store.proto. */
import type { Page } from './parts.js';

export interface GetManyRequest {
  readonly keys: readonly Uint8Array[];
}
export interface GetManyResponse {
  readonly slots: readonly { readonly value?: Uint8Array }[];
}

export interface WriteIfRequest {
  readonly guard?: OptionalRecord | null;
  readonly total?: number;
  readonly changes: readonly OptionalRecord[];
}
export interface OptionalRecord {
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
}
export interface WriteIfResponse {
  readonly made: boolean;
}

export interface RangeRequest {
  readonly from: Uint8Array;
  readonly before: Uint8Array;
  readonly limit: number;
}
export type RangeResponse = Page;

export interface SizeOnDiskResponse {
  readonly bytes: number;
}

/** Bytes of a message that is one of several: well below what any server or client takes at once. */
export const MESSAGE_BYTES = 1 << 19;
/** What a record takes in a message beside its bytes, at most. */
export const RECORD_OVERHEAD = 16;
