import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { FIELD_ORDER } from '../field/fr.js';
import { SetupError } from './error.js';

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
const READ_BYTES = 1 << 24;
const TERM_WORDS = 9;

const HEADER = 1;
const HEADER_BYTES = 64;
const CONSTRAINTS = 2;
const CUSTOM_GATES_USES = 5;

interface Section {
  readonly position: number;
  readonly size: number;
}

/** @throws {SetupError} the file is not a whole BN254 R1CS without custom gates */
export async function readR1cs(path: string): Promise<R1cs> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (cause) {
    throw new SetupError(`expected a circuit at ${path}, could not open it: ${(cause as Error).message}`, { cause });
  }
  try {
    const sections = await readSections(file, path);
    const header = await readHeader(file, path, sections);
    const bytes = await readConstraints(file, path, requireSection(sections, CONSTRAINTS, path));
    return { ...header, sha256: await hashFile(file), bytes, chunks: cut(bytes, header, path) };
  } finally {
    await file.close();
  }
}

async function readBytes(file: FileHandle, path: string, position: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead !== length) {
    throw new SetupError(`${path} ends early: expected ${length} bytes at ${position}, got ${bytesRead}`);
  }
  return new DataView(bytes.buffer);
}

async function readSections(file: FileHandle, path: string): Promise<Map<number, Section>> {
  const { size: fileSize } = await file.stat();
  const magic = await readBytes(file, path, 0, Math.min(fileSize, 12));
  const name = String.fromCharCode(...new Uint8Array(magic.buffer, 0, Math.min(fileSize, 4)));
  if (fileSize < 12 || name !== 'r1cs') throw new SetupError(`expected an r1cs file, ${path} begins with "${name}"`);
  const version = magic.getUint32(4, true);
  if (version !== 1) throw new SetupError(`expected version 1 of the r1cs format, ${path} has ${version}`);
  const sections = new Map<number, Section>();
  let position = 12;
  for (let left = magic.getUint32(8, true); left > 0; left--) {
    const head = await readBytes(file, path, position, 12);
    const size = Number(head.getBigUint64(4, true));
    position += 12;
    if (position + size > fileSize) {
      throw new SetupError(`${path} ends early: a section of ${size} bytes begins at ${position} of ${fileSize}`);
    }
    sections.set(head.getUint32(0, true), { position, size });
    position += size;
  }
  return sections;
}

function requireSection(sections: ReadonlyMap<number, Section>, id: number, path: string): Section {
  const section = sections.get(id);
  if (section === undefined) throw new SetupError(`expected section ${id} in ${path}, found none`);
  return section;
}

type Header = Pick<R1cs, 'wires' | 'publicSignals' | 'constraints'>;

async function readHeader(file: FileHandle, path: string, sections: ReadonlyMap<number, Section>): Promise<Header> {
  const { position, size } = requireSection(sections, HEADER, path);
  const view = await readBytes(file, path, position, size);
  const primeBytes = view.getUint32(0, true);
  let prime = 0n;
  for (let i = Math.min(primeBytes, size - 4) + 3; i >= 4; i--) prime = (prime << 8n) | BigInt(view.getUint8(i));
  if (size !== HEADER_BYTES || prime !== FIELD_ORDER) {
    throw new SetupError(`expected a circuit over BN254's scalar field, ${path} is over the prime ${prime}`);
  }
  if ((sections.get(CUSTOM_GATES_USES)?.size ?? 0) > 4) {
    throw new SetupError(`expected a plain R1CS, ${path} uses custom gates, which Groth16 does not have`);
  }
  const wires = view.getUint32(36, true);
  const publicSignals = view.getUint32(40, true) + view.getUint32(44, true);
  if (wires <= publicSignals) {
    throw new SetupError(`expected a wire for 1 and each of ${publicSignals} public signals, ${path} has ${wires}`);
  }
  return { wires, publicSignals, constraints: view.getUint32(60, true) };
}

async function readConstraints(file: FileHandle, path: string, { position, size }: Section): Promise<SharedArrayBuffer> {
  const shared = new SharedArrayBuffer(size);
  const bytes = new Uint8Array(shared);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(READ_BYTES, size - done), position + done);
    if (bytesRead === 0) throw new SetupError(`${path} ends early: expected ${size - done} bytes more`);
    done += bytesRead;
  }
  return shared;
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
