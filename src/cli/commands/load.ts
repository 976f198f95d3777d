import { loadState } from '../../engine/load-state.js';
import type { Entry } from '../../state/batch/batch.js';
import type { AirdropToken } from '../../state/batch/import/airdrop.js';
import { frToHex } from '../../base/field/fr.js';
import { opener } from '../database.js';
import { withEntries } from '../entries.js';
import { blaming, InputError, parseAddress, parseWord } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';
import { watched } from '../progress.js';

export interface LoadOptions {
  readonly tree: 'quad' | 'binary';
  readonly token?: string;
  readonly mappingSlot?: string;
  readonly decimals?: string;
}

export async function loadCommand(places: Places, file: string, { tree, ...airdrop }: LoadOptions): Promise<Outcome> {
  const token = tokenOf(airdrop);
  let zeros = 0;
  const record = await watched((watching) =>
    withEntries(places, file, watching, token, (entries) => {
      const options = { bitsPerLevel: tree === 'binary' ? 1 : 2, ...watching } as const;
      return blaming(file, () => loadState(opener(places), countingZeros(entries), options));
    }),
  );
  const root = frToHex(record.root);
  const rows = [
    ['root', `${root}, now current (number ${record.number})`],
    ...(zeros === 0 ? [] : [['skipped', `${count(zeros, 'value')} of 0: 0 means absent`]]),
  ] as [string, string][];
  return {
    text: `Loaded ${count(record.entries, 'entry', 'entries')}, unproven.\n${table(rows)}`,
    json: { root, number: record.number, entries: record.entries, zeros, proven: false },
  };

  async function* countingZeros(
    pieces: AsyncIterable<readonly Entry[]> | Iterable<readonly Entry[]>,
  ): AsyncGenerator<readonly Entry[]> {
    for await (const piece of pieces) {
      zeros += piece.filter(({ value }) => value === 0n).length;
      yield piece;
    }
  }
}

/** The options that an airdrop needs; undefined if none is given. */
function tokenOf({ token, mappingSlot, decimals }: Omit<LoadOptions, 'tree'>): AirdropToken | undefined {
  if (token === undefined && mappingSlot === undefined && decimals === undefined) return undefined;
  if (token === undefined || mappingSlot === undefined || decimals === undefined) {
    throw new InputError('expected --token ADDRESS, --mapping-slot N and --decimals N together, got only some of them');
  }
  const digits = Number(parseWord('--decimals', decimals));
  if (digits > MOST_DECIMALS)
    throw new InputError(`--decimals: expected a number from 0 to ${MOST_DECIMALS}, got ${decimals}`);
  return {
    token: parseAddress('--token', token),
    mappingSlot: parseWord('--mapping-slot', mappingSlot),
    decimals: digits,
  };
}

/** 10^77 is the largest power of ten below 2^256. */
const MOST_DECIMALS = 77;
