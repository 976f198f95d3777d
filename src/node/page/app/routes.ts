import { accountView } from './account.js';
import { batchesView, batchView, blocksView, blockView } from './chain.js';
import { overviewView } from './overview.js';
import type { View } from './parts.js';
import { poolView } from './pool.js';
import type * as s from './shapes.js';
import { transactionView } from './transaction.js';

/** A place of the page: what to ask for, and how to show it. */
export interface Place {
  /** Of the links in the head, the one that leads to such places. */
  readonly part: string;
  readonly asks: string;
  readonly show: (data: never) => View;
  /** Of what is not there. */
  readonly missing: string;
}

const place = <Data>(
  part: string,
  asks: string,
  show: (data: Data) => View,
  missing = 'There is nothing here.',
): Place => ({ part, asks, show, missing });

/** The place that `#/…` names; null if there is none of that name. */
export function placeOf(hash: string): Place | null {
  const [part = '', word, more] = hash.replace(/^#?\/?/, '').split('/');
  const isBefore = word === 'before';
  switch (part) {
    case '':
      return place<s.Overview>('', 'overview', overviewView);
    case 'blocks':
      if (word === undefined || isBefore)
        return place<s.Listed<s.BlockRow>>(part, list(part, more), (data) => blocksView(data, !isBefore));
      return place<s.BlockPage>(part, `blocks/${word}`, blockView, `There is no block ${word} here.`);
    case 'batches':
      if (word === undefined || isBefore)
        return place<s.Listed<s.BatchRow>>(part, list(part, more), (data) => batchesView(data, !isBefore));
      return place<s.BatchPage>(part, `batches/${word}`, batchView, `There is no batch ${word} here.`);
    case 'transactions':
      return place<s.TransactionPage>(
        part,
        `transactions/${word}`,
        transactionView,
        'Nobody here knows this transaction.',
      );
    case 'accounts': {
      const slots = (hash.split('/slots/')[1] ?? '').split(',').filter((slot) => slot !== '');
      const asks = `accounts/${word}?slots=${slots.join(',')}`;
      return place<s.AccountPage>(part, asks, (data) => accountView(data, slots), 'This is no address.');
    }
    case 'pool':
      return place<s.PoolPage>(part, 'pool', poolView);
    default:
      return null;
  }
}

const list = (part: string, before: string | undefined): string =>
  before === undefined ? part : `${part}?before=${before}`;
