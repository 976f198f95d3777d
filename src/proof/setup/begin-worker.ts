import type { MessagePort } from 'node:worker_threads';
import type { Answer } from '../../base/tasks/pool.js';
import type { SetupKernel } from './kernel.js';
import type { ConstraintChunk } from './r1cs.js';
import type { WireTerms } from './terms.js';

/** What every worker shares. */
export interface BeginData {
  readonly module: WebAssembly.Module;
  /** `LoadedR1cs.bytes`. */
  readonly constraints: SharedArrayBuffer;
  readonly maxChunkBytes: number;
  /** Descriptor of the file that is written. */
  readonly zkey: number;
  readonly terms: { readonly a: WireTerms; readonly b: WireTerms; readonly k: WireTerms };
  /** The points that terms name, affine, coordinates in Montgomery form. */
  readonly g1: SharedArrayBuffer;
  readonly g2: SharedArrayBuffer;
}

/** `position` is where in the file the result goes. */
export type BeginJob =
  | { readonly kind: 'coefficients'; readonly chunk: ConstraintChunk; readonly position: number }
  | {
      /** The points of the wires from `from` up to, not including, `to`; at most `MAX_JOB_WIRES`. */
      readonly kind: 'sums';
      readonly group: 'g1' | 'g2';
      readonly list: 'a' | 'b' | 'k';
      readonly from: number;
      readonly to: number;
      readonly position: number;
    };

export const MAX_JOB_WIRES = 8192;

/**
 * A worker's whole program, see `scriptOf`. Its work is sums of terms: Straus's method, over many wires in step
 * with one another, so that all additions of a step share one inversion.
 */
