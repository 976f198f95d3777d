import { statfs } from 'node:fs/promises';
import path from 'node:path';

/**
 * The free resources of a machine.
 * @see {@link choosePlan}
 */
export interface Machine {
  /** Free memory, in bytes. */
  memory(): number;
  /** Free bytes on the disk of a directory, which need not exist yet. */
  disk(folder: string): Promise<number>;
}

/** Something needs more memory or disk than is free. Thrown before it starts. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
}

/**
 * The machine that this process runs on.
 * @see {@link choosePlan}
 */
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
