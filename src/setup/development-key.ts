import { open } from 'node:fs/promises';
import { SetupError } from './error.js';
import { DEVELOPMENT_MARK, SECTION_IDS } from './zkey.js';

/**
 * Says whether a zkey carries the mark of a development setup, whoever contributed after it.
 * @throws {SetupError} the file is not a whole zkey with contributions
 */
export async function isDevelopmentKey(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { size: fileSize } = await file.stat();
    const read = async (position: number, length: number): Promise<Buffer> => {
      if (position + length > fileSize) throw new SetupError(`the zkey ${path} ends early, at byte ${fileSize}`);
      const bytes = Buffer.alloc(length);
      await file.read(bytes, 0, length, position);
      return bytes;
    };
    const head = await read(0, 12);
    if (head.toString('latin1', 0, 4) !== 'zkey') throw new SetupError(`expected a zkey, ${path} is something else`);
    let position = 12;
    for (let left = head.readUInt32LE(8); left > 0; left--) {
      const section = await read(position, 12);
      const size = Number(section.readBigUInt64LE(4));
      position += 12;
      if (section.readUInt32LE(0) === SECTION_IDS.contributions) {
        return (await read(position, size)).includes(DEVELOPMENT_MARK, 0, 'latin1');
      }
      position += size;
    }
    throw new SetupError(`expected a zkey with a list of contributions, ${path} has none`);
  } finally {
    await file.close();
  }
}
