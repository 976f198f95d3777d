/** Signed transactions in a pool with its tables: words, prices, blocks, restarts. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { numberToHex } from 'viem';
import { openPool } from '../../../src/node/pool/pool.js';
import type { PoolOptions, TransactionPool } from '../../../src/node/pool/types.js';
import type { Sql } from '../../../src/node/sql/sql.js';
import { freshSql } from '../sql/world.js';
import { account, addressOf, CHAIN, ETHER, GWEI, sign, TestChain } from './chain.js';

const ALICE = account(1);
const BOB = account(2);
const CAROL = account(3);

interface World {
  readonly sql: Sql;
  readonly chain: TestChain;
  readonly pool: TransactionPool;
  /** Another pool on the same tables, as after a restart. */
  readonly again: (options?: Partial<PoolOptions>) => Promise<TransactionPool>;
}

async function world(options: Partial<PoolOptions> = {}): Promise<World> {
  const sql = await freshSql();
  const chain = new TestChain();
  const again = async (more: Partial<PoolOptions> = options): Promise<TransactionPool> => {
    const pool = await openPool(sql, CHAIN, chain.read, { blockGasLimit: 30_000_000n, ...more });
    onTestFinished(() => pool.close());
    return pool;
  };
  return { sql, chain, pool: await again(), again };
}

describe('what geth refuses, in its words', () => {
  const refused = [
    ['nonce too low: next nonce 3, tx nonce 2', { nonce: 2 }, { nonce: 3 }],
    ['nonce too high: missing nonce 3, tx nonce 68, at most 67 waits here', { nonce: 68 }, { nonce: 67 }],
    ['intrinsic gas too low', { nonce: 3, gas: 20_999n }, { nonce: 3 }],
    [
      'exceeds block gas limit: gas limit 30000001, of a block 30000000',
      { nonce: 3, gas: 30_000_001n },
      { nonce: 3, gas: 30_000_000n },
    ],
    [
      'insufficient funds for gas * price + value: balance 10000000000000000000, tx cost 10000042000000000000, ',
      { nonce: 3, value: 10n * ETHER },
      { nonce: 3, value: 10n * ETHER - 42_000n * GWEI },
    ],
    [
      'transaction underpriced: gas tip cap 999999999, minimum needed 1000000000',
      { nonce: 3, maxPriorityFeePerGas: GWEI - 1n },
      { nonce: 3, maxPriorityFeePerGas: GWEI },
    ],
    ['invalid chain id for signer', { nonce: 3, chainId: 1 }, { nonce: 3 }],
    [
      'oversized data: transaction size',
      { nonce: 3, gas: 30_000_000n, data: numberToHex(1n, { size: 132_000 }) },
      { nonce: 3, gas: 30_000_000n, data: numberToHex(1n, { size: 130_000 }) },
    ],
  ] as const;

  it.each(refused)('%s', async (message, request, good) => {
    const { pool, chain } = await world({ priceFloor: () => GWEI });
    chain.accounts.set(addressOf(ALICE), { nonce: 3n, balance: 10n * ETHER });
    await expect(pool.add(await sign(ALICE, request))).rejects.toMatchObject({
      code: -32000,
      message: expect.stringContaining(message) as string,
    });
    expect(pool.status()).toEqual({ pending: 0, queued: 0 });
    await pool.add(await sign(ALICE, good));
  });

  it('already known; replacement transaction underpriced', async () => {
    const { pool } = await world();
    const bytes = await sign(ALICE);
    const hash = await pool.add(bytes);
    await expect(pool.add(bytes)).rejects.toThrow(/^already known$/);
    const dearer = { maxFeePerGas: 3n * GWEI, maxPriorityFeePerGas: 2n * GWEI };
    await expect(pool.add(await sign(ALICE, dearer))).rejects.toThrow(/^replacement transaction underpriced: /);
    const other = await pool.add(await sign(ALICE, { ...dearer, maxPriorityFeePerGas: 22n * (GWEI / 10n) }));
    expect(pool.whyDropped(hash)).toMatch(/^replaced: /);
    expect(pool.get(hash)).toBeUndefined();
    expect(pool.content(addressOf(ALICE)).pending.get(addressOf(ALICE))).toEqual([pool.get(other)]);
  });

  it('blob transactions by name, what nobody signed, and what is no transaction', async () => {
    const { pool } = await world();
    await expect(pool.add(Uint8Array.of(3, 0xc0))).rejects.toThrow(
      /^transaction type not supported: .*a blob one \(3\)/,
    );
    await expect(pool.add(Uint8Array.of(5, 0xc0))).rejects.toThrow(/^transaction type not supported: .*got type 5/);
    await expect(pool.add(Uint8Array.of())).rejects.toThrow(/^malformed transaction: /);
    const bytes = await sign(ALICE, { type: 'legacy' });
    bytes.fill(0xff, -32);
    await expect(pool.add(bytes)).rejects.toThrow(/^invalid sender: /);
    for (const [nonce, type] of (['legacy', 'eip2930', 'eip1559'] as const).entries())
      await pool.add(await sign(ALICE, { type, nonce }));
    const authorization = await BOB.signAuthorization({ chainId: 31337, address: ALICE.address, nonce: 0 });
    await pool.add(await sign(ALICE, { type: 'eip7702', nonce: 3, gas: 100_000n, authorizationList: [authorization] }));
    expect(pool.status()).toEqual({ pending: 4, queued: 0 });
  });
});

