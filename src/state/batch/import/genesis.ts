import { makeBatch } from '../batch.js';
import type { Batch } from '../batch.js';
import type { Located } from '../fields.js';
import { readAccounts } from './account.js';

/** What an account of a genesis may have that is no part of the state: keys of test accounts, remarks. */
export const REMARKS = ['secretKey', 'privateKey', 'comment'];

/**
 * The entries of a genesis's `alloc`, as geth, reth, erigon and Besu write it, as a batch of no accesses with that
 * prestate. All else in the file says nothing of the state.
 * @throws {FieldError}
 */
export const readGenesis = (alloc: Located): Batch =>
  makeBatch(
    [],
    [...readAccounts(alloc, REMARKS).values()].flatMap(({ statements }) => statements),
  );
