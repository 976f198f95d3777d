import { element, grouped } from '../../../inspect/page/dom.js';
import { accountLink, badge, table, transactionLink } from './parts.js';
import type { View } from './parts.js';
import type { PoolPage } from './shapes.js';
import { amount, price } from './words.js';

export function poolView({ pending, queued, priceFloor, rows }: PoolPage): View {
  const summary = element(
    'p',
    { class: 'said' },
    `${grouped(pending)} ready, ${grouped(queued)} behind a missing nonce. `,
    `The least priority fee that is taken now is ${price(priceFloor)} for a unit of gas.`,
  );
  const listed = table(
    'Transactions',
    [
      { name: 'transaction' },
      { name: 'from' },
      { name: 'nonce', isNumber: true },
      { name: 'value', isNumber: true, isWide: true },
      { name: 'priority fee', isNumber: true, isWide: true },
      { name: 'state' },
    ],
    rows.map((row) => [
      transactionLink(row.hash),
      accountLink(row.from),
      grouped(row.nonce),
      amount(row.value),
      price(row.maxPriorityFeePerGas),
      row.isReady ? badge('ready', 'good') : badge('waits', 'waits'),
    ]),
    'Nothing waits.',
  );
  const rest = pending + queued - rows.length;
  const more = rest > 0 ? [element('p', { class: 'none' }, `${grouped(rest)} more wait.`)] : [];
  return { title: 'Pool', content: [summary, listed, ...more] };
}
