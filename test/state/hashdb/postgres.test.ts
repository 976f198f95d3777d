import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { NoDatabaseError, NotADatabaseError, StorageError } from '../../../src/state/hashdb/driver.js';
import type { Driver } from '../../../src/state/hashdb/driver.js';
import { DatabaseVersionError } from '../../../src/state/hashdb/format.js';
import { LocationError } from '../../../src/state/hashdb/location.js';
import { openPostgres } from '../../../src/state/hashdb/postgres.js';
import { parsePostgresUrl } from '../../../src/state/hashdb/postgres-place.js';
import { migrate, MIGRATIONS } from '../../../src/state/hashdb/postgres-schema.js';
import { PostgresSession } from '../../../src/state/hashdb/postgres-session.js';
import { proxyTo } from '../../proxy.js';
import type { Fate } from '../../proxy.js';
import { postgres, startPostgres } from '../../postgres/server.js';

const bytes = (...values: number[]) => Uint8Array.from(values);
const create = { createIfMissing: true };
const absent = { key: bytes(0), value: undefined };
const one = [{ key: bytes(1), value: bytes(10) }];

const opened = async (url: string): Promise<Driver> => {
  const driver = await openPostgres(url, create);
  onTestFinished(() => driver.close());
  return driver;
};

/** A plain connection, to do what the driver does not. */
async function plainClient(url: string): Promise<pg.Client> {
  const client = new pg.Client(parsePostgresUrl(url).connectionString);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}
const portOf = (url: string): number => Number(new URL(url).port);
/** The number of a transaction that is committed at once. */
const nextNumber = async (client: pg.Client): Promise<bigint> =>
  BigInt((await client.query<{ id: string }>('select pg_current_xact_id()::text as id')).rows[0]!.id);
const schemaOf = (url: string): string => parsePostgresUrl(url).schema;

/**
 * ErrorResponse with severity, code and message; then ReadyForQuery, idle: PostgreSQL's protocol, "Message Formats".
 */
