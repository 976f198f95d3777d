import { type FileHandle, open } from 'node:fs/promises';
import { ArtifactError } from '../circuit/artifacts.js';

const HEAD_BYTES = 12;

/**
 * Finds a proving key that was cut short, or that is something else: its sections, one after another, must
 * end where the file does. What is in them is for the proofs to show.
 * @throws {ArtifactError}
 */
export async function checkZkey(zkey: string): Promise<void> {
  const file = await open(zkey);
  try {
    const { size } = await file.stat();
    const head = await bytesAt(file, 0);
    let end = HEAD_BYTES;
    // Magic, version and number of sections; then each with its number and length.
    if (head?.toString('latin1', 0, 4) !== 'zkey') throw damaged(zkey, 'expected a proving key of snarkjs (zkey)');
    for (let left = head.readUInt32LE(8); left > 0; left--) {
      const section = await bytesAt(file, end);
      if (section === null) throw damaged(zkey, `it ends after ${size.toLocaleString('en')} bytes, where a section should begin`);
      end += HEAD_BYTES + Number(section.readBigUInt64LE(4));
    }
    if (end !== size) throw damaged(zkey, `expected ${end.toLocaleString('en')} bytes, got ${size.toLocaleString('en')}`);
  } finally {
    await file.close();
  }
}

async function bytesAt(file: FileHandle, at: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.read(bytes, 0, HEAD_BYTES, at);
  return bytesRead === HEAD_BYTES ? bytes : null;
}

const damaged = (zkey: string, how: string): ArtifactError =>
  new ArtifactError(`${zkey} is damaged: ${how}; remove its folder to have it made again`);
