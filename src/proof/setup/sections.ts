import type { FileHandle } from 'node:fs/promises';
import { NotAFileError, openInput } from '../../base/files/input.js';
import { SetupError } from './error.js';

/** What each kind of file is called, by the four letters with which it begins. */
const KINDS = { r1cs: 'a circuit (.r1cs)', ptau: 'a powers-of-tau file (snarkjs .ptau)', zkey: 'a zkey' } as const;

/** More sections than any of these files has: snarkjs's have up to 15. */
const MAX_SECTIONS = 64;

/** Where a section's content lies in its file, in bytes. */
export interface Section {
  readonly position: number;
  readonly size: number;
}

/**
 * A file of numbered sections, open for reading: what circom and snarkjs write. Four letters, then u32 version
 * and number of sections; each section is a u32 number, a u64 size and its content; all little-endian.
 *
 * Source: https://github.com/iden3/r1csfile/blob/master/doc/r1cs_bin_format.md
 */
export interface SectionFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly sections: ReadonlyMap<number, Section>;
}

/**
 * Opens a file, and finds its sections; closes it after `use`.
 * @throws {SetupError} it can't be opened, is of another kind or version, ends early, or has a section twice
 */
export async function withSections<T>(
  path: string,
  kind: keyof typeof KINDS,
  use: (file: SectionFile) => Promise<T>,
): Promise<T> {
  const handle = await openInput(path).catch((cause: Error) => {
    const what =
      cause instanceof NotAFileError
        ? `, ${path} is ${cause.kind}`
        : ` at ${path}, could not open it: ${cause.message}`;
    throw new SetupError(`expected ${KINDS[kind]}${what}`, { cause });
  });
  try {
    return await use({ path, handle, sections: await findSections(handle, path, kind) });
  } finally {
    await handle.close();
  }
}

async function findSections(handle: FileHandle, path: string, kind: keyof typeof KINDS): Promise<Map<number, Section>> {
  const fileSize = (await handle.stat()).size;
  const head = Buffer.alloc(12);
  await handle.read(head, 0, 12, 0);
  const begins = head.toString('latin1', 0, Math.min(4, fileSize));
  if (fileSize < 12 || begins !== kind) {
    throw new SetupError(`expected ${KINDS[kind]}, ${path} begins with ${JSON.stringify(begins)}`);
  }
  if (head.readUInt32LE(4) !== 1) {
    throw new SetupError(`expected version 1 of the ${kind} format, ${path} has ${head.readUInt32LE(4)}`);
  }
  const sections = new Map<number, Section>();
  let position = 12;
  const count = head.readUInt32LE(8);
  if (count > MAX_SECTIONS)
    throw new SetupError(`expected at most ${MAX_SECTIONS} sections in ${path}, it says that it has ${count}`);
  for (let left = count; left > 0; left--) {
    const start = await readBytes({ path, handle }, position, 12);
    const number = start.readUInt32LE(0);
    const size = Number(start.readBigUInt64LE(4));
    position += 12;
    if (position + size > fileSize) {
      throw new SetupError(`${path} ends early: a section of ${size} bytes begins at ${position} of ${fileSize}`);
    }
    if (sections.has(number)) throw new SetupError(`expected each section once, ${path} has section ${number} twice`);
    sections.set(number, { position, size });
    position += size;
  }
  return sections;
}

/** @throws {SetupError} the file ends before */
export async function readBytes(
  { path, handle }: Pick<SectionFile, 'path' | 'handle'>,
  position: number,
  length: number,
): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.alloc(length);
  await readInto({ path, handle }, position, bytes);
  return bytes;
}

/** Fills `bytes`, however many. @throws {SetupError} the file ends before */
export async function readInto(
  { path, handle }: Pick<SectionFile, 'path' | 'handle'>,
  position: number,
  bytes: Uint8Array,
): Promise<void> {
  // The system refuses reads of 2 GiB or more.
  const STEP = 2 ** 24;
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(STEP, bytes.length - done), position + done);
    if (bytesRead === 0) {
      throw new SetupError(`${path} ends early: expected ${bytes.length} bytes at ${position}, got ${done}`);
    }
    done += bytesRead;
  }
}

/** @throws {SetupError} there is no such section, or it has another size than `size`, if that is told */
export function requireSection({ path, sections }: SectionFile, number: number, size?: number): Section {
  const section = sections.get(number);
  if (section === undefined) throw new SetupError(`expected section ${number} in ${path}, found none`);
  if (size !== undefined && section.size !== size) {
    throw new SetupError(`expected ${size} bytes in section ${number} of ${path}, it has ${section.size}`);
  }
  return section;
}

/** Of any length. */
export const littleEndianNumber = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

/** 32 bytes; `x` is below 2^256. */
export const littleEndian = (x: bigint): Uint8Array => Buffer.from(x.toString(16).padStart(64, '0'), 'hex').reverse();
