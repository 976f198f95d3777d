import { checkState } from '../../linea/store/check.js';
import { digestToHex } from '../../linea/trace/json.js';
import { withLineaState } from '../linea-database.js';
import { parseCount } from '../input.js';
import { columns, count, table } from '../io.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';

/** Blocks that are printed; --json has all. */
const PRINTED = 20;

export function lineaStateCommand(places: Places): Promise<Outcome> {
  return withLineaState(places, async (db) => {
    const { number, first } = await db.head();
    const blocks: { readonly block: number; readonly root: string }[] = [];
    for (let block = number; block >= first; block--) blocks.push({ block, root: digestToHex(await db.root(block)) });
    const shown = blocks.slice(0, PRINTED);
    return {
      text:
        `${count(blocks.length, 'state')} of ${db.suite.name}, block ${first} to ${number}.\n` +
        columns(
          ['block', 'state root'],
          shown.map(({ block, root }) => [block.toLocaleString('en'), root]),
        ) +
        (blocks.length > PRINTED ? `\nand ${blocks.length - PRINTED} older` : ''),
      json: { suite: db.suite.name, number, first, blocks },
    };
  });
}

export function lineaRollbackCommand(places: Places, options: { readonly blocks: string }): Promise<Outcome> {
  const blocks = parseCount('--blocks', options.blocks);
  return withLineaState(places, async (db) => {
    const before = await db.head();
    // Nothing is taken back if not all can be.
    await db.root(before.number - blocks);
    for (let i = 0; i < blocks; i++) await db.rollback();
    const { number } = await db.head();
    const root = digestToHex(await db.root(number));
    return {
      text: `Took ${count(blocks, 'block')} back.\n${table([['current', `block ${number}, state root ${root}`]])}`,
      json: { blocks, number, root },
    };
  });
}

export function lineaPruneCommand(places: Places, options: { readonly keepLast: string }): Promise<Outcome> {
  const keepLast = parseCount('--keep-last', options.keepLast);
  return withLineaState(places, async (db) => {
    const before = await db.head();
    const bytes = await db.driver.sizeOnDisk();
    const first = Math.max(before.first, before.number - keepLast + 1);
    await db.prune(first);
    const forgotten = first - before.first;
    const after = await db.driver.sizeOnDisk();
    return {
      text: `Forgot ${count(forgotten, 'state')}.\n${table([
        ['kept', `block ${first} to ${before.number}`],
        ['on disk', `${after.toLocaleString('en')} bytes, ${bytes.toLocaleString('en')} before`],
      ])}`,
      json: { forgotten, first, number: before.number, bytesOnDisk: { before: bytes, after } },
    };
  });
}

/** Damages that are printed; --json has all. */
const DAMAGES_PRINTED = 100;

export function lineaFsckCommand(places: Places): Promise<Outcome> {
  return withLineaState(places, async (db) => {
    const { damages, blocks, entries } = await checkState(db);
    const read = `${count(blocks, 'state')}, ${count(entries, 'entry', 'entries')} in the newest`;
    const shown = damages.slice(0, DAMAGES_PRINTED).map((damage) => `  ${damage}`);
    const more = damages.length > shown.length ? [`  and ${damages.length - shown.length} more`] : [];
    return {
      text:
        damages.length === 0
          ? `Whole: ${read}.`
          : [`Damaged: ${read}; ${count(damages.length, 'damage')}.`, ...shown, ...more].join('\n'),
      json: { whole: damages.length === 0, damages, blocks, entries },
      valid: damages.length === 0,
    };
  });
}
