import { abbreviated, copyable, counted, element, facts, grouped } from '../../../inspect/page/dom.js';
import { accountLink, badge, blockLink, hashOf, outcomeOf, table, wholeAccount } from './parts.js';
import type { View } from './parts.js';
import type { AccessRow, LogRow, Signed, TransactionPage } from './shapes.js';
import { amount, bytesText, price } from './words.js';

const TYPES: Readonly<Record<number, string>> = {
  0: '0, legacy',
  1: '1, with an access list',
  2: '2, with a priority fee',
  4: '4, with authorizations',
};

type Facts = readonly (readonly [label: string, content: Node | string])[];

const bytesCell = (hex: string): Node | string => {
  const bytes = (hex.length - 2) / 2;
  if (bytes === 0) return 'none';
  const shown = copyable(hex, abbreviated(hex, 18, 8), 'the data');
  return element('span', {}, shown, ` ${bytesText(bytes)}`);
};

const signedFacts = (transaction: Signed): Facts => [
  ['from', wholeAccount(transaction.from)],
  ['to', transaction.to === null ? 'a new contract' : wholeAccount(transaction.to)],
  ['value', amount(transaction.value)],
  ['nonce', grouped(transaction.nonce)],
  ['type', TYPES[transaction.type] ?? String(transaction.type)],
  ['gas limit', grouped(transaction.gasLimit)],
  ['most for gas', `${price(transaction.maxFeePerGas)}, of it ${price(transaction.maxPriorityFeePerGas)} priority fee`],
  ['data', bytesCell(transaction.data)],
];

const logTable = (logs: readonly LogRow[]): HTMLElement =>
  table(
    'Events',
    [{ name: 'contract' }, { name: 'topics' }, { name: 'data', isWide: true }],
    logs.map(({ address, topics, data }) => [
      accountLink(address),
      element('span', {}, ...topics.flatMap((topic) => [element('code', { title: topic }, abbreviated(topic)), ' '])),
      bytesCell(data),
    ]),
    'It emitted none.',
  );

const accessTable = (accesses: readonly AccessRow[]): HTMLElement =>
  table(
    `Access log, ${counted(accesses.length, 'access', 'accesses')}`,
    [{ name: 'access' }, { name: 'entry' }, { name: 'of' }, { name: 'slot' }, { name: 'value', isNumber: true }],
    accesses.map(({ op, kind, address, slot, value }) => [
      op === 'write' ? badge('write', 'waits') : badge('read', 'plain'),
      kind,
      accountLink(address),
      kind === 'storage' ? element('code', { title: slot }, abbreviated(slot)) : '',
      element('code', { title: value }, abbreviated(value)),
    ]),
    'It has none.',
  );

export function transactionView(page: TransactionPage): View {
  const title = 'Transaction';
  if (page.where === 'dropped') {
    const rows = facts([
      ['hash', hashOf(page.hash, 'the hash')],
      ['outcome', badge('in no block', 'bad')],
      ['why', page.why],
    ]);
    return { title, content: [rows] };
  }
  const { transaction } = page;
  const hash = ['hash', hashOf(transaction.hash, 'the hash')] as const;
  if (page.where === 'pool') {
    const where = page.isReady ? badge('waits for a block', 'waits') : badge('waits for a missing nonce', 'waits');
    return { title, content: [facts([hash, ['outcome', where], ...signedFacts(transaction)])] };
  }
  const { block, index, gasUsed, gasPrice, contract, logs, accesses } = page;
  const rows = facts([
    hash,
    ['outcome', outcomeOf(page)],
    ['block', element('span', {}, blockLink(block), `, place ${grouped(index)}`)],
    ['gas used', `${grouped(gasUsed)} at ${price(gasPrice)}`],
    ...(contract === null ? [] : [['contract made', wholeAccount(contract)] as const]),
    ...signedFacts(transaction),
  ]);
  const kept = accesses === null ? [] : [accessTable(accesses)];
  return { title, content: [rows, logTable(logs), ...kept] };
}