describe('a pool', () => {
  it('holds what comes after a gap until the gap is filled, and says of each when it is ready', async () => {
    const { pool, chain } = await world();
    const ready: bigint[] = [];
    pool.onReady(({ nonce }) => ready.push(nonce));
    await pool.add(await sign(ALICE, { nonce: 2 }));
    await pool.add(await sign(ALICE, { nonce: 1 }));
    expect([pool.status(), pool.nextNonce(addressOf(ALICE)), ready]).toEqual([
      { pending: 0, queued: 2 },
      undefined,
      [],
    ]);
    expect(await chain.block(pool)).toEqual([]);
    await pool.add(await sign(ALICE, { nonce: 0 }));
    expect([pool.status(), pool.nextNonce(addressOf(ALICE)), ready]).toEqual([
      { pending: 3, queued: 0 },
      3n,
      [0n, 1n, 2n],
    ]);
    expect(await chain.block(pool)).toHaveLength(3);
    expect(pool.status()).toEqual({ pending: 0, queued: 0 });
  });

  it('gives who pays most first, each sender in the order of nonces', async () => {
    const { pool, chain } = await world();
    const price = (gwei: bigint) => ({ maxFeePerGas: gwei * GWEI, maxPriorityFeePerGas: gwei * GWEI });
    await pool.add(await sign(ALICE, price(2n)));
    await pool.add(await sign(ALICE, { nonce: 1, ...price(9n) }));
    await pool.add(await sign(BOB, price(5n)));
    await pool.add(await sign(CAROL, price(5n)));
    await chain.block(pool);
    expect(chain.executed.map(({ sender, nonce }) => [sender, nonce])).toEqual([
      [addressOf(BOB), 0n],
      [addressOf(CAROL), 0n],
      [addressOf(ALICE), 0n],
      [addressOf(ALICE), 1n],
    ]);
  });

  it('drops what can be in no block, by name, and holds what its sender sent later', async () => {
    const { pool, chain } = await world();
    const bytes = await sign(ALICE);
    const hash = await pool.add(bytes);
    await pool.add(await sign(ALICE, { nonce: 1 }));
    const dropped: string[] = [];
    pool.onDropped(({ reason, message }) => dropped.push(`${reason}: ${message}`));
    const candidates = pool.candidates({ baseFeePerGas: 0n });
    candidates.refused((await candidates.next())!, new Error('it changes 9,000 keys, and a batch holds 512'));
    expect(await candidates.next()).toBeNull();
    expect(dropped).toEqual(['rejected: it changes 9,000 keys, and a batch holds 512']);
    expect(pool.whyDropped(hash)).toBe(dropped[0]);
    expect(pool.status()).toEqual({ pending: 0, queued: 1 });
    await expect(pool.add(bytes)).rejects.toThrow('transaction cannot be executed: it changes 9,000 keys');
    await pool.add(await sign(ALICE, { value: 1n }));
    expect(await chain.block(pool)).toHaveLength(2);
  });

  it('asks again for the account of a sender that was passed over: another may have spent its balance', async () => {
    const { pool, chain } = await world();
    const hash = await pool.add(await sign(ALICE));
    await pool.add(await sign(BOB));
    const candidates = pool.candidates({ baseFeePerGas: 0n });
    const first = (await candidates.next())!;
    expect(first.hash).toBe(hash);
    chain.accounts.set(first.sender, { nonce: 0n, balance: 1n });
    candidates.postponed(first);
    await pool.stored([]);
    expect(pool.whyDropped(hash)).toMatch(/^funds: /);
    expect(pool.status()).toEqual({ pending: 1, queued: 0 });
  });

  it('asks for the price floor each time, and keeps what it took at another', async () => {
    let floor = GWEI;
    const { pool } = await world({ priceFloor: () => floor });
    await pool.add(await sign(ALICE));
    floor = 3n * GWEI;
    await expect(pool.add(await sign(BOB))).rejects.toThrow('minimum needed 3000000000');
    expect(pool.priceFloor()).toBe(floor);
    expect(pool.status()).toEqual({ pending: 1, queued: 0 });
  });

  it('refuses blocked senders, over restarts, until they are unblocked', async () => {
    const { pool, again } = await world();
    const hash = await pool.add(await sign(ALICE));
    await pool.add(await sign(BOB));
    await pool.block(addressOf(ALICE));
    expect(pool.whyDropped(hash)).toMatch(/^blocked: /);
    await expect(pool.add(await sign(ALICE))).rejects.toThrow(`sender is blocked: ${ALICE.address.toLowerCase()}`);
    const next = await again();
    expect([next.status(), next.blocked()]).toEqual([{ pending: 1, queued: 0 }, [addressOf(ALICE)]]);
    await expect(next.add(await sign(ALICE))).rejects.toThrow('sender is blocked');
    await next.unblock(addressOf(ALICE));
    await next.add(await sign(ALICE));
  });

  it('forgets what waits for too long', async () => {
    let now = 1_000;
    const { pool } = await world({ lifetime: 500, now: () => now });
    const waiting = await pool.add(await sign(ALICE, { nonce: 1 }));
    await pool.add(await sign(BOB));
    now = 1_501;
    await pool.add(await sign(CAROL));
    expect(pool.whyDropped(waiting)).toMatch(/^expired: /);
    expect(pool.status()).toEqual({ pending: 2, queued: 0 });
  });
});

