import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase, openDriver } from '../../../src/engine/database.js';
import { exportSnapshot, importSnapshot } from '../../../src/engine/snapshot-folder.js';
import { NoDatabaseError } from '../../../src/state/hashdb/driver.js';
import type { Driver } from '../../../src/state/hashdb/driver.js';
import { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { DatabaseLockedError } from '../../../src/state/hashdb/locked-error.js';
import { openLevel } from '../../../src/state/hashdb/level.js';
import type { Digest } from '../../../src/state/tree/node.js';
import type { TreeScheme } from '../../../src/state/tree/scheme.js';
import { postgres } from '../../postgres/server.js';
import { serveStore } from '../../server/store-server.js';
import { canonicalRoot } from '../tree/model.js';
import * as model from './crash-model.mjs';
import { freshFolder } from './drivers.js';
import { newDb, plains, write } from './world.js';

const { batchOf } = model;
const scheme = model.scheme as TreeScheme;
const child = fileURLToPath(new URL('crash-child.mjs', import.meta.url));
const long = process.env['ROOTSHIFT_LONG'] !== undefined;

/**
 * Where the process that is killed writes: on its own disk, or by way of a server that lives on. Kills come up
 * to `within` milliseconds after it began or ended a commit.
 */
const places: readonly { name: string; kills: number; within: number; newLocation: () => Promise<string> }[] = [
  { name: 'embedded', kills: long ? 300 : 20, within: 12, newLocation: freshFolder },
  { name: 'grpc', kills: long ? 100 : 4, within: 12, newLocation: servedLocation },
  { name: 'postgres', kills: long ? 100 : 4, within: 4, newLocation: async () => (await postgres()).url() },
];

/** A server of this process, over a folder. */
async function servedLocation(): Promise<string> {
  const driver = await openLevel(await freshFolder(), { createIfMissing: true });
  const server = await serveStore(driver);
  onTestFinished(async () => {
    await server.stop();
    await driver.close();
  });
  return server.url;
}

/** Returns when nobody is in the middle of a write: a server may still be at that of a client that was killed. */
const settled = (driver: Driver): Promise<boolean> =>
  driver.writeIf({ key: Buffer.from('never'), value: Buffer.from('there') }, []);

/**
 * Runs the child until it has said `lines` lines, or that it is done, and `delay` more milliseconds have passed; then
 * kills it.
 */
function runAndKill(
  location: string,
  lines: number,
  delay: number,
  beforeKill = async (): Promise<void> => {},
  command: readonly string[] = [child, location],
): Promise<string[]> {
  const running = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let said = '';
    let waiting = true;
    const killSoon = () => {
      waiting = false;
      setTimeout(
        () =>
          void beforeKill()
            .catch(reject)
            .finally(() => running.kill('SIGKILL')),
        delay,
      );
    };
    if (lines === 0) killSoon();
    running.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (waiting && (said.split('\n').length > lines || said.endsWith('done\n'))) killSoon();
    });
    running.on('error', reject);
    running.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(said.split('\n').slice(0, -1));
      else reject(new Error(`the child ended by itself, with code ${code}`));
    });
  });
}

/** The content under a root: throws if a node is missing. */
async function contentUnder(db: HashDb, root: Digest): Promise<Map<bigint, bigint>> {
  const content = new Map<bigint, bigint>();
  for (let digests = root === 0n ? [] : [root]; digests.length > 0;) {
    const nodes = await db.getNodes(digests);
    for (const node of nodes) if (node.kind === 'leaf') content.set(node.key, node.value);
    digests = nodes.flatMap((node) => (node.kind === 'inner' ? node.children.filter((digest) => digest !== 0n) : []));
  }
  return content;
}

async function countNodes(driver: Driver): Promise<number> {
  let count = 0;
  for await (const _record of driver.iterate(Buffer.from('n'), Buffer.from('o'))) count++;
  return count;
}

const byKey = (content: Map<bigint, bigint>) => [...content].sort(([a], [b]) => (a < b ? -1 : 1));

/** The content after each batch, kept so that the next look needs only the batches since. */
class Expected {
  private number = 0;
  readonly content = new Map<bigint, bigint>();

  advanceTo(number: number): this {
    for (; this.number < number; this.number++) {
      for (const [key, value] of batchOf(this.number + 1)) {
        if (value === 0n) this.content.delete(key);
        else this.content.set(key, value);
      }
    }
    return this;
  }
}

test('the build that the child runs is there', () => {
  expect(existsSync(new URL('../../../dist/state/hashdb/hashdb.js', import.meta.url)), 'run npm run build first').toBe(
    true,
  );
});

