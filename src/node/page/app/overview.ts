import { element, grouped } from '../../../inspect/page/dom.js';
import { batchTable, blockLink, blockTable, hashOf, linkTo, transactionTable } from './parts.js';
import type { View } from './parts.js';
import type { Overview } from './shapes.js';
import { price } from './words.js';

const numberOf = (content: Node | string, what: string, more: Node | string): HTMLElement =>
  element('li', {}, element('strong', {}, content), ` ${what}`, element('span', {}, more));

export function overviewView(overview: Overview): View {
  const { head, batches, blocks, transactions, pending, queued, baseFee, stateRoot } = overview;
  const newest = batches[0];
  const numbers = element(
    'ul',
    { class: 'numbers', 'aria-label': 'The chain now' },
    numberOf(
      blockLink(head.number),
      'is the newest block',
      element('span', {}, 'state root ', hashOf(stateRoot, 'the state root')),
    ),
    newest === undefined
      ? numberOf('0', 'batches', 'none has begun')
      : numberOf(linkTo(`batches/${newest.number}`, grouped(newest.number)), 'is the newest batch', newest.stage),
    numberOf(linkTo('pool', grouped(pending)), 'ready in the pool', `${grouped(queued)} behind a missing nonce`),
    numberOf(price(baseFee), 'base fee', `of block ${grouped(head.number)}`),
  );
  const said = element(
    'p',
    { class: 'said' },
    'A proof of a batch says that its writes lead from one state root to the next. That these writes are what the ' +
      'transactions do is not proven: it is executed again.',
  );
  return {
    title: 'Overview',
    content: [
      numbers,
      said,
      transactionTable('Newest transactions', transactions),
      element('div', { class: 'columns' }, blockTable('Newest blocks', blocks), batchTable('Newest batches', batches)),
    ],
  };
}
