/** One suite over both: a PostgreSQL server that is there, and one of the program's own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { EmbeddedServer } from '../../../src/node/sql/embedded.js';
import { SqlError } from '../../../src/node/sql/error.js';
import { migrate, MigrationError } from '../../../src/node/sql/migrate.js';
import { openSql } from '../../../src/node/sql/postgres.js';
import type { Sql } from '../../../src/node/sql/sql.js';
import { freshFolder } from '../../cli/cli.js';
import { postgres } from '../../postgres/server.js';

/** Others may enter it, so that a server of theirs may, too. */
async function serverFolder(): Promise<string> {
  const folder = await freshFolder();
  await chmod(folder, 0o755);
  return folder;
}

let embedded: Promise<EmbeddedServer> | undefined;
afterAll(async () => (await embedded)?.close());
const ownServer = async (): Promise<EmbeddedServer> => (embedded ??= EmbeddedServer.start(await serverFolder()));

const SERVERS: Readonly<Record<string, () => Promise<{ url(schema: string): string }>>> = {
  'a server': postgres,
  'an embedded server': ownServer,
};
let schemas = 0;
const TABLE = { name: 'a table', sql: 'create table things (id bigint primary key, what bytea)' };
const COLUMN = { name: 'a column', sql: 'alter table things add column size numeric(78)' };

describe.each(Object.entries(SERVERS))('on %s', (_, server) => {
  const url = async (): Promise<string> => (await server()).url(`sql_${++schemas}`);
  const open = (at: string): Sql => {
    const sql = openSql(at);
    onTestFinished(() => sql.close());
    return sql;
  };
  const fresh = async (): Promise<Sql> => {
    const sql = open(await url());
    await migrate(sql, 'things', [TABLE, COLUMN]);
    return sql;
  };

  it('what is written is read again, numbers and bytes as they were', async () => {
    const sql = await fresh();
    const what = Uint8Array.of(0, 255, 92);
    const size = 2n ** 256n - 1n;
    await sql.query('insert into things values ($1, $2, $3)', [2n ** 63n - 1n, what, size]);
    await sql.query('insert into things select * from unnest($1::bigint[], $2::bytea[], $3::numeric[])', [
      [1n, 2n],
      [what, null],
      [size, 0n],
    ]);
    expect(await sql.query('select id, what, size, 1::integer as one from things order by id')).toEqual([
      { id: 1n, what, size, one: 1 },
      { id: 2n, what: null, size: 0n, one: 1 },
      { id: 2n ** 63n - 1n, what, size, one: 1 },
    ]);
  });

  it('a transaction is there as a whole, or not at all', async () => {
    const sql = await fresh();
    const failing = sql.transaction(async (tx) => {
      await tx.query('insert into things (id) values (1)');
      throw new Error('enough');
    });
    await expect(failing).rejects.toThrow('enough');
    expect(await sql.query('select id from things')).toEqual([]);
    const made = await sql.transaction(async (tx) => {
      await tx.query('insert into things (id) values (1)');
      return tx.query('select id from things');
    });
    expect(made).toEqual([{ id: 1n }]);
    expect(await sql.query('select id from things')).toEqual(made);
  });

  it('a refusal has the code of PostgreSQL, and the database without its password', async () => {
    const sql = await fresh();
    await sql.query('insert into things (id) values (1)');
    const error = await sql.query('insert into things (id) values (1)').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SqlError);
    expect(error).toMatchObject({ code: '23505' });
    expect((error as Error).message).toMatch(/postgres:\*\*\*@127\.0\.0\.1:\d+\/postgres.* refused a statement: dupl/);
  });

  it('notices of committed transactions come in order, those of others not at all', async () => {
    const at = await url();
    const sql = open(at);
    const other = open(at);
    const heard: string[] = [];
    let last = (): void => {};
    const end = await sql.listen(
      'news',
      (payload) => {
        heard.push(payload);
        if (payload === 'last') last();
      },
      () => {},
    );
    const done = new Promise<void>((resolve) => (last = resolve));
    await other.transaction((tx) => tx.query("select pg_notify('news', 'first')"));
    await other
      .transaction(async (tx) => {
        await tx.query("select pg_notify('news', 'taken back')");
        throw new Error('no');
      })
      .catch(() => {});
    await other.query('select pg_notify($1, $2)', ['news', 'last']);
    await done;
    expect(heard).toEqual(['first', 'last']);
    await end();
  });

  it('a listener that lost its connection listens again, and is told of the gap', async () => {
    const sql = await fresh();
    let heard = (_payload: string): void => {};
    let gap = (): void => {};
    const gapped = new Promise<void>((resolve) => (gap = resolve));
    await sql.listen(
      'news',
      (payload) => heard(payload),
      () => gap(),
    );
    await sql.query("select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %'");
    await gapped;
    const next = new Promise<string>((resolve) => (heard = resolve));
    await sql.query("select pg_notify('news', 'again')");
    expect(await next).toBe('again');
  });

  it('migrations are made once, whoever comes at once, and each component has its own', async () => {
    const at = await url();
    await Promise.all(Array.from({ length: 4 }, () => migrate(open(at), 'things', [TABLE])));
    await Promise.all(Array.from({ length: 4 }, () => migrate(open(at), 'things', [TABLE, COLUMN])));
    const sql = open(at);
    await migrate(sql, 'others', [{ name: 'others', sql: 'create table others (id bigint)' }]);
    expect(await sql.query('select component, version, name from node_migrations order by component, version')).toEqual(
      [
        { component: 'others', version: 1, name: 'others' },
        { component: 'things', version: 1, name: 'a table' },
        { component: 'things', version: 2, name: 'a column' },
      ],
    );
    await expect(migrate(sql, 'things', [TABLE])).rejects.toThrow(MigrationError);
  });

  it('a migration that fails leaves nothing', async () => {
    const sql = await fresh();
    const broken = { name: 'broken', sql: 'create table more (id bigint); create table things (id bigint)' };
    await expect(migrate(sql, 'things', [TABLE, COLUMN, broken])).rejects.toThrow(SqlError);
    expect(await sql.query("select to_regclass('more') as more")).toEqual([{ more: null }]);
    await migrate(sql, 'things', [TABLE, COLUMN]);
  });
});

