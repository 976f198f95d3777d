import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { EncodingRangeError } from '../../linea/suite/suite.js';
import { TrieInputError } from '../../linea/suite/kind.js';
import { digestToHex } from '../../linea/trace/json.js';
import { formatTraces, parseTraces, verifyRange } from '../../linea/trace/range.js';
import { BlockAccessError } from '../../linea/world/block.js';
import { parseBlock } from '../../linea/world/block-file.js';
import { InputError, parseWord, readFileAs } from '../input.js';
import { count, table, withFacts } from '../io.js';
import type { Outcome } from '../io.js';
import { openOrCreateLineaState, suiteNamed } from '../linea-database.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';

export interface LineaVerifyOptions {
  readonly suite: string;
  readonly oldRoot?: string;
  readonly newRoot?: string;
}

export interface LineaApplyOptions {
  readonly suite: string;
  readonly out?: string;
}

export async function lineaVerifyCommand(places: Places, file: string, options: LineaVerifyOptions): Promise<Outcome> {
  const suite = suiteNamed(options.suite);
  const oldRoot = options.oldRoot === undefined ? undefined : parseWord('--old-root', options.oldRoot);
  const newRoot = options.newRoot === undefined ? undefined : parseWord('--new-root', options.newRoot);
  const found = await readFileAs(places, file, parseTraces);
  const range = { ...found, oldRoot: oldRoot ?? found.oldRoot, newRoot: newRoot ?? found.newRoot };
  const verdict = await verifyRange(suite, range);
  const traces = range.blocks.reduce((sum, block) => sum + block.length, 0);
  const json = { suite: suite.name, blocks: range.blocks.length, traces, oldRoot: digestToHex(range.oldRoot) };
  if (!verdict.isAccepted) {
    const { block, trace, reason } = verdict;
    const places = [block === null ? [] : [`block ${block}`], trace === null ? [] : [`trace ${trace}`]].flat();
    const where = places.length === 0 ? '' : `${places.join(', ')} of the file: `;
    return {
      text: `Not valid: ${where}${reason}.`,
      json: { valid: false, ...json, block, trace, reason },
      valid: false,
    };
  }
  const root = digestToHex(verdict.newRoot);
  return {
    text: withFacts(
      `Valid: ${count(traces, 'trace')} of ${count(range.blocks.length, 'block')} lead from state root ${json.oldRoot} to ${root}.`,
      [
        'every trace: its keys, values, pointers, order and paths, with no exemption for HEAD or TAIL',
        'every block: the order and the kinds of traces of each account, and every storage root',
        `the new root: ${range.newRoot === undefined ? 'nothing; the file does not say which it should be' : 'it is the expected one'}`,
      ],
    ),
    json: { valid: true, ...json, newRoot: root },
  };
}

export async function lineaApplyCommand(places: Places, file: string, options: LineaApplyOptions): Promise<Outcome> {
  const accesses = await readFileAs(places, file, parseBlock);
  if (options.out !== undefined) await checkWritable(options.out);
  const db = await openOrCreateLineaState(places, suiteNamed(options.suite));
  try {
    const block = await applied(file, () => db.apply(accesses));
    const { number, oldRoot, newRoot, traces } = block;
    if (options.out !== undefined) {
      await writeFileAtomically(options.out, formatTraces({ oldRoot, newRoot, blocks: [traces] }));
    }
    return {
      text: `Did block ${number}, unproven.\n${table([
        ['accounts', String(accesses.accounts.length)],
        [
          'traces',
          options.out === undefined ? String(traces.length) : `${traces.length}, in ${shortPath(options.out)}`,
        ],
        ['old root', digestToHex(oldRoot)],
        ['new root', digestToHex(newRoot)],
      ])}`,
      json: { number, traces: traces.length, oldRoot: digestToHex(oldRoot), newRoot: digestToHex(newRoot) },
    };
  } finally {
    await db.close();
  }
}

/** @throws {InputError} the block does not fit the state, with the file's name before what is wrong */
async function applied<T>(file: string, apply: () => Promise<T>): Promise<T> {
  try {
    return await apply();
  } catch (cause) {
    const isInput = [BlockAccessError, TrieInputError, EncodingRangeError].some((kind) => cause instanceof kind);
    if (!isInput) throw cause;
    throw new InputError(`${file}: ${(cause as Error).message}`, { cause });
  }
}
