/** Genesis files: the state that they describe, and those that no chain can begin with. */
import { getGenesis } from '@ethereumjs/genesis';
import { describe, expect, it } from 'vitest';
import { GenesisError, parseEvmGenesis } from '../../../src/rules/evm/genesis.js';
import { keccak256 } from '../../../src/state/batch/import/keccak.js';
import { merkleRoot } from './merkle-root.js';

const config = { chainId: 1, pragueTime: 0 };
const ADDRESS = `0x${'ab'.repeat(20)}`;
const genesis = (alloc: object, changed: object = {}): string => JSON.stringify({ config, alloc, ...changed });

/** An allocation of @ethereumjs/genesis as genesis files have it. */
function allocOf(chainId: number): object {
  const accounts = Object.entries(getGenesis(chainId)!).map(([address, account]: [string, unknown]) => {
    if (typeof account === 'string') return [address, { balance: account }];
    const [balance, code, storage, nonce] = account as [string, string?, [string, string][]?, string?];
    return [
      address,
      { balance, ...(code && { code }), ...(nonce && { nonce }), storage: Object.fromEntries(storage ?? []) },
    ];
  });
  return Object.fromEntries(accounts) as object;
}

describe('the genesis of a public network', () => {
  it.each([
    ['mainnet', 1, '0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544', 2],
    ['Sepolia', 11155111, '0x5eb6e371a698b8d68f665192350ffcecbbbf322916f4b51bd79bb6887da3f494', 0],
    ['Hoodi', 560048, '0xda87d7f5f91c51508791bbcbd4aa5baf04917830b86985eeb9ad3d5bfb657576', 0],
  ])('%s has the accounts, and with them the state root, that it has', async (_, chainId, root, emptyCount) => {
    const alloc = allocOf(chainId);
    const { entries } = parseEvmGenesis(genesis(alloc));
    const accounts = new Set(entries.map(({ address }) => address));
    // Mainnet's tries have two accounts without anything, which are no entries.
    const empty = Object.keys(alloc)
      .map(BigInt)
      .filter((address) => !accounts.has(address));
    expect(empty).toHaveLength(emptyCount);
    expect(await merkleRoot(entries, empty)).toBe(BigInt(root));
  });

  it('mainnet began with 72,009,990.49948 ether', () => {
    const { entries } = parseEvmGenesis(genesis(allocOf(1)));
    expect(entries.reduce((sum, { value }) => sum + value, 0n)).toBe(72_009_990_499_480_000_000_000_000n);
  });
});

it('codes are kept by their hash, and each code once', () => {
  const other = `0x${'cd'.repeat(20)}`;
  const { codes, entries } = parseEvmGenesis(genesis({ [ADDRESS]: { code: '0x6001' }, [other]: { code: '0x6001' } }));
  expect([...codes.values()]).toEqual([Uint8Array.of(0x60, 0x01)]);
  expect(entries.filter(({ kind }) => kind === 'code').map(({ value }) => value)).toEqual(
    Array.from({ length: 2 }, () => keccak256(Uint8Array.of(0x60, 0x01))),
  );
});

it('the fork is the newest in force at the genesis, and one of those that are here', () => {
  const forkOf = (forks: object, timestamp = '0x64'): string =>
    parseEvmGenesis(genesis({}, { timestamp, config: { chainId: 5, ...forks } })).chain.fork;
  expect(forkOf({ cancunTime: 0, pragueTime: 0 })).toBe('prague');
  expect(forkOf({ cancunTime: 0, pragueTime: 100 })).toBe('prague');
  expect(forkOf({ cancunTime: 0, pragueTime: 101 })).toBe('cancun');
  expect(forkOf({ cancunTime: 0, pragueTime: 0, osakaTime: 101 })).toBe('prague');
  expect(() => forkOf({ cancunTime: 0, pragueTime: 0, osakaTime: 100 })).toThrow(
    /^config\.osakaTime: expected no fork after Prague at the genesis's time 100, got osakaTime in force$/,
  );
  expect(() => forkOf({ shanghaiTime: 0 })).toThrow(/^config: expected Prague or Cancun in force .*, got neither$/);
});

describe('refused, saying where', () => {
  const stored = { storage: { '0x01': '0x02' } };
  const half = `0x8${'0'.repeat(63)}`;
  it.each([
    [
      'storage without code and nonce',
      { [ADDRESS]: stored },
      /storage only where there is code or a nonce \(EIP-7610\)/,
    ],
    [
      'a code hash without the code',
      { [ADDRESS]: { codeHash: `0x${'12'.repeat(32)}` } },
      /expected the code, of which/,
    ],
    [
      'more ether than a word holds',
      { [ADDRESS]: { balance: half }, [`${ADDRESS.slice(0, -1)}c`]: { balance: half } },
      /^alloc: expected balances below 2\^256/,
    ],
    ['a nonce of 65 bits', { [ADDRESS]: { nonce: '0x10000000000000000' } }, /nonce/],
  ])('%s', (_, alloc, message) => {
    expect(() => parseEvmGenesis(genesis(alloc))).toThrow(message);
    expect(() => parseEvmGenesis(genesis(alloc))).toThrow(GenesisError);
  });

  it('but storage with a nonce, or with code', () => {
    expect(parseEvmGenesis(genesis({ [ADDRESS]: { ...stored, nonce: '0x1' } })).entries).toHaveLength(2);
    expect(parseEvmGenesis(genesis({ [ADDRESS]: { ...stored, code: '0x00' } })).entries).toHaveLength(3);
  });

  it.each([
    ['no config', '{"alloc": {}}', /^the file: expected a field "config"/],
    ['no chain id', '{"config": {}, "alloc": {}}', /^config: expected a field "chainId"/],
    ['no alloc', '{"config": {"chainId": 1}}', /^the file: expected a field "alloc"/],
    ['no JSON', 'alloc', /^not JSON: /],
  ])('%s', (_, text, message) => {
    expect(() => parseEvmGenesis(text)).toThrow(message);
  });
});
