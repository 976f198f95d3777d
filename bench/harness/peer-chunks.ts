import type { RequestedAccess } from 'rootshift';

/** How many of the accesses each circuit of the peer takes, if it has at most `size` constraints. */
export function peerChunks(
  accesses: readonly Pick<RequestedAccess, 'op'>[],
  costs: Readonly<Record<'read' | 'write', number>>,
  size: number,
): [first: number, ...others: number[]] {
  const counts: [number, ...number[]] = [0];
  let room = size;
  for (const { op } of accesses) {
    if (room < costs[op]) {
      counts.push(0);
      room = size;
    }
    room -= costs[op];
    counts[counts.length - 1]! += 1;
  }
  return counts;
}
