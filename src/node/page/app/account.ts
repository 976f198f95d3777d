import { abbreviated, copyable, element, facts, grouped } from '../../../inspect/page/dom.js';
import { blockLink, hashOf, table, transactionLink, wholeAccount } from './parts.js';
import type { View } from './parts.js';
import type { AccountPage, TransactionRow } from './shapes.js';
import { amount, bytesText } from './words.js';

/** Asks for a slot; the place of the page then names it. */
function slotForm(address: string, slots: readonly string[]): HTMLElement {
  const field = element('input', {
    type: 'search',
    id: 'slot',
    name: 'slot',
    autocomplete: 'off',
    spellcheck: 'false',
    pattern: '0[xX][0-9a-fA-F]{1,64}|[0-9]{1,78}',
    title: 'a number, decimal or hexadecimal with 0x',
    required: '',
  });
  const form = element(
    'form',
    { class: 'filters' },
    element('label', {}, 'Slot', field),
    element('button', { type: 'submit' }, 'Read'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = `#/accounts/${address}/slots/${[field.value, ...slots.filter((slot) => slot !== field.value)].join(',')}`;
    field.value = '';
  });
  return form;
}

const waitingTable = (rows: readonly (TransactionRow & { readonly isReady: boolean })[]): HTMLElement =>
  table(
    'In the pool',
    [
      { name: 'transaction' },
      { name: 'nonce', isNumber: true },
      { name: 'value', isNumber: true },
      { name: 'waits for' },
    ],
    rows.map(({ hash, nonce, value, isReady }) => [
      transactionLink(hash),
      grouped(nonce),
      amount(value),
      isReady ? 'a block' : 'a missing nonce',
    ]),
    'Nothing of this account waits.',
  );

export function accountView(account: AccountPage, slots: readonly string[]): View {
  const { address, block, balance, nonce, codeHash, codeBytes, delegate } = account;
  const code =
    codeHash === null
      ? 'none'
      : element('span', {}, hashOf(codeHash, 'the hash of the code'), ` ${bytesText(codeBytes)}`);
  const rows = facts([
    ['address', copyable(address, address, 'the address')],
    ['balance', amount(balance)],
    ['nonce', grouped(nonce)],
    ['code', code],
    ...(delegate === null ? [] : [['runs the code of', wholeAccount(delegate)] as const]),
    ['as of block', blockLink(block)],
  ]);
  const waiting = [
    ...account.pending.map((row) => ({ ...row, isReady: true })),
    ...account.queued.map((row) => ({ ...row, isReady: false })),
  ];
  const storage = table(
    'Storage',
    [{ name: 'slot' }, { name: 'value' }],
    account.slots.map(({ slot, value }) => [
      copyable(slot, abbreviated(slot), 'the slot'),
      copyable(value, abbreviated(value, 34, 32), 'the value'),
    ]),
    'Slots 0 to 7 are empty.',
  );
  storage.append(slotForm(address, slots));
  return {
    title: codeHash === null || delegate !== null ? 'Account' : 'Contract',
    content: [rows, waitingTable(waiting), ...(codeHash === null && slots.length === 0 ? [] : [storage])],
  };
}
