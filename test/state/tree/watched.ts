import type { Digest } from '../../../src/state/tree/node.js';
import type { NodeReader } from '../../../src/state/tree/store.js';

/** A store that notes what it is asked for. */
export function watched(reader: NodeReader): NodeReader & { readonly asked: (readonly Digest[])[] } {
  const asked: (readonly Digest[])[] = [];
  return {
    asked,
    getNodes: (digests) => {
      asked.push(digests);
      return reader.getNodes(digests);
    },
  };
}
