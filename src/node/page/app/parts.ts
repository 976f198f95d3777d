import { abbreviated, copyable, element } from '../../../inspect/page/dom.js';
import type { BatchRow, BlockRow, PlacedRow } from './shapes.js';
import { amount, clock } from './words.js';

/** What a view shows. */
export interface View {
  readonly title: string;
  readonly content: readonly HTMLElement[];
}

type Cell = Node | string;

interface Column {
  readonly name: string;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
  /** Whether a phone has no room for it. */
  readonly isWide?: boolean;
}

export const linkTo = (place: string, text: string, attributes: Readonly<Record<string, string>> = {}): HTMLElement =>
  element('a', { href: `#/${place}`, ...attributes }, text);

export const blockLink = (number: number): HTMLElement => linkTo(`blocks/${number}`, number.toLocaleString('en'));
export const batchLink = (number: number): HTMLElement =>
  number === 0 ? element('span', {}, 'genesis') : linkTo(`batches/${number}`, number.toLocaleString('en'));
export const transactionLink = (hash: string): HTMLElement =>
  linkTo(`transactions/${hash}`, abbreviated(hash), { class: 'hash', title: hash });
export const accountLink = (address: string): HTMLElement =>
  linkTo(`accounts/${address}`, abbreviated(address), { class: 'hash', title: address });

/** An address in full, that leads to the account. */
export const wholeAccount = (address: string): HTMLElement =>
  linkTo(`accounts/${address}`, address, { class: 'hash long' });

export const hashOf = (hash: string, what: string): HTMLElement => copyable(hash, abbreviated(hash, 12, 8), what);

export const timeOf = (seconds: number): HTMLElement => {
  const time = new Date(seconds * 1000).toISOString();
  return element('time', { datetime: time, title: time }, clock(seconds));
};

/** A word in a box, whose color says whether it is good. */
export const badge = (text: string, tone: 'good' | 'bad' | 'waits' | 'plain'): HTMLElement =>
  element('span', { class: `badge ${tone}` }, text);

const STAGES = { open: 'waits', closed: 'waits', checked: 'good' } as const;
const PROOFS = {
  none: { text: 'not proven', tone: 'plain' },
  queued: { text: 'being proven', tone: 'waits' },
  proven: { text: 'proven', tone: 'good' },
} as const;

export const stageOf = ({ stage }: Pick<BatchRow, 'stage'>): HTMLElement => badge(stage, STAGES[stage]);
export const proofOf = ({ proof }: Pick<BatchRow, 'proof'>): HTMLElement =>
  badge(PROOFS[proof].text, PROOFS[proof].tone);
export const outcomeOf = ({ succeeded }: { readonly succeeded: boolean }): HTMLElement =>
  succeeded ? badge('succeeded', 'good') : badge('failed', 'bad');

/** A table with a heading; a sentence instead if it has no row. */
export function table(
  name: string,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  nothing: string,
): HTMLElement {
  const heading = element('h2', {}, name);
  if (rows.length === 0)
    return element('section', { class: 'sheet' }, heading, element('p', { class: 'none' }, nothing));
  const classOf = ({ isNumber, isWide }: Column): Record<string, string> => ({
    class: [isNumber === true ? 'number' : '', isWide === true ? 'wide' : ''].join(' ').trim(),
  });
  const head = columns.map((column) => element('th', { scope: 'col', ...classOf(column) }, column.name));
  const body = rows.map((cells) =>
    element('tr', {}, ...cells.map((cell, i) => element('td', classOf(columns[i]!), cell))),
  );
  const grid = element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...body));
  return element(
    'section',
    { class: 'sheet' },
    heading,
    element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': name }, grid),
  );
}

export const blockTable = (name: string, rows: readonly BlockRow[]): HTMLElement =>
  table(
    name,
    [
      { name: 'block', isNumber: true },
      { name: 'time' },
      { name: 'transactions', isNumber: true },
      { name: 'gas used', isNumber: true, isWide: true },
      { name: 'batch', isNumber: true },
    ],
    rows.map((row) => [
      blockLink(row.number),
      timeOf(row.timestamp),
      row.transactions.toLocaleString('en'),
      row.gasUsed.toLocaleString('en'),
      batchLink(row.batch),
    ]),
    'There is no block.',
  );

export const batchTable = (name: string, rows: readonly BatchRow[]): HTMLElement =>
  table(
    name,
    [
      { name: 'batch', isNumber: true },
      { name: 'stage' },
      { name: 'proof' },
      { name: 'blocks', isNumber: true },
      { name: 'transactions', isNumber: true, isWide: true },
      { name: 'writes', isNumber: true, isWide: true },
    ],
    rows.map((row) => [
      batchLink(row.number),
      stageOf(row),
      proofOf(row),
      (row.lastBlock - row.firstBlock + 1).toLocaleString('en'),
      row.transactions.toLocaleString('en'),
      row.writes.toLocaleString('en'),
    ]),
    'No batch has begun.',
  );

export const transactionTable = (name: string, rows: readonly PlacedRow[]): HTMLElement =>
  table(
    name,
    [
      { name: 'transaction' },
      { name: 'block', isNumber: true, isWide: true },
      { name: 'from', isWide: true },
      { name: 'to', isWide: true },
      { name: 'value', isNumber: true },
      { name: 'outcome' },
    ],
    rows.map((row) => [
      transactionLink(row.hash),
      blockLink(row.block),
      accountLink(row.from),
      row.to === null ? 'a new contract' : accountLink(row.to),
      amount(row.value),
      outcomeOf(row),
    ]),
    'There is no transaction.',
  );

/** Links to the rows before and after those that are shown. */
export function pager(list: string, isFirst: boolean, older: number | null): HTMLElement {
  return element(
    'nav',
    { class: 'pager', 'aria-label': `More ${list}` },
    ...(isFirst ? [] : [linkTo(list, 'Newest')]),
    ...(older === null ? [] : [linkTo(`${list}/before/${older + 1}`, 'Older')]),
  );
}