describe('an embedded server', () => {
  it('has after its end, and its next start, what it was told', async () => {
    const folder = await serverFolder();
    for (let start = 0; start < 2; start++) {
      await using server = await EmbeddedServer.start(folder);
      await using sql = openSql(server.url('kept'));
      await migrate(sql, 'things', [TABLE]);
      if (start === 0) await sql.query('insert into things (id) values (7)');
      else expect(await sql.query('select id from things')).toEqual([{ id: 7n }]);
    }
  });

  it('ends with a process that is killed, and starts again with the next', async () => {
    const folder = await serverFolder();
    const program = `
      const { EmbeddedServer } = await import(${JSON.stringify(new URL('../../../src/node/sql/embedded.ts', import.meta.url))});
      const { openSql } = await import(${JSON.stringify(new URL('../../../src/node/sql/postgres.ts', import.meta.url))});
      const server = await EmbeddedServer.start(${JSON.stringify(folder)});
      const sql = openSql(server.url('public'));
      await sql.query('create table told (id bigint)');
      console.log('told');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    expect(line).toBe('told');
    const [pid] = (await readFile(path.join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await using server = await EmbeddedServer.start(folder);
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
    await using sql = openSql(server.url('public'));
    expect(await sql.query('select id from told')).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)(
    'runs as another user where this one is root, also in a closed folder',
    async () => {
      const closed = await freshFolder();
      const folder = path.join(closed, 'postgres');
      await mkdir(folder);
      await using server = await EmbeddedServer.start(folder);
      await using sql = openSql(server.url('public'));
      expect(await sql.query('select 1 as one')).toEqual([{ one: 1 }]);
      expect((await stat(path.join(folder, 'data'))).uid).not.toBe(0);
      expect((await stat(path.join(folder, 'password'))).mode & 0o077).toBe(0);
    },
  );

  it('says where it says why, if it does not start', async () => {
    const folder = await serverFolder();
    await mkdir(path.join(folder, 'data'));
    await writeFile(path.join(folder, 'data', 'PG_VERSION'), '1');
    await expect(EmbeddedServer.start(folder)).rejects.toThrow(`the end of ${path.join(folder, 'log')} says why`);
  });
});
