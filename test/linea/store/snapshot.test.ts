import { describe, expect, it } from 'vitest';
import { NotADatabaseError } from '../../../src/state/hashdb/driver.js';
import { MemoryDriver } from '../../../src/state/hashdb/memory.js';
import { POSEIDON2_KOALABEAR } from '../../../src/linea/suite/poseidon2.js';
import { checkState } from '../../../src/linea/store/check.js';
import { exportState, importState, readSnapshot, StateSnapshotError } from '../../../src/linea/store/snapshot.js';
import { StateDb } from '../../../src/linea/store/state-db.js';
import { draws, Model, remembering } from '../world/blocks.js';

const suite = remembering(POSEIDON2_KOALABEAR);
const suites = { [suite.name]: suite };

async function* from(lines: readonly string[]): AsyncGenerator<string, void> {
  yield* lines;
}

async function someBlocks(blocks: number) {
  const db = await StateDb.open(new MemoryDriver(), suite, { createIfMissing: true });
  const model = new Model();
  const draw = draws(13);
  for (let i = 0; i < blocks; i++) await db.apply(model.next(draw));
  return { db, model, draw };
}

async function linesOf(db: StateDb, number: number, pageEntries: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportState(db, number, { pageEntries })) lines.push(line);
  return lines;
}

describe("a snapshot of Linea's state", () => {
  it('of every kept block, in pages of any size, makes a whole database of the same root, which goes on', async () => {
    const { db, model, draw } = await someBlocks(6);
    const sizes = new Set<number>();
    for (let number = 0; number <= 6; number++) {
      for (const pageEntries of [1, 2, 1000]) {
        const lines = await linesOf(db, number, pageEntries);
        sizes.add(lines.length);
        const root = await db.root(number);
        const restored = await importState(new MemoryDriver(), await readSnapshot(suites, root, from(lines)));
        expect(await restored.head()).toEqual({ number, first: number });
        expect(await restored.root(number)).toBe(root);
        expect(await checkState(restored)).toMatchObject({ damages: [], blocks: 1 });
        if (number < 6) continue;
        const next = model.next(draw);
        expect(await restored.apply(next)).toEqual(await db.apply(next));
        await db.rollback();
        break;
      }
    }
    expect(sizes.size).toBeGreaterThan(4);
  });

  it('is refused with a line changed, left out, doubled or moved, cut short, or of another root', async () => {
    const { db } = await someBlocks(6);
    const root = await db.root(6);
    const lines = await linesOf(db, 6, 2);
    expect(lines.length).toBeGreaterThan(4);
    const read = (changed: readonly string[], wanted = root) => readSnapshot(suites, wanted, from(changed));
    await expect(read(lines)).resolves.toMatchObject({ root, number: 6 });
    const wrong = [
      [],
      ...lines.flatMap((line, i) => [
        lines.toSpliced(i, 1),
        lines.toSpliced(i, 0, line),
        lines.slice(0, i),
        lines.with(i, line.replace(/"value":"0x(.*?)."/, '"value":"0x$19"').replace('"version":1', '"version":2')),
        lines.with(i, `${line.slice(0, -1)},"more":1}`),
        ...(i < 2 ? [] : [lines.with(i, lines[i - 1]!).with(i - 1, line)]),
      ]),
    ].filter((changed) => changed.join() !== lines.join());
    expect(wrong.length).toBeGreaterThan(20);
    for (const changed of wrong)
      await expect(read(changed), changed.join('\n').slice(0, 200)).rejects.toThrow(StateSnapshotError);
    await expect(read(lines, root + 1n)).rejects.toThrow('line 1: the snapshot is of another root');
    const other = lines.with(0, lines[0]!.replace(suite.name, 'sha1'));
    await expect(read(other)).rejects.toThrow(`line 1: suite: expected one of ${suite.name}, got "sha1"`);
  });

  it('is not imported over anything', async () => {
    const { db } = await someBlocks(1);
    const snapshot = await readSnapshot(suites, await db.root(1), from(await linesOf(db, 1, 10)));
    await expect(importState(db.driver, snapshot)).rejects.toThrow(NotADatabaseError);
    expect(await db.head()).toEqual({ number: 1, first: 0 });
  });
});
