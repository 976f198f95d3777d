import type { Arena } from '../../base/bn254/arena.js';
import { biasOf, chooseBits, windowsOf } from '../../base/bn254/digits.js';
import { call, ranges } from '../../base/bn254/machine.js';
import type { Machine } from '../../base/bn254/machine.js';
import { windowBytes } from '../../base/bn254/window.js';
import type { GroupName } from '../../base/bn254/window.js';
import { G1_BYTES, G2_BYTES } from '../setup/zkey-shape.js';
import type { Section, Source } from './source.js';
import { VALUE_BYTES } from './witness.js';

/** A sum of points times scalars: the points of a section of a zkey, and a few extra points. */
export interface Sum {
  readonly group: GroupName;
  readonly section: Section;
  /** The address of its points' scalars, 32 bytes each. */
  readonly scalars: number;
  readonly extra: readonly { readonly point: Uint8Array; readonly scalar: bigint }[];
}

/** Bytes of a point in a zkey, and in the kernel's form. */
export const SIZES = { g1: { packed: G1_BYTES, point: 80 }, g2: { packed: G2_BYTES, point: 160 } } as const;
/** Points in memory at once, twice: the next ones are read while these are added. */
const CHUNK_BYTES = 2 ** 25;
const MOST_EXTRA = 2;

/** A part of a sum whose points are all in memory together. */
interface Chunk {
  readonly sum: number;
  readonly group: GroupName;
  readonly from: number;
  readonly count: number;
  readonly bits: number;
  /** For the sums of its windows: `windows * bits` points. */
  readonly out: number;
}

interface Slot {
  readonly points: number;
  readonly table: number;
  readonly scalars: number;
}

export interface SumsPlan {
  readonly sums: readonly Sum[];
  readonly chunks: readonly Chunk[];
  readonly slots: readonly [Slot, Slot];
  /** The bias of digits of so many bits. */
  readonly biases: ReadonlyMap<number, number>;
  /** Where each sum goes, a point in the kernel's form. */
  readonly results: readonly number[];
  readonly extraScalars: number;
}

/** What of a sum's points are in memory at a time; the last ones have the extra points with them. */
function chunksOf(sum: Sum, index: number, arena: Arena): Chunk[] {
  const { packed, point } = SIZES[sum.group];
  const count = sum.section.size / packed;
  const parts = count === 0 ? [{ from: 0, count: 0 }] : ranges(count, Math.ceil(count / (CHUNK_BYTES / packed)));
  return parts.map((range) => {
    const bits = chooseBits(range.count + MOST_EXTRA);
    return { sum: index, group: sum.group, ...range, bits, out: arena.take(windowsOf(bits) * bits * point) };
  });
}

export function planSums(arena: Arena, sums: readonly Sum[]): SumsPlan {
  const chunks = sums.flatMap((sum, i) => chunksOf(sum, i, arena));
  const largest = (bytes: (group: GroupName) => number): number =>
    Math.max(...chunks.map(({ group, count }) => bytes(group) * (count + MOST_EXTRA)));
  const slot = (): Slot => ({
    points: arena.take(largest((group) => SIZES[group].packed)),
    table: arena.take(largest((group) => SIZES[group].point)),
    scalars: arena.take(largest(() => VALUE_BYTES)),
  });
  return {
    sums,
    chunks,
    slots: [slot(), slot()],
    biases: new Map([...new Set(chunks.map(({ bits }) => bits))].map((bits) => [bits, arena.take(VALUE_BYTES)])),
    results: sums.map(({ group }) => arena.take(SIZES[group].point)),
    extraScalars: arena.take(MOST_EXTRA * VALUE_BYTES * chunks.length),
  };
}

/** What a thread needs for the largest window. */
export const workBytes = ({ chunks }: SumsPlan): number =>
  Math.max(...chunks.map(({ group, count, bits }) => windowBytes(group, count + MOST_EXTRA, bits)));

