/**
 * A node that is killed at any step: what its pool acknowledged is in a block, once, and the chain is what the EVM
 * makes of it. Each process begins where the one before it was killed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { keccak256 } from 'viem';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../../src/engine/database.js';
import { openSql } from '../../../src/node/sql/postgres.js';
import { StateStore } from '../../../src/node/store/state-store.js';
import { freshFolder, ROOT } from '../../cli/cli.js';
import { postgres } from '../../postgres/server.js';
import * as evm from '../../rules/evm/world.js';
import { ACCOUNTS } from './chain.js';
import { expectExact } from './world.js';

const STEPS = ['executed', 'committed', 'stored', 'told', 'closed', 'checked'] as const;
const ROUNDS = process.env['ROOTSHIFT_LONG'] === undefined ? 1 : 40;

/** One file of the program: it starts many times. Beside the packages that it loads. */
const program = path.join(ROOT, 'node_modules', '.cache', `rootshift-node-${process.pid}.mjs`);
beforeAll(async () => {
  await mkdir(path.dirname(program), { recursive: true });
  await build({
    entryPoints: [path.join(ROOT, 'test', 'node', 'sequencer', 'child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    // Where the modules look for files beside them.
    define: { 'import.meta.url': JSON.stringify(`file://${ROOT}test/rules/evm/world.ts`) },
  });
});
afterAll(() => rm(program, { force: true }));

class Chain {
  readonly acknowledged = new Set<bigint>();
  readonly #sent: `0x${string}`[] = [];
  readonly #nonces = ACCOUNTS.map(() => 0);
  #recipients = 0x10000n;

  constructor(
    readonly url: string,
    readonly folder: string,
  ) {}

  get sent(): number {
    return this.#sent.length;
  }

  /** Starts a node that ends itself by SIGKILL after a step, or not; sends while it lives. @returns its exit */
  async live(
    end: string,
    onAcknowledged: (kill: () => void) => void,
  ): Promise<{ code: number | null; signal: string | null }> {
    const child = spawn(process.execPath, [program, this.url, this.folder, end], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.on('error', () => {});
    const exit = once(child, 'exit');
    const before = this.#sent.length;
    for await (const line of createInterface({ input: child.stdout })) {
      const [word, value] = line.split(' ');
      if (word === 'stopped') throw new Error(line);
      if (word === 'have') {
        this.acknowledged.add(BigInt(value!));
        onAcknowledged(() => child.kill('SIGKILL'));
      }
      // Those that were not acknowledged are sent again: the pool may have them, or not.
      if (word === 'ready') for (const bytes of this.#unknown()) child.stdin.write(`${bytes}\n`);
      if (word === 'ready' || (word === 'have' && this.#sent.length < before + 30))
        child.stdin.write(`${await this.#next()}\n`);
      else if (word === 'have' && end === 'never') child.stdin.end();
    }
    const [code, signal] = (await exit) as [number | null, string | null];
    return { code, signal };
  }

  #unknown(): `0x${string}`[] {
    return this.#sent.filter((bytes) => !this.acknowledged.has(BigInt(keccak256(bytes))));
  }

  /** A transfer of 1 wei to an account that nobody else pays. */
  async #next(): Promise<`0x${string}`> {
    const from = this.#sent.length % ACCOUNTS.length;
    const nonce = this.#nonces[from]!++;
    const bytes = await ACCOUNTS[from]!.signTransaction({
      type: 'eip1559',
      chainId: 31337,
      gas: 21_000n,
      maxFeePerGas: evm.GAS_PRICE,
      maxPriorityFeePerGas: evm.GAS_PRICE,
      to: evm.hexAddress(this.#recipients++),
      value: 1n,
      nonce,
    });
    this.#sent.push(bytes);
    return bytes;
  }
}

it(`a node that is killed at each step, ${ROUNDS} times, and at any moment, loses nothing and does nothing twice`, async () => {
  const url = (await postgres()).url();
  const folder = path.join(await freshFolder(), 'db');
  const chain = new Chain(url, folder);
  for (let round = 0; round < ROUNDS; round++) {
    for (const step of STEPS) {
      expect(await chain.live(`${step}:1`, () => {})).toEqual({ code: null, signal: 'SIGKILL' });
    }
    for (let kill = 0; kill < STEPS.length; kill++) {
      const acknowledgements = Math.floor(Math.random() * 8);
      let left = acknowledgements;
      const { signal } = await chain.live('none', (end) => {
        if (left-- === 0) setTimeout(end, Math.random() * 100);
      });
      expect(signal).toBe('SIGKILL');
    }
  }
  expect(await chain.live('never', () => {})).toEqual({ code: 0, signal: null });

  await using sql = openSql(url);
  await using db = await openDatabase(folder);
  const store = await StateStore.open(sql);
  const places = await expectExact({ store, db });
  expect(chain.acknowledged.size).toBeGreaterThan(STEPS.length * ROUNDS);
  expect([...chain.acknowledged].filter((hash) => !places.has(hash))).toEqual([]);
  // What was sent, acknowledged or not, is there once, and nothing else: the last node was sent all the rest again.
  expect(places.size).toBe(chain.sent);
  const open = await store.newestBatch();
  for (const batch of await store.batches(1n, open!.number - 1n)) expect(batch.stage).toBe('checked');
});
