import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { formatList, parseList } from '../../linea/proof/list-file.js';
import { NoAccountError, proveList, verifyList } from '../../linea/proof/list-proof.js';
import type { EntriesQuery } from '../../linea/proof/entries-proof.js';
import type { Suite } from '../../linea/suite/suite.js';
import { digestToHex } from '../../linea/trace/json.js';
import { InputError, parseAccount, parseCount, parseWord, readFileAs } from '../input.js';
import { count, table, withFacts } from '../io.js';
import type { Outcome } from '../io.js';
import { parseBlockNumber, suiteNamed, withKeys, withLineaState } from '../linea-database.js';
import { asArgument, nextCommand } from '../next.js';
import { shortPath } from '../places.js';
import type { Places } from '../places.js';

export interface LineaListOptions {
  readonly out: string;
  readonly block?: string;
  readonly from?: string;
  readonly limit?: string;
}

export function lineaListCommand(
  places: Places,
  address: string | undefined,
  { out, block, from, limit }: LineaListOptions,
): Promise<Outcome> {
  const account = address === undefined ? null : parseAccount('ADDRESS', address);
  const wanted = block === undefined ? undefined : parseBlockNumber('--block', block);
  const query: EntriesQuery = {
    ...(from === undefined ? {} : { from: parseWord('--from', from) }),
    ...(limit === undefined ? {} : { limit: parseCount('--limit', limit) }),
  };
  return withLineaState(places, async (db) => {
    checkFrom(db.suite, query);
    const number = wanted ?? (await db.head()).number;
    const view = await db.at(number);
    await checkWritable(out);
    const proof = await withKeys(() => proveList(db.suite, view, account, query)).catch((cause: unknown) => {
      throw cause instanceof NoAccountError ? new InputError(cause.message, { cause }) : cause;
    });
    await writeFileAtomically(out, formatList(db.suite, proof));
    const root = digestToHex(await db.root(number));
    const { entries, to } = proof.entries;
    const isLast = to === db.suite.maxKey - 1n;
    const next = nextCommand(
      ['npx', 'rootshift', 'linea', 'verify-list', asArgument(out)],
      [
        ['--suite', db.suite.name],
        ['--root', root],
      ],
    );
    const what = account === null ? 'account' : 'slot';
    return {
      text: `Proved a list of ${count(entries.length, what)}.\n${table([
        ['block', String(number)],
        ['state root', root],
        ['proof', shortPath(out)],
        ...(isLast ? [] : [['more', `--from ${digestToHex(to + 1n)}`] as const]),
      ])}\n${next.text}`,
      json: {
        address: account,
        block: number,
        root,
        entries: entries.length,
        next: isLast ? null : digestToHex(to + 1n),
        out,
      },
    };
  });
}

function checkFrom({ name, maxKey }: Suite, { from }: EntriesQuery): void {
  if (from === undefined || (from > 0n && from < maxKey)) return;
  throw new InputError(
    `--from: expected a hash of ${name} from 1 to ${digestToHex(maxKey - 1n)}, got 0x${from.toString(16)}`,
  );
}

/** Entries that are printed; --json has all. */
const PRINTED = 100;

export async function lineaVerifyListCommand(
  places: Places,
  file: string,
  options: { readonly suite: string; readonly root: string },
): Promise<Outcome> {
  const suite = suiteNamed(options.suite);
  const root = parseWord('--root', options.root);
  const list = await readFileAs(places, file, (text) => parseList(suite, text));
  const verdict = await verifyList(suite, root, list);
  const rootHex = digestToHex(root);
  if (!verdict.isAccepted) {
    const { reason } = verdict;
    return { text: `Not valid: ${reason}.`, json: { valid: false, root: rootHex, reason }, valid: false };
  }
  const { address, isAll, entries } = verdict;
  const from = digestToHex(verdict.from);
  const to = digestToHex(verdict.to);
  const what = address === null ? count(entries.length, 'account') : `${count(entries.length, 'slot')} of ${address}`;
  const others = isAll ? 'there are no others' : `there are no others whose hash is from ${from} to ${to}`;
  return {
    text: [
      withFacts(`Valid: in the state with root ${rootHex} there are ${what}, and ${others}.`, [
        'every entry: its key, its value, its neighbours in the order of the hashes',
        'every path to the root, with no exemption for HEAD or TAIL',
      ]),
      ...entries.slice(0, PRINTED).map(({ key, value }) => `  ${key}  ${value}`),
      ...(entries.length > PRINTED ? [`and ${entries.length - PRINTED} more`] : []),
    ].join('\n'),
    json: { valid: true, root: rootHex, address, isAll, from, to, entries },
  };
}
