import { createHash } from 'node:crypto';
import { type FileHandle } from 'node:fs/promises';
import { FIELD_ORDER } from '../../base/field/fr.js';
import { SetupError } from './error.js';
import { littleEndianNumber, readBytes, readInto, requireSection, type SectionFile, withSections } from './sections.js';

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
  /**
   * The constraints section: for each constraint its three linear combinations, each a u32 count and
   * so many terms of 36 bytes (u32 wire, 32-byte coefficient), all little-endian. Shared with workers.
   */
  readonly bytes: SharedArrayBuffer;
  /** The section cut into runs of whole constraints. */
  readonly chunks: readonly ConstraintChunk[];
}

/** A run of constraints, at most about `CHUNK_BYTES` long. */
export interface ConstraintChunk {
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
export function readR1cs(path: string): Promise<R1cs> {
  return withSections(path, 'r1cs', async (file) => {
    const header = await readHeader(file);
    const { position, size } = requireSection(file, CONSTRAINTS);
    const bytes = new SharedArrayBuffer(size);
    await readInto(file, position, new Uint8Array(bytes));
    return { ...header, sha256: await hashFile(file.handle), bytes, chunks: cut(bytes, header, path) };
  });
}

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

async function hashFile(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of file.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 20 })) {
    hash.update(part as Buffer);
  }
  return hash.digest('hex');
}

/** Walks all terms once: checks every wire number, on which workers then rely, and finds where constraints begin. */
function cut(shared: SharedArrayBuffer, { wires, constraints }: Header, path: string): ConstraintChunk[] {
  const words = new Uint32Array(shared, 0, Math.floor(shared.byteLength / 4));
  const chunks: ConstraintChunk[] = [];
  let at = 0;
  let coefficients = 0;
  let start = { at, constraint: 0, coefficients };
  for (let constraint = 0; constraint < constraints; constraint++) {
    for (let matrix = 0; matrix < 3; matrix++) {
      const terms = words[at] ?? 0;
      const end = at + 1 + TERM_WORDS * terms;
      if (end > words.length) throw new SetupError(`${path} ends early: constraint ${constraint} has no end`);
      for (let term = at + 1; term < end; term += TERM_WORDS) {
        const wire = words[term] as number;
        if (wire >= wires) {
          throw new SetupError(`constraint ${constraint} of ${path} names wire ${wire}, but there are only ${wires}`);
        }
      }
      if (matrix < 2) coefficients += terms;
      at = end;
    }
    if (4 * (at - start.at) >= CHUNK_BYTES || constraint === constraints - 1) {
      chunks.push({
        byteOffset: 4 * start.at,
        byteLength: 4 * (at - start.at),
        firstConstraint: start.constraint,
        constraints: constraint + 1 - start.constraint,
        firstCoefficient: start.coefficients,
        coefficients: coefficients - start.coefficients,
      });
      start = { at, constraint: constraint + 1, coefficients };
    }
  }
  return chunks;
}
