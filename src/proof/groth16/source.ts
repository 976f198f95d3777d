import { builtin } from '../../base/tasks/builtin.js';

/** An input file of a proof is not valid. */
export class Groth16InputError extends Error {
  override readonly name = 'Groth16InputError';
}

/** The name of each kind of file and the version of its format, by the four letters with which it starts. */
const KINDS = {
  zkey: { letters: 'zkey', version: 1, what: 'a zkey' },
  witness: { letters: 'wtns', version: 2, what: 'a witness (.wtns)' },
} as const;

export interface Section {
  readonly position: number;
  readonly size: number;
}

/** A file of numbered sections in snarkjs format, on disk or in memory. */
export interface Source {
  /** In messages. */
  readonly name: string;
  /**
   * The section; its size must be `expected`, if that is given.
   * @throws {Groth16InputError} there is none, or it has another size
   */
  section(number: number, size?: number): Section;
  /** Fills `bytes`. @throws {Groth16InputError} the file ends before */
  read(bytes: Uint8Array, position: number): Promise<void>;
}

interface Bytes {
  readonly name: string;
  readonly size: number;
  read(bytes: Uint8Array, position: number): Promise<void>;
}

/** The system refuses reads of 2 GiB or more. */
const READ_BYTES = 2 ** 26;

/**
 * Opens a file or takes its bytes, finds the sections, and closes the file after `use`.
 * @throws {Groth16InputError} it cannot be opened, has another kind or version, ends early, or has a section twice
 */
export async function withSource<T>(
  file: string | Uint8Array,
  kind: keyof typeof KINDS,
  use: (source: Source) => Promise<T>,
): Promise<T> {
  const { what } = KINDS[kind];
  if (typeof file !== 'string') {
    const read = async (bytes: Uint8Array, position: number): Promise<void> =>
      bytes.set(file.subarray(position, position + bytes.length));
    return use(await findSections({ name: `the ${kind}`, size: file.length, read }, kind));
  }
  const fs = builtin('node:fs');
  if (fs === undefined) throw new Groth16InputError(`expected the bytes of ${what}, got the name of a file: ${file}`);
  const handle = await fs.promises.open(file).catch((cause: Error) => {
    throw new Groth16InputError(`expected ${what} at ${file}, could not open it: ${cause.message}`, { cause });
  });
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new Groth16InputError(`expected ${what}, ${file} is a directory`);
    const read = async (bytes: Uint8Array, position: number): Promise<void> => {
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await handle.read(
          bytes,
          done,
          Math.min(READ_BYTES, bytes.length - done),
          position + done,
        );
        if (bytesRead === 0)
          throw new Groth16InputError(`${file} ended early, at ${position + done} bytes: it was cut while it was read`);
        done += bytesRead;
      }
    };
    return await use(await findSections({ name: file, size: stats.size, read }, kind));
  } finally {
    await handle.close();
  }
}

async function findSections(file: Bytes, kind: keyof typeof KINDS): Promise<Source> {
  const { letters, version, what } = KINDS[kind];
  const { name, size } = file;
  const readView = async (position: number, length: number): Promise<DataView> => {
    const bytes = new Uint8Array(length);
    await file.read(bytes, position);
    return new DataView(bytes.buffer);
  };
  const head = await readView(0, Math.min(12, size));
  const begins = String.fromCharCode(...new Uint8Array(head.buffer, 0, Math.min(4, size)));
  if (size < 12 || begins !== letters) {
    throw new Groth16InputError(
      `expected ${what}, which begins with ${JSON.stringify(letters)}; ${name} begins with ${JSON.stringify(begins)}`,
    );
  }
  if (head.getUint32(4, true) !== version) {
    throw new Groth16InputError(
      `expected version ${version} of the ${letters} format, ${name} has ${head.getUint32(4, true)}`,
    );
  }
  const sections = new Map<number, Section>();
  let position = 12;
  for (let left = head.getUint32(8, true); left > 0; left--) {
    if (position + 12 > size) throw new Groth16InputError(`${name} ends early: ${left} of its sections are not there`);
    const start = await readView(position, 12);
    const number = start.getUint32(0, true);
    const length = Number(start.getBigUint64(4, true));
    position += 12;
    if (position + length > size) {
      throw new Groth16InputError(
        `${name} ends early: its section ${number}, of ${length} bytes, begins at ${position} of ${size}`,
      );
    }
    if (sections.has(number))
      throw new Groth16InputError(`expected each section once, ${name} has section ${number} twice`);
    sections.set(number, { position, size: length });
    position += length;
  }
  return {
    name,
    read: file.read,
    section: (number, expected) => {
      const section = sections.get(number);
      if (section === undefined) throw new Groth16InputError(`expected section ${number} in ${name}, found none`);
      if (expected !== undefined && section.size !== expected) {
        throw new Groth16InputError(
          `expected ${expected} bytes in section ${number} of ${name}, it has ${section.size}`,
        );
      }
      return section;
    },
  };
}
