// What is measured: the core workloads of YCSB (Cooper et al., "Benchmarking Cloud Serving Systems with YCSB", 2010) on
// records of one 256-bit word, but E, which scans; and a mainnet block.
import type { Batch, EntryKey, RequestedAccess } from 'rootshift';
import { random, ranks, spread, word } from './draw.js';

/** Shares of operations, the rest being reads of one record; and which records are asked for most. */
interface Shares {
  readonly title: string;
  readonly update?: number;
  readonly insert?: number;
  readonly modify?: number;
  /** Those inserted last are asked for most; else some that lie anywhere. */
  readonly latest: boolean;
}

export type YcsbName = 'A' | 'B' | 'C' | 'D' | 'F';
export const YCSB: Readonly<Record<YcsbName, Shares>> = {
  A: { title: '50 % reads, 50 % updates', update: 0.5, latest: false },
  B: { title: '95 % reads, 5 % updates', update: 0.05, latest: false },
  C: { title: 'reads', latest: false },
  D: { title: '95 % reads of the latest, 5 % inserts', insert: 0.05, latest: true },
  F: { title: '50 % reads, 50 % read-modify-writes', modify: 0.5, latest: false },
};

export const BLOCK = 'mainnet block';
export type Workload = YcsbName | typeof BLOCK;
export const WORKLOADS = [...(Object.keys(YCSB) as YcsbName[]), BLOCK] as const satisfies readonly Workload[];

/** Where the block lies, from the project's directory. */
export const BLOCK_FILE = 'examples/mainnet-block-20472570.json';

/** Record `i`, a key as plain key-value users have it. */
export const record = (i: number): EntryKey => ({ address: 0n, kind: 'storage', slot: word(`user${i}`) });
export const firstValue = (i: number): bigint => word(`value ${i}`);

/**
 * Draws lists of accesses of a workload, of the length asked for, on records 0 to `size` - 1 and on those that it
 * inserts.
 */
export function drawAccesses(name: YcsbName, size: number): (length: number) => RequestedAccess[] {
  const { update = 0, insert = 0, modify = 0, latest } = YCSB[name];
  const next = random(name.charCodeAt(0));
  const rank = ranks(size, next);
  let count = size;
  let stamp = 0;
  const asked = (): EntryKey => record(latest ? count - 1 - rank() : spread(rank(), size));
  const write = (entry: EntryKey): RequestedAccess => ({ op: 'write', ...entry, value: word(`${name} ${stamp++}`) });
  return (length) => {
    const accesses: RequestedAccess[] = [];
    while (accesses.length < length) {
      const choice = next();
      if (choice < update) accesses.push(write(asked()));
      else if (choice < update + insert) accesses.push(write(record(count++)));
      else {
        const entry = asked();
        accesses.push({ op: 'read', ...entry });
        if (choice < update + insert + modify) accesses.push(write(entry));
      }
    }
    return accesses.slice(0, length);
  };
}

/** Accesses as one transaction, of no state in particular. */
export const asBatch = (accesses: readonly RequestedAccess[]): Batch => ({
  accesses,
  prestate: [],
  transactionSizes: [accesses.length],
  where: (i) => `access ${i}`,
});
