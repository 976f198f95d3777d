import type { Access } from './access.js';
import { BATCH_FORMAT, BATCH_VERSION } from './parse.js';

/**
 * The text of a batch file of these accesses, each with its value: JSON, an access on a line. `parseBatch` reads it.
 *
 * @example
 * formatBatch([{ op: 'write', address: 0n, kind: 'storage', slot: 1n, value: 100n }]);
 */
export function formatBatch(accesses: readonly Access[]): string {
  const lines = accesses.map(({ op, address, kind, slot, value }) => {
    const hex = (x: bigint): string => `0x${x.toString(16)}`;
    const entry = {
      address: `0x${address.toString(16).padStart(40, '0')}`,
      kind,
      ...(kind === 'storage' && { slot: hex(slot) }),
    };
    return `\n    ${JSON.stringify({ op, ...entry, value: hex(value) })}`;
  });
  return `{
  "format": "${BATCH_FORMAT}",
  "version": ${BATCH_VERSION},
  "accesses": [${lines.join(',')}
  ]
}
`;
}