function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SERROR\0C${code}\0M${message}\0\0`, 'latin1');
  return Buffer.concat([
    Buffer.from([0x45, 0, 0, 0, fields.length + 4]),
    fields,
    Buffer.from([0x5a, 0, 0, 0, 5, 0x49]),
  ]);
}

/** The same server by way of a proxy. */
async function viaProxy(url: string, fateOf: (sent: string) => Fate) {
  const { port } = new URL(url);
  const proxy = await proxyTo(Number(port), fateOf);
  return { proxy, url: url.replace(`:${port}/`, `:${proxy.port}/`) };
}

describe('the schema', () => {
  test('that is missing is refused, and not made, unless it was to be', async () => {
    const url = (await postgres()).url();
    await expect(openPostgres(url)).rejects.toThrow(NoDatabaseError);
    const client = await plainClient(url);
    const found = () => client.query('select from pg_namespace where nspname = $1', [schemaOf(url)]);
    expect((await found()).rowCount).toBe(0);
    await (await openPostgres(url, create)).close();
    expect((await found()).rowCount).toBe(1);
    await (await openPostgres(url)).close();
  });

  test('is made once by processes that start at the same time', async () => {
    const url = (await postgres()).url();
    const drivers = await Promise.all(Array.from({ length: 6 }, () => opened(url)));
    expect(await Promise.all(drivers.map((driver) => driver.getMany([bytes(1)])))).toEqual(
      drivers.map(() => [undefined]),
    );
    const client = await plainClient(url);
    const { rows } = await client.query(`select version, name from ${schemaOf(url)}.migrations`);
    expect(rows).toEqual(MIGRATIONS.map(({ name }, i) => ({ version: i + 1, name })));
  });

  test('that was made empty is taken; one with other tables is refused and left alone', async () => {
    const url = (await postgres()).url();
    const client = await plainClient(url);
    await client.query(`create schema ${schemaOf(url)}`);
    await expect(openPostgres(url)).rejects.toThrow(NoDatabaseError);
    await client.query(`create table ${schemaOf(url)}.letters (id int)`);
    await expect(openPostgres(url, create)).rejects.toThrow(NotADatabaseError);
    await expect(openPostgres(url, create)).rejects.toThrow(`found a schema ${schemaOf(url)} with letters in it`);
    await client.query(`drop table ${schemaOf(url)}.letters`);
    await opened(url);
  });

  test('is brought up to date step by step, keeping its records, and refused by a program that is older', async () => {
    const url = (await postgres()).url();
    const driver = await opened(url);
    await driver.writeIf(absent, one);
    const session = new PostgresSession(parsePostgresUrl(url));
    onTestFinished(() => session.close());
    const step = (sql: string) => ({
      name: sql,
      sql: (schema: string) => sql.replaceAll('records', `${schema}.records`),
    });
    const added = [
      ...MIGRATIONS,
      step('alter table records add column note text'),
      step('alter table records drop column note'),
    ];
    const broken = step('alter table records add column other text; select nonsense');

    await expect(migrate(session, false, [...added, broken])).rejects.toThrow('column "nonsense" does not exist');
    const client = await plainClient(url);
    const state = async () => {
      const versions = await client.query(`select version from ${schemaOf(url)}.migrations order by version`);
      const columns = await client.query(
        `select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
        [`${schemaOf(url)}.records`],
      );
      return [
        versions.rows.map(({ version }) => version as number),
        columns.rows.map(({ attname }) => attname as string),
      ];
    };
    // The steps before the broken one stand; of the broken one, nothing.
    expect(await state()).toEqual([
      [1, 2, 3],
      ['key', 'value'],
    ]);
    await migrate(session, false, added);
    expect(await state()).toEqual([
      [1, 2, 3],
      ['key', 'value'],
    ]);
    expect(await driver.getMany([bytes(1)])).toEqual([Buffer.from([10])]);

    await expect(openPostgres(url, create)).rejects.toThrow(DatabaseVersionError);
    await expect(openPostgres(url, create)).rejects.toThrow(/have version 3, but this program knows versions up to 1/);
  });

  test('has a name that needs no quotes', async () => {
    for (const name of ['Upper', 'a-b', 'a;b', '', '1a', 'a'.repeat(64)]) {
      await expect(openPostgres(`postgres://localhost/db?schema=${name}`)).rejects.toThrow(LocationError);
    }
    expect(parsePostgresUrl('postgres://localhost/db').schema).toBe('rootshift');
    expect(parsePostgresUrl('postgres://localhost/db?schema=a_1&connect_timeout=5')).toMatchObject({
      schema: 'a_1',
      connectionString: 'postgres://localhost/db?connect_timeout=5',
    });
    await expect(openPostgres('postgres://a:secret@local host/db')).rejects.toThrow(
      /expected a URL such as .*got postgres:\/\/a:\*\*\*@local host/,
    );
  });
});

