import { describe, expect, it } from 'vitest';
import { countsOf } from '../../bench/harness/circom-output.js';
import { drawer, random, ranks, word } from '../../bench/harness/draw.js';
import { peerChunks } from '../../bench/harness/peer-chunks.js';
import { median, medianRates, rated, ratesOfBoth, watched, watchMemory } from '../../bench/harness/timing.js';
import { drawAccesses, WORKLOADS, YCSB } from '../../bench/harness/workloads.js';
import type { YcsbName } from '../../bench/harness/workloads.js';
import { density } from '../../scripts/figures.js';

const many = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

describe('draws', () => {
  it('are the same in every run', () => {
    expect(many(3, random(1)).map((x) => x.toFixed(6))).toEqual(['0.627074', '0.002736', '0.527447']);
    expect(word('key 0')).toBe(0x49ac5de219edae62f9fdeea0fc3f3af48fd832f22fac50820ac11174d6e068bdn);
    expect(many(20, drawer('zipfian', 1000, 1))).toEqual(many(20, drawer('zipfian', 1000, 1)));
  });

  it('have ranks with the weights that YCSB gives them', () => {
    const size = 100;
    const rank = ranks(size, random(7));
    const counts = Array.from({ length: size }, () => 0);
    for (let i = 0; i < 200_000; i++) counts[rank()]! += 1;
    const weights = counts.map((_, k) => (k + 1) ** -0.99);
    const sum = weights.reduce((a, b) => a + b, 0);
    for (const k of [0, 1, 9, 99]) expect(counts[k]! / 200_000).toBeCloseTo(weights[k]! / sum, 2);
  });

  it('reach all indices, and no others', () => {
    const uniform = new Set(many(2000, drawer('uniform', 50, 3)));
    expect([...uniform].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });
});

describe('a workload', () => {
  const shareOf = (name: YcsbName, op: 'read' | 'write'): number =>
    drawAccesses(name, 1000)(20_000).filter((access) => access.op === op).length / 20_000;

  it.each(Object.keys(YCSB) as YcsbName[])('%s has the shares of its name', (name) => {
    const { update = 0, insert = 0, modify = 0 } = YCSB[name];
    // A read-modify-write is two accesses.
    expect(shareOf(name, 'write')).toBeCloseTo((update + insert + modify) / (1 + modify), 1);
  });

  it('that inserts, inserts records that are not there yet', () => {
    const written = drawAccesses('D', 1000)(5000).flatMap((access) => (access.op === 'write' ? [access.slot] : []));
    expect(new Set(written).size).toBe(written.length);
  });

  it('is one of YCSB, or the block', () => {
    expect(WORKLOADS).toEqual(['A', 'B', 'C', 'D', 'F', 'mainnet block']);
  });
});

describe('times', () => {
  it('have a median, of an even count the upper one', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(3);
    expect(median([])).toBeNaN();
  });

  it('of two kinds of work add up', () => {
    const one = { clock: 10, processor: 20 };
    expect(ratesOfBoth(one, one)).toEqual({ clock: 5, processor: 10 });
    expect(medianRates([one, { clock: 1, processor: 1 }, { clock: 30, processor: 2 }])).toEqual({
      clock: 10,
      processor: 2,
    });
  });

  it('are told with the result of the work', async () => {
    const [result, { clock, processor }] = await rated(5, () => 'done');
    expect([result, clock > 0, processor > 0]).toEqual(['done', true, true]);
    expect(await watched(async () => 7)).toMatchObject({ result: 7, peakMiB: expect.toSatisfy((x: number) => x > 1) });
  });

  it('end with the watch over memory', () => {
    const { peaks, stop } = watchMemory();
    stop();
    expect(peaks).toEqual({ own: 0, children: 0 });
  });
});

it('the peer takes another circuit when the next access has no room', () => {
  const accesses = (['read', 'write', 'write', 'read'] as const).map((op) => ({ op }));
  const costs = { read: 10, write: 20 };
  expect(peerChunks(accesses, costs, 30)).toEqual([2, 2]);
  expect(peerChunks(accesses, costs, 29)).toEqual([1, 1, 1, 1]);
  expect(peerChunks(accesses, costs, 60)).toEqual([4]);
});

it("circom's output has a circuit's constraints, linear ones included", () => {
  const printed = 'template instances: 3\nnon-linear constraints: 12\nlinear constraints: 30\npublic inputs: 1\n';
  expect(countsOf(printed)).toEqual({ constraints: 42 });
  expect(() => countsOf(printed.replace('30', ''))).toThrow('expected "linear constraints: N" from circom');
});

it('the density of a circuit counts its coefficients by side, and the wires on B', () => {
  const term = (wire: number): number[] => [wire, ...Array.from({ length: 8 }, () => 0)];
  const side = (...wires: number[]): number[] => [wires.length, ...wires.flatMap(term)];
  const words = [...side(1, 2), ...side(2), ...side(3), ...side(1), ...side(2, 3), ...side()];
  const bytes = Uint32Array.from(words).buffer;
  expect(density({ bytes, constraints: 2, wires: 4 })).toEqual({ nonZeroA: 3, nonZeroB: 3, nonZeroC: 1, wiresOnB: 2 });
});
