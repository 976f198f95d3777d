import { describe, expect, it } from 'vitest';
import { RecordingView } from '../../../src/rules/common/view.js';
import { databaseOf, plainEntry } from '../../machine/trace/honest.js';
import { WorkingState } from '../../../src/state/hashdb/working-state.js';

const A = plainEntry(1, 10);
const B = plainEntry(2, 20);
const entry = (n: number) => ({ address: 0n, kind: 'storage', slot: BigInt(n) }) as const;

async function viewOfTwo(): Promise<RecordingView> {
  const db = await databaseOf(2, [A, B]);
  return new RecordingView(new WorkingState(db, (await db.current()).root));
}

describe('a view', () => {
  it('records reads and writes in their order, and no peeks', async () => {
    const view = await viewOfTwo();
    expect(await view.peek(entry(2))).toBe(20n);
    expect(await view.read(entry(1))).toBe(10n);
    view.write(entry(1), 11n);
    expect(await view.read(entry(1))).toBe(11n);
    expect(await view.read(entry(3))).toBe(0n);
    expect(view.log).toEqual([
      { op: 'read', ...entry(1), value: 10n },
      { op: 'write', ...entry(1), value: 11n },
      { op: 'read', ...entry(1), value: 11n },
      { op: 'read', ...entry(3), value: 0n },
    ]);
  });

  it('is as before after an attempt that failed, and keeps one that did not', async () => {
    const view = await viewOfTwo();
    view.write(entry(1), 11n);
    const failing = view.attempt(async () => {
      view.write(entry(1), 12n);
      view.write(entry(1), 13n);
      view.write(entry(3), 30n);
      await view.read(entry(2));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(view.log).toHaveLength(1);
    expect([await view.peek(entry(1)), await view.peek(entry(2)), await view.peek(entry(3))]).toEqual([11n, 20n, 0n]);
    await view.attempt(async () => view.write(entry(1), 14n));
    expect(view.log).toHaveLength(2);
    expect(await view.peek(entry(1))).toBe(14n);
  });

  it('refuses values and entries out of range, and records nothing of them', async () => {
    const view = await viewOfTwo();
    expect(() => view.write(entry(1), 2n ** 256n)).toThrow(RangeError);
    expect(() => view.write({ ...entry(1), address: -1n }, 1n)).toThrow(RangeError);
    expect(view.log).toEqual([]);
    expect(await view.peek(entry(1))).toBe(10n);
  });
});