describe('statements', () => {
  const countQueries = async (work: () => Promise<unknown>): Promise<number> => {
    const spy = vi.spyOn(pg.Client.prototype, 'query');
    try {
      await work();
      return spy.mock.calls.length;
    } finally {
      spy.mockRestore();
    }
  };

  test('one reads any batch of keys; four make a small write, however many records it has', async () => {
    const driver = await opened((await postgres()).url());
    const keys = Array.from({ length: 1000 }, (_, i) => bytes(i >> 8, i & 255));
    expect(await countQueries(() => driver.getMany(keys))).toBe(1);
    expect(await countQueries(() => driver.getMany([]))).toBe(0);
    const changes = keys.map((key) => ({ key, value: key }));
    expect(await countQueries(() => driver.writeIf({ key: bytes(9, 9, 9), value: undefined }, changes))).toBe(4);
    expect(await driver.getMany(keys)).toEqual(keys.map((key) => Buffer.from(key)));
  });

  test('keep no more tokens than those of the 10,000 connections that wrote last', async () => {
    const url = (await postgres()).url();
    const client = await plainClient(url);
    const driver = await opened(url);
    const tokens = `${schemaOf(url)}.tokens`;
    await client.query(
      `insert into ${tokens} (connection, token) select gen_random_uuid(), gen_random_uuid() from generate_series(1, 10010)`,
    );
    const first = async () => (await client.query(`select min(number)::int as n from ${tokens}`)).rows[0].n as number;
    const before = await first();
    expect(await driver.writeIf(absent, one)).toBe(true);
    expect(await first()).toBe(before + 10);
    // Its connection has its row already.
    expect(await driver.writeIf(absent, one)).toBe(true);
    expect((await client.query(`select from ${tokens}`)).rowCount).toBe(10_001);
  });

  test('carry more records than fit in one', async () => {
    const driver = await opened((await postgres()).url());
    const numbers = Array.from({ length: 60_000 }, (_, i) => i);
    const key = (i: number) => Buffer.from([i >> 16, (i >> 8) & 255, i & 255]);
    const large = { key: bytes(255), value: Buffer.alloc(9 << 20, 7) };
    const all = { key: bytes(254), value: undefined };
    expect(await driver.writeIf(all, [large, ...numbers.map((i) => ({ key: key(i), value: key(i) }))])).toBe(true);
    const found = await driver.getMany([...numbers.map(key), large.key]);
    expect(numbers.filter((i) => !key(i).equals(found[i]!))).toEqual([]);
    expect(large.value.equals(found.at(-1)!)).toBe(true);
    let count = 0;
    let outOfOrder = 0;
    for await (const [name] of driver.iterate(bytes(), bytes(254))) if (!key(count++).equals(name)) outOfOrder++;
    expect([count, outOfOrder]).toEqual([60_000, 0]);
    expect(
      await driver.writeIf(
        all,
        numbers.map((i) => ({ key: key(i), value: null })),
      ),
    ).toBe(true);
    expect(await driver.getMany([key(0), key(59_999), bytes(255)])).toMatchObject([
      undefined,
      undefined,
      { length: 9 << 20 },
    ]);
  });

  test('go over a bounded number of connections', async () => {
    const url = (await postgres()).url();
    const driver = await opened(url);
    const client = await plainClient(url);
    const reads = Promise.all(Array.from({ length: 200 }, (_, i) => driver.getMany([bytes(i)])));
    const { rows } = await client.query(
      `select count(*)::int as n from pg_stat_activity where application_name = 'rootshift'`,
    );
    await reads;
    expect(rows[0].n).toBeLessThanOrEqual(8 + 6);
    const after = await client.query(
      `select count(*)::int as n from pg_stat_activity where application_name = 'rootshift'`,
    );
    expect(after.rows[0].n).toBeGreaterThan(1);
  });
});

describe('writers in two processes', () => {
  test.each([
    ['nothing stands', undefined],
    ['a value stands', bytes(5)],
  ])('that expect that %s: one wins, the other is told', async (_what, value) => {
    const url = (await postgres()).url();
    const a = await opened(url);
    const b = await opened(url);
    const key = bytes(7);
    if (value !== undefined) await a.writeIf(absent, [{ key, value }]);
    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.all(
        [a, b].map((driver, i) =>
          driver.writeIf({ key, value }, [
            { key, value: bytes(i, 1) },
            { key: bytes(8), value: bytes(i) },
          ]),
        ),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      const winner = outcomes.indexOf(true);
      expect(await a.getMany([key, bytes(8)])).toEqual([Buffer.from([winner, 1]), Buffer.from([winner])]);
      await a.writeIf({ key, value: bytes(winner, 1) }, [{ key, value: value ?? null }]);
    }
  });

  test('a write that the server undoes for the sake of another program is made again', async () => {
    const url = (await postgres()).url();
    const driver = await opened(url);
    await driver.writeIf(absent, one);
    const other = await plainClient(url);
    const table = `${schemaOf(url)}.records`;
    await other.query(`begin; set local deadlock_timeout = '1min'; update ${table} set value = '\\x0b'`);
    const write = driver.writeIf({ key: bytes(2), value: undefined }, [...one, { key: bytes(2), value: bytes(2) }]);
    const waiting = () => other.query(`select from pg_locks where not granted`);
    while ((await waiting()).rowCount === 0);
    // Each now waits for the other, and the server ends the driver's transaction, which has waited longer.
    await other.query(`select pg_advisory_xact_lock(objid_lock.classid::int, objid_lock.objid::int)
      from (select classid::bigint::bit(32)::int as classid, objid::bigint::bit(32)::int as objid
            from pg_locks where locktype = 'advisory' and granted) objid_lock`);
    await other.query('commit');
    expect(await write).toBe(true);
    expect(await driver.getMany([bytes(1), bytes(2)])).toEqual([Buffer.from([10]), Buffer.from([2])]);
  });
});

