/** A database in memory, served in this process until the test is done. */
import { onTestFinished } from 'vitest';
import { toUint256 } from '../../src/base/field/limbs.js';
import type { Driver } from '../../src/state/hashdb/driver.js';
import { HashDb } from '../../src/state/hashdb/hashdb.js';
import { MemoryDriver } from '../../src/state/hashdb/memory.js';
import type { ServeOptions, Serving } from '../../src/server/options.js';
import { serve } from '../../src/server/serve.js';
import { poseidonScheme } from '../../src/state/tree/scheme.js';

export interface Served extends Serving {
  readonly db: HashDb;
  readonly driver: Driver;
  /** What nobody but the server's operator was told. */
  readonly bugs: unknown[];
}

export async function served(options: Partial<ServeOptions> = {}): Promise<Served> {
  const driver = options.driver ?? new MemoryDriver();
  const db = await HashDb.open(driver, poseidonScheme(2), { createIfMissing: true });
  const bugs: unknown[] = [];
  const serving = await serve({
    driver,
    db,
    listen: '127.0.0.1:0',
    insecure: false,
    maxMessageBytes: 4 << 20,
    callSeconds: 60,
    batchSeconds: 60,
    onEvent: (event) => {
      if (event.kind === 'bug') bugs.push(event.error);
    },
    ...options,
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= serving.close());
  onTestFinished(close);
  return { ...serving, close, [Symbol.asyncDispose]: close, db, driver, bugs };
}

/** A number as a word of a message. */
export const word = (number: bigint | number): Buffer =>
  Buffer.from(toUint256(BigInt(number)).toString(16).padStart(64, '0'), 'hex');

/** A plain key, as messages name it. */
export const plain = (key: bigint | number) => ({ slot: word(key) });
