import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { EntryKey } from '../../src/state/batch/access.js';
import { treeKey } from '../../src/state/batch/encoding.js';
import { toUint256 } from '../../src/base/field/limbs.js';
import { changeOf } from '../../src/state/hashdb/change.js';
import { verifyCombined } from '../../src/state/tree/multi-proof.js';
import { poseidonScheme } from '../../src/state/tree/scheme.js';
import { clientOf, status } from './client.js';
import { plain, served, word } from './served.js';
import type { Served } from './served.js';

const set = (key: bigint | number, value: bigint | number) => ({ key: plain(key), value: word(value) });
const number = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);

async function client(options: Parameters<typeof served>[0] = {}) {
  const server = await served(options);
  const { call } = clientOf(server.url, 'State');
  const write = async (...entries: ReturnType<typeof set>[]) => {
    const { batch } = await call('Begin');
    await call('Set', { batch, entries });
    return call('Flush', { batch });
  };
  const values = async (request: object) => (await call('Get', request)).values.map(number) as bigint[];
  return { server, call, write, values };
}

/** The root that a database gets that is given these entries at once. */
async function rootOf({ db }: Served, entries: readonly (readonly [EntryKey, bigint])[]): Promise<bigint> {
  const list = entries.map(([key, value]) => ({ ...key, value: toUint256(value) }));
  return (await changeOf(db, 0n, list)).root;
}
const key = (slot: bigint): EntryKey => ({ address: 0n, kind: 'storage', slot: toUint256(slot) });

describe('a batch', () => {
  test('is seen by nobody until it is flushed, and then by all', async () => {
    const { server, call, values } = await client();
    const { batch, root, expiresAfter } = await call('Begin');
    expect([number(root), expiresAfter]).toEqual([0n, 60]);
    await call('Set', { batch, entries: [set(1, 100), set(2, 200)] });
    await call('Set', { batch, entries: [set(2, 201)] });
    expect(await values({ batch, keys: [plain(2), plain(1), plain(3)] })).toEqual([201n, 100n, 0n]);
    expect(await values({ keys: [plain(1)] })).toEqual([0n]);
    expect(await call('Status')).toMatchObject({ number: 0, entries: 0, batches: 1 });

    const flushed = await call('Flush', { batch });
    expect(flushed.number).toBe(1);
    expect(number(flushed.root)).toBe(
      await rootOf(server, [
        [key(1n), 100n],
        [key(2n), 201n],
      ]),
    );
    expect(await values({ keys: [plain(1), plain(2)] })).toEqual([100n, 201n]);
    expect(await call('Status')).toMatchObject({
      number: 1,
      entries: 2,
      batches: 0,
      root: flushed.root,
      bitsPerLevel: 2,
    });
    await expect(call('Set', { batch, entries: [] })).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  test('that is cancelled leaves nothing', async () => {
    const { call, values } = await client();
    const { batch } = await call('Begin');
    await call('Set', { batch, entries: [set(1, 100)] });
    await call('Cancel', { batch });
    await expect(call('Flush', { batch })).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: expect.stringContaining(`no open batch ${batch}`),
    });
    expect(await values({ keys: [plain(1)] })).toEqual([0n]);
    expect(await call('Status')).toMatchObject({ number: 0, batches: 0 });
  });

  test('has parts that are cancelled or kept by themselves', async () => {
    const { call, values } = await client();
    const { batch } = await call('Begin');
    await call('Set', { batch, entries: [set(1, 100)] });
    expect(await call('Begin', { batch })).toMatchObject({ batch, root: Buffer.of() });
    await call('Set', { batch, entries: [set(1, 101), set(2, 200)] });
    expect(await values({ batch, keys: [plain(1), plain(2)] })).toEqual([101n, 200n]);
    await call('Cancel', { batch });
    expect(await values({ batch, keys: [plain(1), plain(2)] })).toEqual([100n, 0n]);
    await call('Begin', { batch });
    await call('Set', { batch, entries: [set(3, 300)] });
    expect(await call('Flush', { batch })).toMatchObject({ root: Buffer.of(), number: 0 });
    expect(await call('Status')).toMatchObject({ number: 0 });
    await call('Flush', { batch });
    expect(await values({ keys: [plain(1), plain(2), plain(3)] })).toEqual([100n, 0n, 300n]);
  });

  test('has 100 open parts at most', async () => {
    const { call, values } = await client();
    const { batch } = await call('Begin');
    await call('Set', { batch, entries: [set(1, 100)] });
    await Promise.all(Array.from({ length: 100 }, () => call('Begin', { batch })));
    await expect(call('Begin', { batch })).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: 'open parts of the batch: expected at most 100, got one more',
    });
    await call('Cancel', { batch });
    await call('Begin', { batch });
    expect(await values({ batch, keys: [plain(1)] })).toEqual([100n]);
  });

  test('of two on one root, the first flushed wins, and the other is told the root there is now', async () => {
    const { call, write, values } = await client();
    const { batch } = await call('Begin');
    await call('Set', { batch, entries: [set(1, 100)] });
    const { root } = await write(set(1, 7));
    const refused = await call('Flush', { batch }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: status.ABORTED,
      details: expect.stringContaining('expected to commit onto root 0'),
    });
    expect(refused.metadata.get('rootshift-current-root')).toEqual([`0x${root.toString('hex')}`]);
    // It can still be read, and cancelled.
    expect(await values({ batch, keys: [plain(1)] })).toEqual([100n]);
    await call('Cancel', { batch });
    expect(await values({ keys: [plain(1)] })).toEqual([7n]);
    await write(set(1, 8));
  });

  test('that nobody calls for is dropped; one that is called for is not', async () => {
    const { call, server } = await client({ metrics: '127.0.0.1:0' });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const silent = await call('Begin');
    const busy = await call('Begin');
    vi.advanceTimersByTime(59_000);
    await call('Set', { batch: busy.batch, entries: [set(1, 1)] });
    expect(await call('Status')).toMatchObject({ batches: 2 });
    vi.advanceTimersByTime(59_000);
    expect(await call('Status')).toMatchObject({ batches: 1 });
    await expect(call('Get', { batch: silent.batch, keys: [] })).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: expect.stringContaining('dropped after 60 s without a call'),
    });
    await call('Flush', { batch: busy.batch });
    expect(await call('Status')).toMatchObject({ entries: 1, batches: 0 });
    expect(await (await fetch(server.metricsUrl!)).text()).toMatch(/^rootshift_batches_expired 1$/m);
  });

  test('calls of one batch take turns: none is lost beside a flush', async () => {
    const { call, values } = await client();
    const { batch } = await call('Begin');
    const calls = [
      ...Array.from({ length: 20 }, (_, i) => call('Set', { batch, entries: [set(i, 1)] })),
      call('Flush', { batch }),
      call('Set', { batch, entries: [set(99, 1)] }),
    ];
    const outcomes = (await Promise.allSettled(calls)).map((outcome) => outcome.status);
    expect(outcomes).toEqual([...Array.from({ length: 21 }, () => 'fulfilled'), 'rejected']);
    expect(await values({ keys: Array.from({ length: 20 }, (_, i) => plain(i)) })).toEqual(
      Array.from({ length: 20 }, () => 1n),
    );
  });

  test('clients at once each have their own', async () => {
    const { call, values } = await client();
    await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        for (;;) {
          const { batch } = await call('Begin');
          await call('Set', { batch, entries: [set(i, i + 1)] });
          try {
            return await call('Flush', { batch });
          } catch (error) {
            expect(error).toMatchObject({ code: status.ABORTED });
            await call('Cancel', { batch });
          }
        }
      }),
    );
    expect(await values({ keys: Array.from({ length: 12 }, (_, i) => plain(i)) })).toEqual(
      Array.from({ length: 12 }, (_, i) => BigInt(i + 1)),
    );
    expect(await call('Status')).toMatchObject({ number: 12, entries: 12, batches: 0 });
  });
});