describe('a connection that is lost', () => {
  const isCommit = (sent: string): boolean => sent.startsWith('Q') && sent.includes('commit\0');

  /** A driver behind a proxy; `fates` are those of the COMMITs after it is opened, in turn. */
  async function behindProxy(fates: readonly Fate[]) {
    const url = (await postgres()).url();
    const direct = await opened(url);
    const commits: Fate[] = [];
    const { url: proxied } = await viaProxy(url, (sent) => {
      if (!isCommit(sent)) return 'passes';
      commits.push(fates[commits.length] ?? 'passes');
      return commits.at(-1)!;
    });
    return { direct, driver: await opened(proxied), commits };
  }

  test('before the COMMIT arrives: the write is made again, once', async () => {
    const { direct, driver, commits } = await behindProxy(['is lost', 'passes']);
    expect(await driver.writeIf({ key: bytes(1), value: undefined }, one)).toBe(true);
    expect(commits).toHaveLength(2);
    expect(await direct.getMany([bytes(1)])).toEqual([Buffer.from([10])]);
  });

  test('after the COMMIT arrived: the write counts as made, and is not made again', async () => {
    const { direct, driver, commits } = await behindProxy(['arrives, but no answer comes back']);
    // Were it made again, the guard would not hold.
    expect(await driver.writeIf({ key: bytes(1), value: undefined }, one)).toBe(true);
    expect(commits).toHaveLength(1);
    expect(await direct.getMany([bytes(1)])).toEqual([Buffer.from([10])]);
  });

  test('after a COMMIT that was made is answered with an error: the write counts as made', async () => {
    const { direct, driver, commits } = await behindProxy([
      { answer: errorResponse('53100', 'could not write to the log') },
    ]);
    expect(await driver.writeIf({ key: bytes(1), value: undefined }, one)).toBe(true);
    expect(commits).toHaveLength(1);
    expect(await direct.getMany([bytes(1)])).toEqual([Buffer.from([10])]);
  });

  test('during a COMMIT that the server lost and whose number went to another: writes again', async () => {
    // Another server stands for what comes back: it has the same tables, and has counted further.
    const before = await postgres();
    const after = await startPostgres();
    onTestFinished(() => after.stop());
    const url = before.url();
    const afterUrl = after.url(schemaOf(url));
    await opened(url);
    const direct = await opened(afterUrl);
    let port = portOf(url);
    let commits = 0;
    const proxy = await proxyTo(
      () => port,
      (sent) => {
        if (!isCommit(sent)) return 'passes';
        port = portOf(afterUrl);
        return commits++ === 0 ? 'is lost' : 'passes';
      },
    );
    const driver = await opened(url.replace(`:${port}/`, `:${proxy.port}/`));
    const lost = await plainClient(url);
    const kept = await plainClient(afterUrl);
    await kept.query(`alter role postgres password '${new URL(url).password}'`);
    for (const last = await nextNumber(lost); (await nextNumber(kept)) < last + 100n;);

    expect(await driver.writeIf({ key: bytes(1), value: undefined }, one)).toBe(true);
    expect(commits).toBe(2);
    expect(await direct.getMany([bytes(1)])).toEqual([Buffer.from([10])]);
  });

  test.each([
    ['53100', 'could not extend file: No space left on device'],
    ['58030', 'could not write block: Input/output error'],
  ])(
    'a write that is answered with %s: refused in a sentence, nothing is written, and the next one is made',
    async (code, message) => {
      const url = (await postgres()).url();
      const direct = await opened(url);
      let refusals = 0;
      const { url: proxied } = await viaProxy(url, (sent) =>
        sent.includes('insert into') && refusals++ === 0 ? { answer: errorResponse(code, message) } : 'passes',
      );
      const driver = await opened(proxied);
      const write = driver.writeIf(absent, one);
      await expect(write).rejects.toThrow(StorageError);
      await expect(write).rejects.toThrow(message);
      expect(refusals).toBe(1);
      expect(await direct.getMany([bytes(1)])).toEqual([undefined]);
      expect(await driver.writeIf(absent, one)).toBe(true);
      expect(await direct.getMany([bytes(1)])).toEqual([Buffer.from([10])]);
    },
  );

  test('during a read: it is read again', async () => {
    const url = (await postgres()).url();
    let lost = 0;
    await (await opened(url)).writeIf(absent, one);
    const { proxy, url: proxied } = await viaProxy(url, (sent) =>
      sent.includes('any($1') && lost++ === 0 ? 'is lost' : 'passes',
    );
    const driver = await opened(proxied);
    expect(await driver.getMany([bytes(1)])).toEqual([Buffer.from([10])]);
    expect([lost, proxy.connections]).toEqual([2, 2]);
  });

  test('again and again: an error that tells where, without the password; nothing is written', async () => {
    const { direct, driver } = await behindProxy(Array.from({ length: 9 }, () => 'is lost' as const));
    const write = driver.writeIf(absent, one);
    await expect(write).rejects.toThrow(StorageError);
    await expect(write).rejects.toThrow(
      /could not write the database at postgres:\/\/postgres:\*\*\*@127\.0\.0\.1:\d+\/postgres\?schema=test_\d+: Connection terminated/,
    );
    expect(await direct.getMany([bytes(1)])).toEqual([undefined]);
  });
});