test.each(places)(
  '$name, killed $kills times at any moment: a database is at the last root it told of or the one after, and whole',
  async ({ kills, within, newLocation }) => {
    let location = await newLocation();
    let expected = new Expected();
    let told = 0;
    const moments = { starting: 0, between: 0, committedUntold: 0, undone: 0 };
    for (let kill = 0; kill < kills; kill++) {
      if (kill % 10 === 0) {
        location = await newLocation();
        expected = new Expected();
        told = 0;
      }
      // A third are killed while they start or create; the others about when they commit: odd lines say `making`.
      const starting = kill % 3 === 0;
      const said = starting
        ? await runAndKill(location, 0, Math.random() * 300)
        : await runAndKill(location, 1 + 2 * Math.floor(Math.random() * 20), Math.random() * within);
      const made = said.filter((line) => line.startsWith('made'));

      const opening = openDriver(location).then(async (driver) => {
        await settled(driver);
        return { driver, db: await HashDb.open(driver, scheme) };
      });
      const opened = await opening.catch((error: unknown) => {
        // Killed before there was a database at all.
        expect(error).toBeInstanceOf(NoDatabaseError);
        expect([told, made]).toEqual([0, []]);
      });
      if (!opened) continue;
      const { driver, db } = opened;
      const history = await db.history();
      const current = await db.current();
      expect(history.map(({ number }) => number)).toEqual(history.map((_, i) => i));
      expect(current).toEqual(history.at(-1));
      for (const line of made) {
        const [, number, root] = line.split(' ') as [string, string, string];
        expect(history[Number(number)]?.root).toBe(BigInt(root));
        told = Number(number);
      }
      expect([told, told + 1]).toContain(current.number);
      const midway = said.at(-1)?.startsWith('making');
      if (current.number > told) moments.committedUntold++;
      else if (midway) moments.undone++;
      else moments[said.length === 0 ? 'starting' : 'between']++;
      told = current.number;

      const { content } = expected.advanceTo(current.number);
      expect(byKey(await contentUnder(db, current.root))).toEqual(byKey(content));
      expect(current).toMatchObject({ root: canonicalRoot(scheme, content), entries: content.size });
      for (const { root } of history.filter(({ pruned }) => !pruned)) {
        expect(canonicalRoot(scheme, await contentUnder(db, root))).toBe(root);
      }
      expect(await countNodes(driver)).toBe(await db.nodeCount());
      expect(await db.entryValues(current.root, [...content.keys()])).toEqual([...content.values()]);
      await db.close();
    }
    console.info('killed', moments);
    // Kills that never meet a commit would prove nothing.
    expect(moments.committedUntold + moments.undone).toBeGreaterThan(0);
  },
);

const imports = long ? 60 : 5;

test(`an import of a snapshot killed ${imports} times leaves all of it or nothing, and can be continued`, async () => {
  const source = await newDb();
  const snapshot = await freshFolder();
  const entries = plains(0, 2_000, 5);
  const { root } = await write(source, entries);
  const { chunks } = await exportSnapshot(source, { directory: snapshot, root, chunkBytes: 4_000 });
  let location = await freshFolder();
  let most = 0;
  for (let kill = 0; kill < imports; kill++) {
    // Each goes on where the one before it was killed; at last there is nothing left to do.
    const lines = Math.min(1 + Math.floor((kill % 5) * (chunks.length / 12)), 12);
    const command = [fileURLToPath(new URL('import-child.mjs', import.meta.url)), location, snapshot];
    const said = await runAndKill(
      location,
      kill % 5 === 4 ? chunks.length : lines,
      Math.random() * 4,
      undefined,
      command,
    );
    const db = await openDatabase(location);
    const current = await db.current();
    if (said.includes('done')) expect(current.root).toBe(root);
    if (current.number === 0) most = Math.max(most, await db.nodeCount());
    else {
      expect(current).toMatchObject({ number: 1, root, entries: entries.length, origin: 'import' });
      expect(await db.check()).toMatchObject({ damages: [], unreachable: 0 });
      location = await freshFolder();
    }
    await db.close();
  }
  // Kills that all come before the first chunk would prove nothing.
  expect(most).toBeGreaterThan(0);
  await importSnapshot((options) => openDatabase(location, options), { directory: snapshot });
  const db = await openDatabase(location);
  expect(await db.current()).toMatchObject({ root, entries: entries.length });
  expect(await db.check()).toMatchObject({ damages: [], unreachable: 0 });
  await db.close();
});

test('while a process has the database open, another is refused; once it is killed, it is not', async () => {
  const folder = await freshFolder();
  await runAndKill(folder, 1, 0, async () => {
    await expect(openLevel(folder)).rejects.toThrow(DatabaseLockedError);
  });
  await (await openLevel(folder)).close();
});
