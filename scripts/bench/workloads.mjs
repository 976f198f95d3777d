// @ts-check
// What is measured: the core workloads of YCSB (Cooper et al., "Benchmarking Cloud Serving Systems with YCSB", 2010) on
// records of one 256-bit word, but E, which scans; and a mainnet block.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { random, ranks } from './world.mjs';

/**
 * Shares of operations, the rest being reads of one record; and which records are asked for most.
 * @type {Readonly<Record<string, { title: string, update?: number, insert?: number, modify?: number, latest: boolean }>>}
 */
export const YCSB = {
  A: { title: '50 % reads, 50 % updates', update: 0.5, latest: false },
  B: { title: '95 % reads, 5 % updates', update: 0.05, latest: false },
  C: { title: 'reads', latest: false },
  D: { title: '95 % reads of the latest, 5 % inserts', insert: 0.05, latest: true },
  F: { title: '50 % reads, 50 % read-modify-writes', modify: 0.5, latest: false },
};
export const BLOCK = 'mainnet block';
export const WORKLOADS = [...Object.keys(YCSB), BLOCK];

/**
 * 256 bits, the same for the same name.
 * @param {string} name
 */
const word = (name) => BigInt(`0x${createHash('sha256').update(name).digest('hex')}`);

/** @typedef {import('../../src/index.js').EntryKey} EntryKey */
/** @typedef {import('../../src/index.js').RequestedAccess} RequestedAccess */

/**
 * Record `i`, a key as plain key-value users have it.
 * @param {number} i
 * @returns {EntryKey}
 */
export const record = (i) => ({ address: 0n, kind: 'storage', slot: word(`user${i}`) });
/** @param {number} i */
export const firstValue = (i) => word(`value ${i}`);

/**
 * Draws lists of accesses of a workload on records 0 to `size` - 1, and on those that it inserts.
 * @param {string} name one of YCSB's
 * @param {number} size
 */
export function drawAccesses(name, size) {
  const workload = YCSB[name];
  if (workload === undefined) throw new Error(`expected a workload of YCSB, got ${name}`);
  const { update = 0, insert = 0, modify = 0, latest } = workload;
  const next = random(name.charCodeAt(0));
  const rank = ranks(size, next);
  let [count, stamp] = [size, 0];
  const asked = () => record(latest ? count - 1 - rank() : (rank() * 7919) % size);
  /** @type {(entry: EntryKey) => RequestedAccess} */
  const write = (entry) => ({ op: 'write', ...entry, value: word(`${name} ${stamp++}`) });
  /** @param {number} length */
  return (length) => {
    /** @type {RequestedAccess[]} */
    const accesses = [];
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

/**
 * @param {Pick<typeof import('../../src/index.js'), 'parseBatch'>} rootshift what is measured
 * @param {string} home the project's folder
 */
export const readBlock = (rootshift, home) =>
  rootshift.parseBatch(readFileSync(path.join(home, 'examples', 'mainnet-block-20472570.json'), 'utf8'));

/**
 * @param {readonly RequestedAccess[]} accesses
 * @returns {import('../../src/index.js').Batch}
 */
export const asBatch = (accesses) => ({
  accesses,
  prestate: [],
  transactionSizes: [accesses.length],
  where: (i) => `access ${i}`,
});
