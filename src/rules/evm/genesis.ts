import type { Uint256 } from '../../base/field/limbs.js';
import { ContentError } from '../../base/files/content-error.js';
import type { Entry } from '../../state/batch/batch.js';
import { atRoot, expected, findField, readingFile, readNamed, readUnsigned } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { readAccounts, readHexBytes } from '../../state/batch/import/account.js';
import type { Account } from '../../state/batch/import/account.js';
import { REMARKS } from '../../state/batch/import/genesis.js';
import { keccak256 } from '../../state/batch/import/keccak.js';
import { parseJson } from '../../state/batch/json.js';
import { EvmChain } from './chain.js';
import type { EvmFork } from './chain.js';

/**
 * A chain before its first block.
 * @see {@link parseEvmGenesis}
 */
export interface EvmGenesis {
  readonly chain: EvmChain;
  /** The state, each entry once. */
  readonly entries: readonly Entry[];
  /** The codes of its contracts, by keccak256. */
  readonly codes: ReadonlyMap<Uint256, Uint8Array>;
}

/** A genesis file is not one, or describes what no chain can be. */
export class GenesisError extends ContentError {
  override readonly name = 'GenesisError';
}

/** Forks by the field that says when they begin, the newest first; null for those whose rules are not here. */
const FORKS: readonly (readonly [field: string, fork: EvmFork | null])[] = [
  ['amsterdamTime', null],
  ['osakaTime', null],
  ['pragueTime', 'prague'],
  ['cancunTime', 'cancun'],
];

/**
 * Reads a genesis file as geth, reth, erigon, Besu and anvil take it: `config.chainId`, the newest fork in force at
 * `timestamp`, and the accounts of `alloc`. All else says nothing of the state.
 * @throws {GenesisError} with what was expected, and where
 *
 * @example
 * const { entries } = parseEvmGenesis(text);
 * const state = new WorkingState(db, (await db.current()).root);
 * for (const { value, ...entry } of entries) state.set(entry, value);
 * await state.commit();
 */
export function parseEvmGenesis(text: string): EvmGenesis {
  return readingFile(
    () => readGenesisFile(atRoot(parseJson(text))),
    (message, cause) => new GenesisError(message, { cause }),
  );
}

function readGenesisFile(at: Located): EvmGenesis {
  const config = findField(at, 'config') ?? expected('a field "config"', at, 'none');
  const chainId = findField(config, 'chainId') ?? expected('a field "chainId"', config, 'none');
  const alloc = findField(at, 'alloc') ?? expected('a field "alloc"', at, 'none');
  const chain = new EvmChain(readUnsigned(chainId, 64), { fork: readFork(at, config) });
  const accounts = [...readAccounts(alloc, REMARKS).values()];
  accounts.forEach((account) => checkAccount(account, alloc));
  const entries = accounts
    .flatMap(({ statements }) => statements)
    .filter(({ value }) => value !== 0n)
    .map(({ address, kind, slot, value }): Entry => ({ address, kind, slot, value }));
  // No sum of balances exceeds what a word holds, so none does later: transactions move ether, and burn it.
  const total = entries.filter(({ kind }) => kind === 'balance').reduce((sum, { value }) => sum + value, 0n);
  if (total >> 256n !== 0n) expected('balances below 2^256 wei together', alloc, `${total}`);
  return { chain, entries, codes: readCodes(alloc) };
}

function readFork(at: Located, config: Located): EvmFork {
  const timestamp = findField(at, 'timestamp');
  const start = timestamp === undefined ? 0n : readUnsigned(timestamp, 64);
  for (const [field, fork] of FORKS) {
    const since = findField(config, field);
    if (since === undefined || since.value === null || readUnsigned(since, 64) > start) continue;
    return fork ?? expected(`no fork after Prague at the genesis's time ${start}`, since, `${field} in force`);
  }
  return expected(`Prague or Cancun in force at the genesis's time ${start} ("pragueTime": 0)`, config, 'neither');
}

/** @throws {FieldError} no transaction can make such an account, or its code is not given */
function checkAccount({ where, statements }: Account, alloc: Located): void {
  const at = { ...alloc, path: where };
  const has = (kind: Entry['kind']): boolean => statements.some((entry) => entry.kind === kind && entry.value !== 0n);
  if (has('storage') && !has('code') && !has('nonce')) {
    expected('storage only where there is code or a nonce (EIP-7610)', at, 'an account with storage and neither');
  }
  if (has('code') && !has('length')) expected('the code, of which "codeHash" is the hash', at, 'the hash alone');
}

function readCodes(alloc: Located): Map<Uint256, Uint8Array> {
  const codes = readNamed(alloc).flatMap(([, account]) => {
    const code = findField(account, 'code');
    return code === undefined ? [] : [readHexBytes(code)];
  });
  return new Map(codes.filter(({ length }) => length > 0).map((code) => [keccak256(code), code]));
}
