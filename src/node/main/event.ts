/** What a node tells whoever started it. */
export type NodeEvent =
  /** A sentence on what it is doing. */
  | { readonly kind: 'doing'; readonly message: string }
  /** Something failed, and is tried again. */
  | { readonly kind: 'warning'; readonly message: string }
  /** A call failed for a reason that its caller was not told. */
  | { readonly kind: 'bug'; readonly error: unknown };
