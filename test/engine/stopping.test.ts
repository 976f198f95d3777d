/** Work stopped by a signal at many moments: it fails with the reason of the signal, and leaves nothing. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, openIfThere } from '../../src/engine/database.js';
import type { OpenDb } from '../../src/engine/database.js';
import type { Watching } from '../../src/base/tasks/watching.js';
import { exportEntries } from '../../src/engine/export-entries.js';
import { fsck } from '../../src/engine/fsck.js';
import { installKeys } from '../../src/engine/install-keys.js';
import { loadState } from '../../src/engine/load-state.js';
import { proveBatch } from '../../src/engine/prove-batch.js';
import { openSource } from '../../src/engine/repair-source.js';
import { exportSnapshot, importSnapshot, verifySnapshot } from '../../src/engine/snapshot-folder.js';
import { verifierContract } from '../../src/engine/verifier-contract.js';
import { ArtifactStore, fileDigest } from '../../src/machine/circuit/artifacts.js';
import { compileCircuit } from '../../src/machine/circuit/compile.js';
import { ceremonyKeys, provingKeys } from '../../src/proof/prover/keys.js';
import { prove } from '../../src/proof/prover/prove.js';
import { LocalQueue } from '../../src/proof/prover/queue.js';
import {
  acceptKey,
  beginCeremony,
  closeCeremony,
  contributeToKey,
  formatTranscript,
  verifyKey,
} from '../../src/proof/setup/index.js';
import { parseBatch } from '../../src/state/batch/parse.js';
import { read, run } from '../machine/circuits/world.js';
import { circuit, keys, STORE } from '../proof/prover/prover.js';
import { standIn } from '../proof/prover/stand-in.js';
import { BEACON, testCeremony } from '../proof/setup/ceremony.js';
import type { TestCeremony } from '../proof/setup/ceremony.js';
import { freshFolder } from '../state/hashdb/drivers.js';
import { plains, write } from '../state/hashdb/world.js';
import { stopAtEach } from '../stopping.js';

const freshParent = async (): Promise<string> => path.dirname(await freshFolder());
const opener =
  (folder: string): OpenDb =>
  (options) =>
    openDatabase(folder, options);

/** The number of the current root; null where there is no database. */
async function numberOf(openDb: OpenDb): Promise<number | null> {
  const db = await openIfThere(openDb);
  try {
    return (await db?.current())?.number ?? null;
  } finally {
    await db?.close();
  }
}