describe('reading', () => {
  test('entries of every kind, at any root of the history', async () => {
    const { server, call, values, write } = await client();
    const address = randomBytes(20);
    const kinds = ['KIND_BALANCE', 'KIND_NONCE', 'KIND_CODE', 'KIND_LENGTH'].map((kind) => ({ address, kind }));
    const keys = [...kinds, { address, slot: word(5) }, { address, kind: 'KIND_STORAGE' }, plain(2n ** 256n - 1n), {}];
    const first = await write(...keys.map((one, i) => ({ key: one, value: word(i + 1) }) as ReturnType<typeof set>));
    const most = 2n ** 256n - 1n;
    const second = await write(
      { key: kinds[0], value: word(most) } as never,
      { key: kinds[1], value: Buffer.of() } as never,
    );
    expect(await values({ keys })).toEqual([most, 0n, 3n, 4n, 5n, 6n, 7n, 8n]);
    expect(await values({ keys, root: first.root })).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
    expect(await values({ keys, root: Buffer.of() })).toEqual(keys.map(() => 0n));
    expect((await call('Get', { keys })).root).toEqual(second.root);
    const entry: EntryKey = { address: number(address), kind: 'nonce', slot: toUint256(0n) };
    expect(await server.db.entryValue(number(first.root), treeKey(entry))).toBe(2n);
  });

  test('many entries with one proof, which proves them and nothing else', async () => {
    const { call, write } = await client();
    const present = Array.from({ length: 40 }, (_, i) => i);
    const { root } = await write(...present.map((i) => set(i, i + 1)));
    await write(set(0, 9));
    const asked = [7, 3, 1000, 3, 0, 39];
    const { values, proof, ...answer } = await call('Prove', { keys: asked.map(plain), root });
    expect(answer.root).toEqual(root);
    expect(values.map(number)).toEqual([8n, 4n, 0n, 4n, 1n, 40n]);
    const claims = [...new Set(asked)]
      .map((i) => {
        const value = number(values[asked.indexOf(i)]);
        return {
          key: treeKey(key(BigInt(i))) as bigint,
          value: value === 0n ? 0n : poseidonScheme(2).leafValue(value),
        };
      })
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const given = {
      shape: proof.shape,
      siblings: proof.siblings.map(number),
      otherLeaves: proof.otherLeaves.map((leaf: { treeKey: Buffer; leafValue: Buffer }) => ({
        key: number(leaf.treeKey),
        value: number(leaf.leafValue),
      })),
    };
    const scheme = poseidonScheme(proof.bitsPerLevel);
    expect(verifyCombined(scheme, number(root), claims, given)).toEqual({ valid: true });
    const [first, ...rest] = claims;
    expect(
      verifyCombined(scheme, number(root), [{ ...first!, value: first!.value + 1n }, ...rest], given),
    ).toMatchObject({ valid: false });
  });

  test('the history, by pages', async () => {
    const { call, write, server } = await client();
    for (let i = 1; i <= 5; i++) await write(set(1, i));
    const { roots, more } = await call('ListRoots');
    expect(more).toBe(false);
    expect(
      roots.map(({ number: n, origin, entries }: { number: number; origin: string; entries: number }) => [
        n,
        origin,
        entries,
      ]),
    ).toEqual([[0, 'empty', 0], ...[1, 2, 3, 4, 5].map((n) => [n, 'write', 1])]);
    expect(number(roots[3].parent)).toBe(number(roots[2].root));
    await server.db.roots.name(number(roots[3].root), 'third');
    const page = await call('ListRoots', { from: 2, limit: 2 });
    expect([page.more, page.roots.map((root: { number: number }) => root.number)]).toEqual([true, [2, 3]]);
    expect(page.roots.map((root: { names: string[] }) => root.names)).toEqual([[], ['third']]);
    for (const from of [6, 2 ** 53, 2n ** 64n - 1n]) {
      expect(await call('ListRoots', { from: String(from) })).toMatchObject({ roots: [], more: false });
    }
  });

  test.each([
    [
      'Get',
      { keys: [{ slot: Buffer.alloc(31) }] },
      'INVALID_ARGUMENT',
      'keys[0].slot: expected 32 bytes, or none for 0, got 31 bytes',
    ],
    [
      'Get',
      { keys: [{}, { address: Buffer.alloc(32) }] },
      'INVALID_ARGUMENT',
      'keys[1].address: expected 20 bytes, or none for 0, got 32 bytes',
    ],
    [
      'Get',
      { keys: [{ kind: 'KIND_NONCE', slot: word(1) }] },
      'INVALID_ARGUMENT',
      'keys[0].slot: expected none with kind KIND_NONCE, got 32 bytes',
    ],
    ['Get', { keys: [{ kind: 9 }] }, 'INVALID_ARGUMENT', /^keys\[0\]\.kind: expected one of KIND_STORAGE, .*got 9$/],
    [
      'Get',
      { keys: [{}], root: Buffer.alloc(5) },
      'INVALID_ARGUMENT',
      'root: expected 32 bytes, or none for 0, got 5 bytes',
    ],
    ['Get', { keys: [{}], root: word(5) }, 'NOT_FOUND', /^root 0x0{63}5 is not in the history/],
    ['Get', { keys: [{}], batch: 'none' }, 'NOT_FOUND', /there is no open batch none/],
    [
      'Get',
      { keys: Array.from({ length: 10_001 }, () => ({ kind: 9 })) },
      'INVALID_ARGUMENT',
      'keys: expected at most 10000 keys, got 10001',
    ],
    ['Prove', { keys: [] }, 'INVALID_ARGUMENT', 'keys: expected 1 to 4096 keys, got 0'],
    ['Prove', { keys: [{}], root: word(5) }, 'NOT_FOUND', /is not in the history/],
    ['Prove', { keys: Array.from({ length: 4097 }, () => ({})) }, 'INVALID_ARGUMENT', /got 4097/],
    ['Begin', { batch: 'none' }, 'NOT_FOUND', /there is no open batch none/],
  ] as const)('%s of something else is refused: %#', async (method, request, code, says) => {
    const { call, server } = await client();
    await expect(call(method, request)).rejects.toMatchObject({
      code: status[code],
      details: typeof says === 'string' ? says : expect.stringMatching(says),
    });
    expect(server.bugs).toEqual([]);
  });

  test('Set without a key, or with a value of another length, is refused, and sets nothing', async () => {
    const { call, values } = await client();
    const { batch } = await call('Begin');
    const good = set(1, 1);
    await expect(call('Set', { batch, entries: [good, { value: word(1) }] })).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'entries[1].key: expected the key of an entry, got none',
    });
    await expect(
      call('Set', { batch, entries: [good, { key: plain(1), value: Buffer.alloc(33) }] }),
    ).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'entries[1].value: expected 32 bytes, or none for 0, got 33 bytes',
    });
    expect(await values({ batch, keys: [plain(1)] })).toEqual([0n]);
  });
});
