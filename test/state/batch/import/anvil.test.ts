/** Traces of a real node: what its prestateTracer says leads from the state that it had to the state that it has. */
import { keccak256 } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EntryKey } from '../../../../src/state/batch/access.js';
import type { Batch } from '../../../../src/state/batch/batch.js';
import { parseBatch } from '../../../../src/state/batch/parse.js';
import { startChain } from '../../../proof/verifier/anvil.js';
import type { Chain } from '../../../proof/verifier/anvil.js';
import { executed, loaded, nameOf } from './files.js';

/** A contract whose slot 0 is set to the first word that it is called with; and the code that makes it. */
const RUNTIME = '60003560005500';
const CREATION = `0x66${RUNTIME}60005260076019f3` as const;
const word = (n: number): `0x${string}` => `0x${n.toString(16).padStart(64, '0')}`;

describe('a trace by anvil', () => {
  let chain: Chain;
  /** Hashes of the transactions by what they do, each in a block of its own. */
  const done = new Map<string, `0x${string}`>();

  beforeAll(async () => {
    chain = await startChain();
    const send = async (what: string, call: object): Promise<`0x${string}` | null | undefined> => {
      const hash = await chain.writer.sendTransaction(call as Parameters<Chain['writer']['sendTransaction']>[0]);
      done.set(what, hash);
      return (await chain.reader.waitForTransactionReceipt({ hash })).contractAddress;
    };
    const to = await send('creates a contract', { data: CREATION });
    await send('fills a slot', { to, data: word(5) });
    await send('changes a slot', { to, data: word(6) });
    await send('clears a slot', { to, data: word(0) });
    await send('pays a new account', { to: `0x${'c1'.repeat(20)}`, value: 7n });
  });
  afterAll(() => chain.stop());

  const rpc = async (method: string, ...params: unknown[]): Promise<string> => {
    const response = await fetch(chain.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    return response.text();
  };

  /** What the node says that an entry holds after a block. */
  async function onChain({ address: of, kind, slot }: EntryKey, blockNumber: bigint): Promise<bigint> {
    const address = `0x${of.toString(16).padStart(40, '0')}` as const;
    const code = await chain.reader.getCode({ address, blockNumber });
    switch (kind) {
      case 'balance':
        return chain.reader.getBalance({ address, blockNumber });
      case 'nonce':
        return BigInt(await chain.reader.getTransactionCount({ address, blockNumber }));
      case 'code':
        return code === undefined ? 0n : BigInt(keccak256(code));
      case 'length':
        return BigInt((code?.length ?? 2) / 2 - 1);
      case 'storage':
        return BigInt((await chain.reader.getStorageAt({ address, slot: word(Number(slot)), blockNumber })) ?? 0);
    }
  }

  /** What the node says of all that a batch accesses. */
  async function allOnChain({ accesses }: Batch, blockNumber: bigint): Promise<object> {
    const entries = new Map(accesses.map((access) => [nameOf(access), access]));
    const values = await Promise.all(
      [...entries].map(async ([name, entry]) => [name, await onChain(entry, blockNumber)] as const),
    );
    return Object.fromEntries(values.filter(([, value]) => value !== 0n));
  }

  it.each(['creates a contract', 'fills a slot', 'changes a slot', 'clears a slot', 'pays a new account'])(
    'with diffMode of a transaction that %s leads from the state before to the state after',
    async (what) => {
      const hash = done.get(what)!;
      const { blockNumber } = await chain.reader.getTransactionReceipt({ hash });
      const text = await rpc('debug_traceTransaction', hash, {
        tracer: 'prestateTracer',
        tracerConfig: { diffMode: true },
      });
      const batch = parseBatch(text);
      expect(batch.accesses.some(({ op }) => op === 'write')).toBe(true);
      expect(loaded(batch)).toEqual(await allOnChain(batch, blockNumber - 1n));
      expect(executed(batch, loaded(batch))).toEqual(await allOnChain(batch, blockNumber));
    },
  );

  it('without diffMode is the state before', async () => {
    const hash = done.get('clears a slot')!;
    const { blockNumber } = await chain.reader.getTransactionReceipt({ hash });
    const batch = parseBatch(await rpc('debug_traceTransaction', hash, { tracer: 'prestateTracer' }));
    expect(Object.values(loaded(batch))).toContain(6n);
    expect(loaded(batch)).toEqual(await allOnChain(batch, blockNumber - 1n));
  });
});
