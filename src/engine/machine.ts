import { statfs } from 'node:fs/promises';
import path from 'node:path';

/** What a machine has left for a proof. */
export interface Machine {
  /** Bytes of memory that can be had now. */
  memory(): number;
  /** Bytes that a folder's disk has room for; the folder need not be there yet. */
  disk(folder: string): Promise<number>;
}

/** Something would take more memory or disk than there is: known before it was begun. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
}

/** The machine that this process runs on. */
export const THIS_MACHINE: Machine = {
  memory: () => process.availableMemory(),
  async disk(folder) {
    for (let at = path.resolve(folder); ; at = path.dirname(at)) {
      try {
        const { bavail, bsize } = await statfs(at);
        return bavail * bsize;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  },
};

/** In MiB, or in GiB if there are more. */
export const describeBytes = (bytes: number): string =>
  bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