export function runBeginWorker(
  port: MessagePort,
  data: BeginData,
  writeSync: (file: number, bytes: Uint8Array, offset: number, length: number, position: number) => number,
): void {
  const COEFFICIENT_BYTES = 44;
  const ONE = 0xffffffff;
  const MAX_WIRES = 8192;
  // Terms that are worked on at once, and pairs that share one inversion.
  const SLICE = 8192;
  const BATCH = 1024;
  // Digits from -16 to 16, 51 of which hold any number below r / 2, which has 253 bits.
  const DIGIT_BITS = 5;
  const MULTIPLES = 16;
  const DIGITS = 51;
  // A wire of more terms is summed in parts, that it may not be left over alone.
  const MAX_SEGMENT = 16;
  const R_WORDS = [0xf0000001, 0x43e1f593, 0x79b97091, 0x2833e848, 0x8181585d, 0xb85045b6, 0xe131a029, 0x30644e72];

  const memory = new WebAssembly.Memory({ initial: 32 });
  const kernel = new WebAssembly.Instance(data.module, { env: { memory } }).exports as unknown as SetupKernel;

  // Memory: ffjavascript's own data, then what follows, then batchInverse's heap; in bytes for G2, G1 takes half.
  const heapPointer = 0;
  let top = ((new Uint32Array(memory.buffer)[heapPointer] as number) + 63) & ~63;
  const reserve = (bytes: number): number => (top += bytes) - bytes;
  const table = reserve(Math.max(SLICE * MULTIPLES * 128, 4 * data.maxChunkBytes));
  const sums = reserve(SLICE * 128);
  const results = reserve(MAX_WIRES * 128);
  const pairs = reserve(SLICE * 8);
  const denominators = reserve(BATCH * 64);
  const heap = reserve(64 * (BATCH + 8));
  memory.grow(Math.max(0, Math.ceil(top / 65536) - 32));
  const bytes = new Uint8Array(memory.buffer);
  const pairWords = new Uint32Array(memory.buffer, pairs, 2 * SLICE);
  new Uint32Array(memory.buffer)[heapPointer] = heap;

  const write = (address: number, length: number, position: number): void => {
    for (let done = 0; done < length;) {
      done += writeSync(data.zkey, bytes, address + done, length - done, position + done);
    }
  };

  const coefficients = ({ chunk, position }: Extract<BeginJob, { kind: 'coefficients' }>): void => {
    bytes.set(new Uint8Array(data.constraints, chunk.byteOffset, chunk.byteLength), table);
    const out = table + data.maxChunkBytes;
    kernel.r1cs_encodeConstraints(table, chunk.constraints, chunk.firstConstraint, out);
    write(out, COEFFICIENT_BYTES * chunk.coefficients, position);
  };

  const words = new Uint32Array(data.constraints, 0, data.constraints.byteLength >>> 2);
  const number = new Uint32Array(9);
  /** Writes the signed digits of a coefficient, or of its negative if that is smaller, and all of them negated. */
  const split = (coefficient: number, digits: Int8Array, at: number): void => {
    number.fill(0);
    if (coefficient === ONE) number[0] = 1;
    else for (let i = 0; i < 8; i++) number[i] = words[coefficient + i] as number;
    let isLarge = false;
    for (let i = 7; i >= 0; i--) {
      // r's words, shifted right by one bit.
      const half = (((R_WORDS[i] as number) >>> 1) | (((R_WORDS[i + 1] ?? 0) & 1) << 31)) >>> 0;
      if (number[i] === half) continue;
      isLarge = (number[i] as number) > half;
      break;
    }
    if (isLarge) {
      for (let i = 0, borrow = 0; i < 8; i++) {
        const difference = (R_WORDS[i] as number) - (number[i] as number) - borrow;
        borrow = difference < 0 ? 1 : 0;
        number[i] = difference;
      }
    }
    for (let digit = 0, carry = 0; digit < DIGITS; digit++) {
      const word = (DIGIT_BITS * digit) >>> 5;
      const bit = (DIGIT_BITS * digit) & 31;
      const high = bit > 32 - DIGIT_BITS ? (number[word + 1] as number) << (32 - bit) : 0;
      const value = ((((number[word] as number) >>> bit) | high) & (2 * MULTIPLES - 1)) + carry;
      carry = value > MULTIPLES ? 1 : 0;
      digits[at + digit] = (isLarge ? -1 : 1) * (value - carry * 2 * MULTIPLES);
    }
  };

  /** What differs between the two groups. */
  const groupOf = (job: Extract<BeginJob, { kind: 'sums' }>) =>
    job.group === 'g1'
      ? { size: 64, list: new Uint8Array(data.g1), add: kernel.g1m_addPairs }
      : { size: 128, list: new Uint8Array(data.g2), add: kernel.g2m_addPairs };

  const digits = new Int8Array(SLICE * DIGITS);
  const slots = new Uint32Array(SLICE);
  const largest = new Uint8Array(SLICE);

  const addTerms = (job: Extract<BeginJob, { kind: 'sums' }>, first: number, end: number): void => {
    const { size, list, add } = groupOf(job);
    const terms = data.terms[job.list];
    let count = 0;
    const pair = (sum: number, point: number): void => {
      pairWords[2 * count] = sum;
      pairWords[2 * count + 1] = point;
      count++;
    };
    const addAll = (): void => {
      for (let done = 0; done < count; done += BATCH)
        add(pairs + 8 * done, Math.min(BATCH, count - done), denominators);
      count = 0;
    };

    // The multiples of each point that digits ask for: the point times d at entry d - 1 of its slot.
    const slotOf = new Map<number, number>();
    largest.fill(0);
    for (let term = first; term < end; term++) {
      const point = terms.points[term] as number;
      let slot = slotOf.get(point);
      if (slot === undefined) {
        slotOf.set(point, (slot = slotOf.size));
        bytes.set(list.subarray(size * point, size * (point + 1)), table + size * MULTIPLES * slot);
      }
      slots[term - first] = slot;
      const at = (term - first) * DIGITS;
      split(terms.coefficients[term] as number, digits, at);
      for (let i = at; i < at + DIGITS; i++)
        largest[slot] = Math.max(largest[slot] as number, Math.abs(digits[i] as number));
    }
    for (let multiple = 2; multiple <= MULTIPLES; multiple++) {
      for (let slot = 0; slot < slotOf.size; slot++) {
        if ((largest[slot] as number) < multiple) continue;
        const entry = table + size * (MULTIPLES * slot + multiple - 1);
        bytes.copyWithin(entry, entry - size, entry);
        pair(entry, table + size * MULTIPLES * slot);
      }
      addAll();
    }

    // Runs of terms of one wire: their wires, and where they begin; one after another up to the end.
    const runs: { readonly wire: number; readonly begin: number }[] = [];
    for (let term = first, wire = job.from; term < end; term++) {
      while ((terms.starts[wire + 1] as number) <= term) wire++;
      const last = runs.at(-1);
      if (last === undefined || last.wire !== wire || term - last.begin === MAX_SEGMENT)
        runs.push({ wire, begin: term });
    }
    bytes.fill(0, sums, sums + size * runs.length);
    const begun: number[] = [];
    const hasBegun = new Uint8Array(runs.length);
    for (let digit = DIGITS - 1; digit >= 0; digit--) {
      for (let i = 0; i < DIGIT_BITS; i++) {
        for (const sum of begun) pair(sum, sum);
        addAll();
      }
      for (let nth = 0; nth < MAX_SEGMENT; nth++) {
        for (let run = 0; run < runs.length; run++) {
          const term = (runs[run] as { begin: number }).begin + nth;
          if (term >= (runs[run + 1]?.begin ?? end)) continue;
          const value = digits[(term - first) * DIGITS + digit] as number;
          if (value === 0) continue;
          const sum = sums + size * run;
          pair(
            sum,
            table + size * (MULTIPLES * (slots[term - first] as number) + Math.abs(value) - 1) + (value < 0 ? 1 : 0),
          );
          if (hasBegun[run] === 0) begun.push(sum);
          hasBegun[run] = 1;
        }
        addAll();
      }
    }

    // A wire's parts are added one after another, each wire's first at once, then each one's second.
    const nthOfWire: number[] = [];
    for (let run = 0; run < runs.length; run++) {
      nthOfWire.push(run > 0 && runs[run - 1]?.wire === runs[run]?.wire ? (nthOfWire[run - 1] as number) + 1 : 0);
    }
    for (let nth = 0, left = runs.length; left > 0; nth++) {
      for (let run = 0; run < runs.length; run++) {
        if (nthOfWire[run] !== nth) continue;
        pair(results + size * ((runs[run] as { wire: number }).wire - job.from), sums + size * run);
        left--;
      }
      addAll();
    }
  };

  const sumsOf = (job: Extract<BeginJob, { kind: 'sums' }>): void => {
    const { starts } = data.terms[job.list];
    const { size } = groupOf(job);
    bytes.fill(0, results, results + size * (job.to - job.from));
    const end = starts[job.to] as number;
    for (let first = starts[job.from] as number; first < end; first += SLICE)
      addTerms(job, first, Math.min(first + SLICE, end));
    write(results, size * (job.to - job.from), job.position);
  };

  port.on('message', (job: BeginJob) => {
    let answer: Answer = null;
    try {
      if (job.kind === 'coefficients') coefficients(job);
      else sumsOf(job);
    } catch (error) {
      answer = `${job.kind}: ${error instanceof Error ? error.message : String(error)}`;
    }
    port.postMessage(answer);
  });
}