/** Work that is done, told as it is: what it weighs, of `weightOf` a plan. */
export type OnWork = (weight: number) => void;

export const weightOf = ({ chunks }: SumsPlan): number =>
  chunks.reduce((all, chunk) => all + windowsOf(chunk.bits) * chunkWeight(chunk), 0);
const chunkWeight = ({ group, count, bits }: Chunk): number => (group === 'g1' ? 1 : 3) * (count + 2 ** (bits - 1));

/** Computes the sums; reads the points of the zkey as needed. */
export async function computeSums(machine: Machine, plan: SumsPlan, source: Source, onWork: OnWork): Promise<void> {
  const { threads } = machine;
  for (const [bits, address] of plan.biases) machine.putScalar(address, biasOf(bits));
  const done: Promise<unknown>[] = [];
  for (const [i, chunk] of plan.chunks.entries()) {
    // The slot's last chunk is done.
    await done[i - 2];
    const isLast = plan.chunks[i + 1]?.sum !== chunk.sum;
    const count = await loadChunk(machine, plan, source, chunk, { slot: plan.slots[i % 2]!, isLast, index: i });
    const windows = threads.all(windowJobs(chunk, plan.slots[i % 2]!, count)).then(() => {});
    windows.catch(() => {}); // awaited above and below
    done.push(windows.then(() => onWork(windowsOf(chunk.bits) * chunkWeight(chunk))));
    done.at(-1)!.catch(() => {});
  }
  await Promise.all(done);
  await threads.all(
    plan.sums.map(({ group }, sum) => {
      const chunks = plan.chunks.filter((chunk) => chunk.sum === sum);
      return {
        kind: 'combine',
        group,
        rows: chunks.map(({ out, bits }) => ({ address: out, length: windowsOf(bits) * bits })),
        out: plan.results[sum]!,
      };
    }),
  );
}

interface Load {
  readonly slot: Slot;
  readonly index: number;
  /** Whether the sum's extra points belong to it. */
  readonly isLast: boolean;
}

/** Reads a chunk's points and converts them and their scalars to the kernel's form. Returns their number. */
async function loadChunk(
  machine: Machine,
  plan: SumsPlan,
  source: Source,
  chunk: Chunk,
  { slot, index, isLast }: Load,
): Promise<number> {
  const { group, section, scalars, extra } = plan.sums[chunk.sum]!;
  const { packed, point } = SIZES[group];
  const { from, count } = chunk;
  await source.read(
    machine.bytes.subarray(slot.points, slot.points + count * packed),
    section.position + from * packed,
  );
  const bias = plan.biases.get(chunk.bits)!;
  const prepare = (first: number, length: number, scalarsAt: number) =>
    call(
      `${group}_prepare`,
      slot.points + first * packed,
      scalarsAt,
      slot.table + first * point,
      slot.scalars + first * VALUE_BYTES,
      bias,
      length,
    );
  const jobs = ranges(count, 4 * machine.threads.size).map((range) =>
    prepare(range.from, range.count, scalars + (from + range.from) * VALUE_BYTES),
  );
  const more = isLast ? extra : [];
  const moreScalars = plan.extraScalars + MOST_EXTRA * VALUE_BYTES * index;
  more.forEach(({ point: bytes, scalar }, i) => {
    machine.bytes.set(bytes, slot.points + (count + i) * packed);
    machine.putScalar(moreScalars + VALUE_BYTES * i, scalar);
  });
  await machine.threads.all([...jobs, prepare(count, more.length, moreScalars)], 'next');
  return count + more.length;
}

const windowJobs = ({ group, bits, out }: Chunk, { table, scalars }: Slot, count: number) =>
  Array.from(
    { length: windowsOf(bits) },
    (_, index) =>
      ({
        kind: 'window',
        group,
        table,
        scalars,
        count,
        bits,
        index,
        isLast: index === windowsOf(bits) - 1,
        out: out + index * bits * SIZES[group].point,
      }) as const,
  );
