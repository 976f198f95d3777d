import { element, facts, grouped } from '../../../inspect/page/dom.js';
import {
  batchLink,
  batchTable,
  blockLink,
  blockTable,
  hashOf,
  linkTo,
  pager,
  proofOf,
  stageOf,
  timeOf,
  transactionTable,
  wholeAccount,
} from './parts.js';
import type { View } from './parts.js';
import type { BatchPage, BatchRow, BlockPage, BlockRow, Listed } from './shapes.js';
import { bytesText, percent, price } from './words.js';

export const blocksView = ({ rows, older }: Listed<BlockRow>, isFirst: boolean): View => ({
  title: 'Blocks',
  content: [blockTable('Blocks', rows), pager('blocks', isFirst, older)],
});

export const batchesView = ({ rows, older }: Listed<BatchRow>, isFirst: boolean): View => ({
  title: 'Batches',
  content: [batchTable('Batches', rows), pager('batches', isFirst, older)],
});

/** Links to the one before and the one after. */
const neighbours = (list: 'blocks' | 'batches', number: number, first: number, isLast: boolean): HTMLElement =>
  element(
    'nav',
    { class: 'pager', 'aria-label': 'Neighbours' },
    ...(number > first ? [linkTo(`${list}/${number - 1}`, 'Previous')] : []),
    ...(isLast ? [] : [linkTo(`${list}/${number + 1}`, 'Next')]),
  );

export function blockView(block: BlockPage): View {
  const rows = facts([
    ['time', timeOf(block.timestamp)],
    ['batch', batchLink(block.batch)],
    ['hash', hashOf(block.hash, 'the hash')],
    ['parent', hashOf(block.parentHash, "the parent's hash")],
    ['state root', hashOf(block.stateRoot, 'the state root')],
    ['gas used', `${grouped(block.gasUsed)} of ${grouped(block.gasLimit)}, ${percent(block.gasUsed, block.gasLimit)}`],
    ['base fee', price(block.baseFee)],
    ['fee recipient', wholeAccount(block.feeRecipient)],
    ['PREVRANDAO', hashOf(block.prevRandao, 'PREVRANDAO')],
    ['size', bytesText(block.size)],
  ]);
  return {
    title: `Block ${grouped(block.number)}`,
    content: [rows, transactionTable('Transactions', block.rows), neighbours('blocks', block.number, 0, block.isHead)],
  };
}

/** What a batch's proof comes to. */
function proofCell(batch: BatchPage): HTMLElement {
  if (batch.proof !== 'proven') return proofOf(batch);
  const link = element('a', { href: `batches/${batch.number}/proof` }, 'its accesses and public inputs');
  return element('span', {}, proofOf(batch), ' ', link);
}

export function batchView(batch: BatchPage): View {
  const blocks = batch.lastBlock - batch.firstBlock + 1;
  const rest = blocks - batch.blocks.length;
  const range =
    blocks === 0
      ? 'none yet'
      : element('span', {}, blockLink(batch.firstBlock), ' to ', blockLink(batch.lastBlock), `, ${grouped(blocks)}`);
  const rows = facts([
    ['stage', stageOf(batch)],
    ...(batch.closingReason === null ? [] : [['closed for', batch.closingReason] as const]),
    ['proof', proofCell(batch)],
    ['begun', timeOf(batch.timestamp)],
    ['blocks', range],
    ['transactions', grouped(batch.transactions)],
    ['writes to prove', grouped(batch.writes)],
    ['bytes to post', bytesText(batch.size)],
    ['root before', hashOf(batch.oldRoot, 'the root before')],
    ['root after', hashOf(batch.newRoot, 'the root after')],
  ]);
  return {
    title: `Batch ${grouped(batch.number)}`,
    content: [
      rows,
      blockTable('Its blocks', batch.blocks),
      ...(rest > 0 ? [element('p', { class: 'none' }, `${grouped(rest)} more blocks follow.`)] : []),
      neighbours('batches', batch.number, 1, batch.isNewest),
    ],
  };
}
