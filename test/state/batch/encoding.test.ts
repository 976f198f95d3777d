import { beforeAll, describe, expect, it } from 'vitest';
import type { EntryKey } from '../../../src/state/batch/access.js';
import { AddressRangeError, rawKey, treeKey } from '../../../src/state/batch/encoding.js';
import { toUint256 } from '../../../src/base/field/limbs.js';

const key = (address: bigint, kind: EntryKey['kind'], slot: bigint): EntryKey => ({
  address,
  kind,
  slot: toUint256(slot),
});

beforeAll(async () => {});

describe('raw key', () => {
  it('puts the kind above the address’s 160 bits and splits the slot at 128', () => {
    const entry = key(2n ** 160n - 1n, 'length', (5n << 128n) + 6n);
    expect(rawKey(entry)).toEqual({ accountTag: 5n * 2n ** 160n - 1n, slotHi: 5n, slotLo: 6n });
  });

  it('is refused for an address of 161 bits and for a negative one', () => {
    expect(() => rawKey(key(2n ** 160n, 'nonce', 0n))).toThrow(AddressRangeError);
    expect(() => rawKey(key(-1n, 'nonce', 0n))).toThrow(AddressRangeError);
  });
});

describe('hashes', () => {
  // circomlib's published vector: poseidon([1, 2, 3]), as circomlibjs's tests have it.
  it('tree key is Poseidon3(accountTag, slotHi, slotLo)', () => {
    expect(treeKey(key(1n, 'balance', (2n << 128n) + 3n))).toBe(
      6542985608222806190361240322586112750744169038454362455181422643027100751666n,
    );
  });
});