describe('a server that cannot be used', () => {
  const refusal = async (url: string): Promise<string> => {
    const error = await openPostgres(url, create).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(StorageError);
    return (error as StorageError).message;
  };

  test('is told, and no password with it', async () => {
    const url = (await postgres()).url();
    const { port, password } = new URL(url);
    expect(await refusal(url.replace(password, 'wrong'))).toMatch(
      /could not reach the database at .*: password authentication failed/,
    );
    expect(await refusal(url.replace('/postgres?', '/nowhere?'))).toMatch(/database "nowhere" does not exist/);
    expect(await refusal(`postgres://a:secret@127.0.0.1:1/db`)).toMatch(
      /at postgres:\/\/a:\*\*\*@127\.0\.0\.1:1\/db: connect ECONNREFUSED/,
    );
    expect(await refusal(`postgres://a:secret@localhost:1/db?password=secret`)).not.toContain('secret');
    expect((await opened(url)).location).toBe(
      `postgres://postgres:***@127.0.0.1:${port}/postgres?schema=${schemaOf(url)}`,
    );
  });

  test('killed under load and started again, has all that it said was written, and whole', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop());
    const url = server.url();
    const driver = await opened(url);
    const word = (i: number) => bytes(i >> 8, i & 255);
    let made = 0;
    for (let kill = 0; kill < (process.env['ROOTSHIFT_LONG'] ? 20 : 2); kill++) {
      let down = false;
      const writing = (async () => {
        for (;;) {
          const next = made + 1;
          const many = Array.from({ length: 300 }, (_, i) => ({
            key: bytes(...word(next), ...word(i)),
            value: word(next),
          }));
          const head = { key: bytes(255), value: made === 0 ? undefined : word(made) };
          // A write that was under way is made or not; which, the driver finds out, if the server is back soon enough.
          if (!(await driver.writeIf(head, [{ key: bytes(255), value: word(next) }, ...many])))
            throw new Error('made twice');
          made = next;
        }
      })().catch((error: unknown) => expect([error, down]).toEqual([expect.any(StorageError), true]));
      const enough = made + 5;
      while (made < enough) await driver.getMany([bytes(255)]);
      down = true;
      await server.kill();
      // Without a write that waits for the server to come back, this is the end of the writing; else it goes on.
      await server.start();
      const told = made;
      const reached = await Promise.race([
        writing.then(() => 'ended'),
        new Promise((resolve) => setTimeout(resolve, 500, 'goes on')),
      ]);
      if (reached === 'goes on') {
        await server.kill();
        await writing;
        await server.start();
      }
      const [head] = await driver.getMany([bytes(255)]);
      const number = (head![0]! << 8) + head![1]!;
      expect(number).toBe(made);
      expect(number).toBeGreaterThanOrEqual(told);
      let count = 0;
      for await (const _record of driver.iterate(bytes(), bytes(255))) count++;
      expect(count).toBe(300 * number);
    }
  });
});