describe('artifacts', () => {
  it('a compilation leaves no directory, whenever it is stopped', async () => {
    const store = new ArtifactStore(await freshParent());
    const isBegun = async (): Promise<boolean> => (await readdir(store.directory).catch(() => [])).length > 0;
    // The compiler takes some seconds.
    for (const ms of [null, 0, 100, 400]) {
      const reason = new Error('not wanted any more');
      const stop = new AbortController();
      const compiled = compileCircuit(store, 's14', { signal: stop.signal }).catch((error: unknown) => error);
      while (ms !== null && !(await isBegun())) await sleep(1);
      await sleep(ms ?? 0);
      stop.abort(reason);
      expect(await compiled).toBe(reason);
      expect(await isBegun()).toBe(false);
    }
  });

  it('development keys, too; they are whole when they are there', async () => {
    const store = new ArtifactStore(await freshParent());
    const none = async (): Promise<void> => expect(await readdir(store.directory)).toEqual([]);
    expect(await stopAtEach((watching) => provingKeys(store, circuit, watching), none)).toBeGreaterThan(4);
    expect(await provingKeys(store, circuit)).toMatchObject({ reused: true });
    await expect(provingKeys(store, circuit, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    await expect(
      verifierContract({
        store: STORE,
        circuit: 's14',
        allowDevelopment: true,
        signal: AbortSignal.abort(new Error('no')),
      }),
    ).rejects.toThrow('no');
  });
});

describe('a ceremony', () => {
  let world: TestCeremony;
  beforeAll(async () => void (world = await testCeremony()));
  afterAll(() => world.remove());

  /** A coordinator's directory after some steps, and what makes sure that it stays as it is. */
  async function folderAfter(steps: number) {
    const folder = world.file(`stopped-${steps}`);
    await mkdir(folder);
    for (let step = 0; step <= steps; step++) await cp(world.zkeys[step]!, path.join(folder, `000${step}.zkey`));
    await writeFile(path.join(folder, 'transcript.json'), formatTranscript(world.transcripts[steps]!));
    const content = async () =>
      Promise.all((await readdir(folder)).map(async (name) => [name, await fileDigest(path.join(folder, name))]));
    const before = await content();
    return { folder, isAsBefore: async (): Promise<void> => expect(await content()).toEqual(before) };
  }

  it('is not begun by a step that was stopped', async () => {
    const names = await readdir(world.folder);
    const none = async (): Promise<void> => expect(await readdir(world.folder)).toEqual(names);
    const begin = { directory: world.file('begun'), circuit: world.circuit, ptau: world.ptau, allowUnlisted: true };
    expect(await stopAtEach((watching) => beginCeremony({ ...begin, ...watching }), none)).toBeGreaterThan(3);
  });

  it('has no contribution that was stopped', async () => {
    const names = await readdir(world.folder);
    const none = async (): Promise<void> => expect(await readdir(world.folder)).toEqual(names);
    const to = world.file('stopped.zkey');
    expect(
      await stopAtEach((watching) => contributeToKey({ from: world.zkeys[0]!, to, name: 'Eve', ...watching }), none),
    ).toBeGreaterThan(1);
  });

  it('is as it was when an acceptance or its end was stopped', async () => {
    const one = await folderAfter(1);
    expect(
      await stopAtEach(
        (watching) => acceptKey({ directory: one.folder, zkey: world.zkeys[2]!, ptau: world.ptau, ...watching }),
        one.isAsBefore,
      ),
    ).toBeGreaterThan(1);
    const two = await folderAfter(2);
    expect(
      await stopAtEach(
        (watching) => closeCeremony({ directory: two.folder, beacon: BEACON, ...watching }),
        two.isAsBefore,
      ),
    ).toBeGreaterThan(1);
  });

  it('is verified and installed, or not at all', async () => {
    const workDirectory = world.file('work');
    const zkey = world.zkeys[3]!;
    const transcript = world.transcripts[3]!;
    const none = async (): Promise<void> => expect(await readdir(workDirectory).catch(() => [])).toEqual([]);
    const options = { circuit: world.circuit, ptau: world.ptau, zkey, transcript };
    expect(await stopAtEach((watching) => verifyKey({ ...options, workDirectory, ...watching }), none)).toBeGreaterThan(
      3,
    );
    const store = new ArtifactStore(world.file('store'));
    const absent = async (): Promise<void> => expect(await ceremonyKeys(store, world.circuit)).toBeNull();
    const install = { ...options, circuit: { ...circuit, ...world.circuit }, store, allowUnlisted: true };
    expect(await stopAtEach((watching) => installKeys({ ...install, ...watching }), absent)).toBeGreaterThan(3);
    expect((await readdir(store.directory)).length).toBe(1);
  });
});

describe('states', () => {
  it('an interrupted load has loaded nothing; the same load goes well afterwards', async () => {
    const openDb = opener(path.join(await freshParent(), 'db'));
    const entries = Array.from({ length: 12 }, (_, i) => plains(1000 * i, 1000, 5));
    const empty = async (): Promise<void> => expect((await numberOf(openDb)) ?? 0).toBe(0);
    await stopAtEach((watching) => loadState(openDb, entries, watching), empty);
    expect(await numberOf(openDb)).toBe(1);
    // While entries come, before anything is told.
    const stop = new AbortController();
    async function* coming() {
      yield entries[0]!;
      stop.abort(new Error('not wanted'));
      yield entries[1]!;
    }
    const none = opener(path.join(await freshParent(), 'db'));
    await expect(loadState(none, coming(), { signal: stop.signal })).rejects.toThrow('not wanted');
    expect(await numberOf(none)).toBeNull();
  });

  it('a snapshot is exported whole or not at all, verified to the end, and imported at once', async () => {
    const parent = await freshParent();
    const from = opener(path.join(parent, 'db'));
    const { root } = await loadState(from, [plains(0, 300, 5)]);
    const db = await from({});
    const folder = path.join(parent, 'new', 'snapshot');
    const absent = async (): Promise<void> => expect(await readdir(parent)).not.toContain('new');
    expect(
      await stopAtEach(
        (watching) => exportSnapshot(db, { directory: folder, root, chunkBytes: 1500, ...watching }),
        absent,
      ),
    ).toBeGreaterThan(3);
    const empty = path.join(parent, 'empty');
    await mkdir(empty);
    const isEmpty = async (): Promise<void> => expect(await readdir(empty)).toEqual([]);
    await stopAtEach(
      (watching) => exportSnapshot(db, { directory: empty, root, chunkBytes: 1500, ...watching }),
      isEmpty,
    );
    await db.close();

    expect(
      await stopAtEach(
        (watching) => verifySnapshot({ directory: folder, ...watching }),
        async () => {},
      ),
    ).toBeGreaterThan(3);
    const into = opener(path.join(parent, 'other'));
    const old = async (): Promise<void> => expect((await numberOf(into)) ?? 0).toBe(0);
    expect(
      await stopAtEach((watching) => importSnapshot(into, { directory: folder, ...watching }), old),
    ).toBeGreaterThan(2);
    expect(await numberOf(into)).toBe(1);
  });
});

describe('proving', () => {
  it('a proof that is stopped leaves nothing', async () => {
    const folder = await freshParent();
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = path.join(folder, 'tmp');
    await mkdir(process.env['TMPDIR']);
    const { trace } = await run([[1n, 7n]], [read(1n)], 2);
    const none = async (): Promise<void> => expect(await readdir(path.join(folder, 'tmp'))).toEqual([]);
    const program = standIn(folder, 'replay');
    expect(await stopAtEach((watching) => prove({ trace, circuit, keys, program, ...watching }), none)).toBeGreaterThan(
      1,
    );
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });

  it('a batch moves the state when all is proven, or not at all; a stop closes the queue', async () => {
    const parent = await freshParent();
    const openDb = opener(path.join(parent, 'db'));
    const batch = parseBatch(
      JSON.stringify({
        prestate: [{ key: 1, value: 5 }],
        accesses: Array.from({ length: 7 }, (_, i) => ({ op: 'write', key: 1, value: 6 + i })),
      }),
    );
    const saved: number[] = [];
    const old = async (): Promise<void> => {
      expect((await numberOf(openDb)) ?? 0).toBe(0);
      expect(saved).toEqual([]);
    };
    const queue = () => new LocalQueue({ programs: [standIn(parent, 'replay')] });
    const options = {
      openDb,
      batch,
      circuit: 's14',
      store: STORE,
      save: async (_: unknown, number: number) => void saved.push(number),
    } as const;
    expect(
      await stopAtEach((watching) => proveBatch({ ...options, queue: queue(), ...watching }), old),
    ).toBeGreaterThan(3);
    expect([await numberOf(openDb), saved]).toEqual([2, [2]]);
  });
});

describe('a database', () => {
  /** One of several roots, of which all but the last can be pruned. */
  async function made(): Promise<string> {
    const folder = await freshFolder();
    const db = await openDatabase(folder, { createIfMissing: true });
    for (let i = 0; i < 4; i++) await write(db, plains(i * 400, 800));
    await db.close();
    return folder;
  }
  const wholeIn = async (folder: string): Promise<void> => {
    const db = await openDatabase(folder);
    expect((await db.check()).damages).toEqual([]);
    await db.close();
    expect((await readdir(folder)).filter((name) => /^check-|^damaged-/.test(name))).toEqual([]);
  };

  it('that is being checked is as before', async () => {
    const folder = await made();
    expect(
      await stopAtEach(
        (watching) => fsck(opener(folder), null, watching),
        () => wholeIn(folder),
      ),
    ).toBeGreaterThan(3);
  });

  it('that is being pruned keeps what is kept, whole, and is pruned by the next prune', async () => {
    const folder = await made();
    const pruning = async (watching: Watching): Promise<void> => {
      const db = await openDatabase(folder);
      try {
        await db.prune({ keepLast: 1, ...watching });
      } finally {
        await db.close();
      }
    };
    expect(await stopAtEach(pruning, () => wholeIn(folder))).toBeGreaterThan(2);
    const db = await openDatabase(folder);
    expect(await db.check()).toMatchObject({ damages: [], unreachable: 0, roots: 1 });
    await db.close();
  });

  it('of damaged files that is being repaired has them still, and is repaired by the next repair', async () => {
    const whole = await made();
    const folder = await freshFolder();
    await cp(whole, folder, { recursive: true });
    const table = (await readdir(folder)).find((name) => name.endsWith('.ldb') || name.endsWith('.log'))!;
    const bytes = await readFile(path.join(folder, table));
    await writeFile(path.join(folder, table), bytes.fill(0, 1_000, 1_064));
    const filesOf = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name !== 'LOCK').sort();
    const before = await filesOf();
    const repairing = async (watching: Watching): Promise<void> => {
      const source = await openSource(whole);
      try {
        await fsck(opener(folder), source, watching);
      } finally {
        await source.close();
      }
    };
    expect(await stopAtEach(repairing, async () => expect(await filesOf()).toEqual(before))).toBeGreaterThan(2);
    expect((await readdir(folder)).some((name) => name.startsWith('damaged-'))).toBe(true);
    const db = await openDatabase(folder);
    expect((await db.check()).damages).toEqual([]);
    await db.close();
  });

  it('whose entries are being exported is written to no file', async () => {
    const folder = await made();
    const file = path.join(await freshParent(), 'entries.csv');
    const exporting = async ({ signal, onProgress }: Watching): Promise<void> => {
      const db = await openDatabase(folder);
      const { root } = await db.current();
      const onEntries = (done: number): void => onProgress!('entries', done, 0);
      try {
        await exportEntries(db, root, { form: 'csv', file, ...(signal && { signal }), onEntries });
      } finally {
        await db.close();
      }
    };
    const isGone = async (): Promise<void> => expect(await readdir(path.dirname(file))).toEqual([]);
    expect(await stopAtEach(exporting, isGone)).toBeGreaterThan(1);
    expect(await readdir(path.dirname(file))).toEqual(['entries.csv']);
  });
});
