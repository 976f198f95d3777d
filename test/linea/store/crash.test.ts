import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openLevel } from '../../../src/state/hashdb/level.js';
import { POSEIDON_BN254 } from '../../../src/linea/suite/poseidon.js';
import { checkState } from '../../../src/linea/store/check.js';
import { StateDb } from '../../../src/linea/store/state-db.js';
import { applyBlock } from '../../../src/linea/world/apply-block.js';
import type { BlockAccesses } from '../../../src/linea/world/block.js';
import { MemoryWorld } from '../../../src/linea/world/world.js';
import { freshFolder } from '../../state/hashdb/drivers.js';
import { remembering } from '../world/blocks.js';
import * as model from './crash-model.mjs';

const blockOf = model.blockOf as (number: number) => BlockAccesses;
const suite = remembering(POSEIDON_BN254);
const child = fileURLToPath(new URL('crash-child.mjs', import.meta.url));
const long = process.env['ROOTSHIFT_LONG'] !== undefined;
/** Steps of the event loop after which the child is killed, from the beginning of its first write on. */
const TURNS = long ? Array.from({ length: 100 }, (_, i) => i) : [0, 1, 3, 8];
/** Kills from outside, so many milliseconds after the child said its so many-th line. */
const KILLS = long ? 60 : 4;

interface Told {
  readonly made: number;
}

function run(args: readonly string[], lines: number, delay: number): Promise<Told> {
  const running = spawn(process.execPath, [child, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let said = '';
    let isWaiting = lines > 0;
    running.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (!isWaiting || said.split('\n').length <= lines) return;
      isWaiting = false;
      setTimeout(() => running.kill('SIGKILL'), delay);
    });
    running.on('error', reject);
    running.on('close', (code, signal) => {
      const made = [...said.matchAll(/^made (\d+)\n/gm)].map(([, number]) => Number(number));
      if (signal === 'SIGKILL') resolve({ made: made.at(-1) ?? -1 });
      else reject(new Error(`the child ended by itself, with code ${code}`));
    });
  });
}

/** State roots after the blocks of the model. */
async function rootsTo(number: number): Promise<bigint[]> {
  const world = new MemoryWorld(suite);
  const roots: bigint[] = [];
  for (let block = 1; block <= number; block++) {
    const { newRoot, change } = await applyBlock(suite, world, blockOf(block));
    await world.commit(change);
    roots[block] = newRoot;
  }
  return roots;
}

it('a killed process leaves the last block that it told of, or a whole one more or less, never a part', async () => {
  expect(existsSync(new URL('../../../dist/linea.js', import.meta.url)), 'run npm run build first').toBe(true);
  const outcomes = new Set<string>();
  const plans = [
    ...TURNS.map((turns) => ({ fresh: false, args: [String(turns)], lines: 0, delay: 0 })),
    ...Array.from({ length: KILLS }, (_, i) => ({ fresh: i % 4 === 0, args: [], lines: 1 + 3 * i, delay: i % 6 })),
  ];
  let location = await freshFolder();
  let last = 0;
  for (const { fresh, args, lines, delay } of plans) {
    if (fresh) {
      location = await freshFolder();
      last = 0;
    }
    const { made } = await run([location, ...args], lines, delay);
    const db = await StateDb.open(await openLevel(location, {}), suite, { createIfMissing: true });
    const { number, first } = await db.head();
    const told = made === -1 ? last : made;
    // After every fifth block, the child takes it back.
    expect([told - 1, told, told + 1]).toContain(number);
    if (number === told - 1) expect(told % 5).toBe(0);
    outcomes.add(number > told ? 'written, untold' : 'as told');
    const report = await checkState(db);
    expect(report).toMatchObject({ damages: [], blocks: number - first + 1 });
    const roots = await rootsTo(number);
    for (let block = Math.max(first, 1); block <= number; block++) expect(await db.root(block)).toBe(roots[block]);
    last = number;
    await db.close();
  }
  expect([...outcomes]).toContain('as told');
});
