import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { neededPower } from '../setup/domain.js';
import { SetupError } from '../setup/index.js';

/** The header is the first section that snarkjs writes: magic, version and sections, then id, size, field. */
const POWER_AT = 12 + 12 + 4 + 32;

/**
 * The smallest powers-of-tau file of a folder that is large enough for a circuit; null if there is none,
 * or no such folder. Of files too small nothing else is asked.
 * @throws {SetupError} a `.ptau` file is something else
 */
export async function findPtau(
  folder: string,
  circuit: { readonly constraints: number; readonly publicSignals: number },
): Promise<string | null> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith('.ptau')).sort().map((name) => path.join(folder, name));
  const needed = neededPower(circuit);
  let best: { readonly file: string; readonly power: number } | null = null;
  for (const file of files) {
    const power = await ptauPower(file);
    if (power >= needed && (best === null || power < best.power)) best = { file, power };
  }
  return best?.file ?? null;
}

async function ptauPower(file: string): Promise<number> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(POWER_AT + 4);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    if (bytesRead !== head.length || head.toString('latin1', 0, 4) !== 'ptau' || head.readUInt32LE(12) !== 1) {
      throw new SetupError(`expected a powers-of-tau file (snarkjs .ptau), ${file} is something else`);
    }
    return head.readUInt32LE(POWER_AT);
  } finally {
    await handle.close();
  }
}
