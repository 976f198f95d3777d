import { createHash } from 'node:crypto';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { SetupError } from './error.js';
import { littleEndianNumber, readBytes, readInto, requireSection, withSections } from './sections.js';
import type { SectionFile } from './sections.js';

/**
 * A circuit as circom writes it.
 *
 * Source: https://github.com/iden3/r1csfile/blob/master/doc/r1cs_bin_format.md
 */
export interface R1cs {
  /** Wires, the constant wire 0 included; wires 1 to `publicSignals` are public. */
  readonly wires: number;
  /** Public outputs and public inputs together. */
  readonly publicSignals: number;
  readonly constraints: number;
  /** SHA-256 of the whole file, hexadecimal. */
  readonly sha256: string;
  /** Its constraints, cut into runs of whole ones. */
  readonly chunks: readonly ConstraintChunk[];
}

/** A circuit with its constraints in memory. */
export interface LoadedR1cs extends R1cs {
  /**
   * The constraints section: for each constraint its three linear combinations, each a u32 count and
   * so many terms of 36 bytes (u32 wire, 32-byte coefficient), all little-endian. Shared with workers.
   */
  readonly bytes: SharedArrayBuffer;
}

/** A run of constraints, `CHUNK_BYTES` long at most unless it is one constraint. */
export interface ConstraintChunk {
  /** In the constraints section. */
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly firstConstraint: number;
  readonly constraints: number;
  /** How many terms of A and B there are before this run, and in it. */
  readonly firstCoefficient: number;
  readonly coefficients: number;
}

const CHUNK_BYTES = 1 << 20;
const TERM_WORDS = 9;

const HEADER = 1;
const HEADER_BYTES = 64;
const CONSTRAINTS = 2;
const CUSTOM_GATES_USES = 5;

/** @throws {SetupError} the file is not a whole BN254 R1CS without custom gates */
export const readR1cs = (path: string): Promise<LoadedR1cs> =>
  withSections(path, 'r1cs', async (file) => {
    const r1cs = await scan(file);
    const { position, size } = requireSection(file, CONSTRAINTS);
    const bytes = new SharedArrayBuffer(size);
    await readInto(file, position, new Uint8Array(bytes));
    return { ...r1cs, bytes };
  });

/**
 * Reads a circuit without keeping its constraints, which are many times a key's scalars; `read` reads a chunk of them
 * again.
 * @throws {SetupError} the file is not a whole BN254 R1CS without custom gates
 */
export const withR1cs = <T>(path: string, use: (r1cs: R1cs, read: ReadChunk) => Promise<T>): Promise<T> =>
  withSections(path, 'r1cs', async (file) => {
    const { position } = requireSection(file, CONSTRAINTS);
    return use(await scan(file), ({ byteOffset }, into) => readInto(file, position + byteOffset, into));
  });

/** Fills an array as long as the chunk. */
export type ReadChunk = (chunk: ConstraintChunk, into: Uint8Array) => Promise<void>;

const scan = async (file: SectionFile): Promise<R1cs> => {
  const header = await readHeader(file);
  return { ...header, chunks: await cut(file, header), sha256: await hashFile(file) };
};

type Header = Pick<R1cs, 'wires' | 'publicSignals' | 'constraints'>;

async function readHeader(file: SectionFile): Promise<Header> {
  const { path, sections } = file;
  const { position, size } = requireSection(file, HEADER);
  const header = await readBytes(file, position, HEADER_BYTES);
  const prime = littleEndianNumber(header.subarray(4, 36));
  if (size !== HEADER_BYTES || header.readUInt32LE(0) !== 32 || prime !== FIELD_ORDER) {
    throw new SetupError(`expected a circuit over BN254's scalar field, ${path} is over the prime ${prime}`);
  }
  if ((sections.get(CUSTOM_GATES_USES)?.size ?? 0) > 4) {
    throw new SetupError(`expected a plain R1CS, ${path} uses custom gates, which Groth16 does not have`);
  }
  const wires = header.readUInt32LE(36);
  const publicSignals = header.readUInt32LE(40) + header.readUInt32LE(44);
  if (wires <= publicSignals) {
    throw new SetupError(`expected a wire for 1 and each of ${publicSignals} public signals, ${path} has ${wires}`);
  }
  return { wires, publicSignals, constraints: header.readUInt32LE(60) };
}

async function hashFile({ handle }: SectionFile): Promise<string> {
  const hash = createHash('sha256');
  const bytes = Buffer.alloc(CHUNK_BYTES);
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(bytes.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** Walks all terms once: checks every wire number, on which workers then rely, and finds where constraints begin. */
async function cut(file: SectionFile, { wires, constraints }: Header): Promise<ConstraintChunk[]> {
  const { path } = file;
  const { position, size } = requireSection(file, CONSTRAINTS);
  const chunks: ConstraintChunk[] = [];
  let words = new Uint32Array(CHUNK_BYTES / 4);
  let byteOffset = 0;
  let constraint = 0;
  let firstCoefficient = 0;
  while (constraint < constraints) {
    const length = Math.min(words.length, Math.floor((size - byteOffset) / 4));
    await readInto(file, position + byteOffset, new Uint8Array(words.buffer, 0, 4 * length));
    const firstConstraint = constraint;
    let end = 0;
    let coefficients = 0;
    for (; constraint < constraints; constraint++) {
      const found = walk(words.subarray(0, length), end, constraint);
      if (found === null) break;
      end = found.end;
      coefficients += found.coefficients;
    }
    if (constraint === firstConstraint) {
      if (length < words.length) throw new SetupError(`${path} ends early: constraint ${constraint} has no end`);
      words = new Uint32Array(2 * words.length);
      continue;
    }
    chunks.push({
      byteOffset,
      byteLength: 4 * end,
      firstConstraint,
      constraints: constraint - firstConstraint,
      firstCoefficient,
      coefficients,
    });
    byteOffset += 4 * end;
    firstCoefficient += coefficients;
  }
  return chunks;

  /** Where a constraint ends, and how many terms its A and B have; null if it ends behind what there is of it. */
  function walk(
    words: Uint32Array,
    start: number,
    constraint: number,
  ): { readonly end: number; readonly coefficients: number } | null {
    let at = start;
    let coefficients = 0;
    for (let matrix = 0; matrix < 3; matrix++) {
      const terms = words[at] ?? 0;
      const end = at + 1 + TERM_WORDS * terms;
      if (end > words.length) return null;
      for (let term = at + 1; term < end; term += TERM_WORDS) {
        const wire = words[term]!;
        if (wire >= wires) {
          throw new SetupError(`constraint ${constraint} of ${path} names wire ${wire}, but there are only ${wires}`);
        }
      }
      if (matrix < 2) coefficients += terms;
      at = end;
    }
    return { end: at, coefficients };
  }
}
