import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Driver } from '../../../src/state/hashdb/driver.js';
import { drivers } from './drivers.js';

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: Uint8Array | undefined) => value && Buffer.from(value).toString('hex');
const never = { key: bytes(0, 0, 0), value: undefined };

const all = async (driver: Driver, from: Uint8Array, before: Uint8Array): Promise<string[]> => {
  const found: string[] = [];
  for await (const [key, value] of driver.iterate(from, before)) found.push(`${text(key)}=${text(value)}`);
  return found;
};

describe.each(drivers)('the $name driver', ({ newStore }) => {
  test('gives back what was put, in the order asked for, and nothing for what was not', async () => {
    const driver = await (await newStore())();
    await driver.writeIf(never, [
      { key: bytes(1), value: bytes(10) },
      { key: bytes(2), value: bytes() },
    ]);
    const found = await driver.getMany([bytes(2), bytes(3), bytes(1), bytes(2)]);
    expect(found.map(text)).toEqual(['', undefined, '0a', '']);
    expect(await driver.getMany([])).toEqual([]);
    await driver.close();
  });

  test('iterates a range in byte order, its end left out', async () => {
    const driver = await (await newStore())();
    await driver.writeIf(never, [
      { key: bytes(0x72, 0xff), value: bytes(4) },
      { key: bytes(0x73), value: bytes(5) },
      { key: bytes(0x72, 0x7f), value: bytes(2) },
      { key: bytes(0x72), value: bytes(1) },
      { key: bytes(0x72, 0x80), value: bytes(3) },
    ]);
    expect(await all(driver, bytes(0x72), bytes(0x73))).toEqual(['72=01', '727f=02', '7280=03', '72ff=04']);
    expect(await all(driver, bytes(), bytes(0xff))).toHaveLength(5);
    await driver.close();
  });

  test('makes no change when the guard does not hold, and all of them when it does', async () => {
    const driver = await (await newStore())();
    const changes = [
      { key: bytes(1), value: bytes(11) },
      { key: bytes(2), value: null },
    ];
    await driver.writeIf(never, [{ key: bytes(2), value: bytes(20) }]);
    for (const value of [undefined, bytes(21), bytes(20, 0)]) {
      expect(await driver.writeIf({ key: bytes(2), value }, changes)).toBe(false);
    }
    expect(await all(driver, bytes(), bytes(0xff))).toEqual(['02=14']);
    expect(await driver.writeIf({ key: bytes(2), value: bytes(20) }, changes)).toBe(true);
    expect(await all(driver, bytes(), bytes(0xff))).toEqual(['01=0b']);
    await driver.close();
  });

  test('of many writes at once under one guard, exactly one is made', async () => {
    const driver = await (await newStore())();
    const writes = Array.from({ length: 8 }, (_, i) =>
      driver.writeIf({ key: bytes(1), value: undefined }, [{ key: bytes(1), value: bytes(i) }]),
    );
    expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1);
    await driver.close();
  });

  test('holds after reopening what a map holds after the same writes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 2 }), fc.option(fc.uint8Array({ maxLength: 3 })))),
        ),
        async (batches) => {
          const open = await newStore();
          const model = new Map<string, string>();
          let driver = await open();
          for (const batch of batches) {
            await driver.writeIf(
              never,
              batch.map(([key, value]) => ({ key, value })),
            );
            for (const [key, value] of batch) {
              if (value === null) model.delete(text(key) as string);
              else model.set(text(key) as string, text(value) as string);
            }
          }
          await driver.close();
          driver = await open();
          const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`);
          expect(await all(driver, bytes(), bytes(0xff, 0xff, 0xff))).toEqual(expected);
          await driver.close();
        },
      ),
      { numRuns: 20 },
    ));

  test('says how many bytes it takes', async () => {
    const driver = await (await newStore())();
    const before = await driver.sizeOnDisk();
    await driver.writeIf(never, [{ key: bytes(1), value: new Uint8Array(10_000) }]);
    expect(await driver.sizeOnDisk()).toBeGreaterThanOrEqual(before + 10_000);
    await driver.close();
  });

  test('gives back the space of what was deleted, and keeps the rest', async () => {
    const driver = await (await newStore())();
    const names = Array.from({ length: 200 }, (_, i) => bytes(0x6e, i));
    await driver.writeIf(never, [
      { key: bytes(0x61), value: bytes(7) },
      ...names.map((key) => ({ key, value: Uint8Array.from(randomBytes(10_000)) })),
    ]);
    await driver.compact();
    const full = await driver.sizeOnDisk();
    await driver.writeIf(
      never,
      names.map((key) => ({ key, value: null })),
    );
    await driver.compact();
    expect(await driver.sizeOnDisk()).toBeLessThan(full / 2);
    expect(await all(driver, bytes(), bytes(0xff))).toEqual(['61=07']);
    await driver.close();
  });
});