describe('over restarts', () => {
  it('keeps order, prices and gaps, and leaves out what another block used', async () => {
    const { pool, chain, again } = await world();
    await pool.add(await sign(BOB, { nonce: 1 }));
    await pool.add(await sign(CAROL));
    await pool.add(await sign(ALICE));
    await pool.add(await sign(ALICE, { nonce: 1 }));
    chain.accounts.set(addressOf(ALICE), { nonce: 1n, balance: ETHER });
    const next = await again();
    expect(next.status()).toEqual({ pending: 2, queued: 1 });
    expect(await chain.block(next)).toHaveLength(2);
    expect(chain.executed.map(({ sender }) => sender)).toEqual([addressOf(CAROL), addressOf(ALICE)]);
  });

  it('meets a smaller limit by leaving out what pays least', async () => {
    const { pool, again } = await world();
    for (const [i, from] of [ALICE, BOB, CAROL].entries()) {
      const fee = BigInt(3 - i) * GWEI;
      await pool.add(await sign(from, { maxFeePerGas: fee, maxPriorityFeePerGas: fee }));
    }
    const next = await again({ total: 2 });
    expect([...next.content().pending.keys()]).toEqual([addressOf(ALICE), addressOf(BOB)]);
  });

  it('loses and doubles nothing, killed at any statement, before or after the server did it', async () => {
    const sent: Uint8Array[] = [];
    for (const nonce of [1, 0, 2, 3]) for (const from of [ALICE, BOB, CAROL]) sent.push(await sign(from, { nonce }));
    let kills = 0;
    for (const isDone of [false, true]) {
      for (let at = 0, wasKilled = true; wasKilled; at++) {
        const { sql, chain, again } = await world();
        wasKilled = false;
        const killed = dyingAfter(sql, at, isDone, () => (wasKilled = true));
        const acknowledged = new Set<bigint>();
        const note = async (hash: Promise<bigint>): Promise<unknown> => acknowledged.add(await hash);
        const life = async (): Promise<void> => {
          const pool = await openPool(killed, CHAIN, chain.read, { blockGasLimit: 30_000_000n });
          onTestFinished(() => pool.close());
          for (const bytes of sent.slice(0, 3)) await note(pool.add(bytes));
          await Promise.all(sent.slice(3, 6).map((bytes) => note(pool.add(bytes))));
          await chain.block(pool, 4);
          await Promise.all([...sent.slice(6).map((bytes) => note(pool.add(bytes))), chain.block(pool, 1)]);
          await pool.close();
        };
        await life().catch((error: unknown) => {
          if (!wasKilled) throw error;
        });
        if (wasKilled) kills++;
        const pool = await again();
        const isExecuted = new Set(chain.executed.map(({ hash }) => hash));
        for (const hash of acknowledged)
          expect([hash, isExecuted.has(hash) ? 1 : 0, pool.get(hash) === undefined ? 0 : 1]).toEqual([
            hash,
            ...(isExecuted.has(hash) ? [1, 0] : [0, 1]),
          ]);
        // Whoever got no answer sends again.
        for (const bytes of sent)
          await pool.add(bytes).catch((error: unknown) => expect(String(error)).toMatch(/already known|nonce too low/));
        await chain.block(pool);
        expect(new Set(chain.executed.map(({ hash }) => hash)).size).toBe(sent.length);
        expect(chain.executed).toHaveLength(sent.length);
        expect(pool.status()).toEqual({ pending: 0, queued: 0 });
      }
    }
    // How many there are depends on what was written together.
    expect(kills).toBeGreaterThan(12);
  });

  it('goes on when the server is there again, as after a restart', async () => {
    const { sql, chain } = await world();
    let isDown = false;
    const flaky = withCalls(sql, {
      transaction: (work) => (isDown ? Promise.reject(new Error('the server is away')) : sql.transaction(work)),
    });
    const pool = await openPool(flaky, CHAIN, chain.read, { blockGasLimit: 30_000_000n });
    onTestFinished(() => pool.close());
    const first = await pool.add(await sign(ALICE));
    isDown = true;
    const dearer = { maxFeePerGas: 3n * GWEI, maxPriorityFeePerGas: 3n * GWEI };
    await expect(pool.add(await sign(ALICE, dearer))).rejects.toThrow('the server is away');
    // Nothing that is not stored is executed.
    expect(await pool.candidates({ baseFeePerGas: 0n }).next()).toBeNull();
    isDown = false;
    await pool.add(await sign(BOB));
    expect(pool.get(first)).toBeDefined();
    expect(await chain.block(pool)).toHaveLength(2);
  });
});

/** A connection that breaks for ever at its n-th statement, which the server does before that, or does not. */
function dyingAfter(sql: Sql, statements: number, isDone: boolean, onDeath: () => void): Sql {
  let left = statements;
  const dying = <T>(ask: () => Promise<T>): Promise<T> => {
    const isLast = left-- === 0;
    if (left >= 0) return ask();
    onDeath();
    const dead = (): never => {
      throw new Error('killed');
    };
    return isLast && isDone ? ask().then(dead, dead) : Promise.reject(new Error('killed'));
  };
  return withCalls(sql, {
    query: (text, values) => dying(() => sql.query(text, values)),
    transaction: (work) => dying(() => sql.transaction(work)),
  });
}

/** A connection with some of its calls replaced. */
function withCalls(sql: Sql, calls: Partial<Pick<Sql, 'query' | 'transaction'>>): Sql {
  return {
    location: sql.location,
    schema: sql.schema,
    query: (text, values) => sql.query(text, values),
    transaction: (work) => sql.transaction(work),
    listen: (channel, onNotice, onGap) => sql.listen(channel, onNotice, onGap),
    close: () => sql.close(),
    [Symbol.asyncDispose]: () => sql.close(),
    ...calls,
  };
}
