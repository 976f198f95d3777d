import { ecrecover } from '@ethereumjs/util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recoverPublicKey } from '../../../src/rules/evm/recover.js';
import { bytesOf } from '../../../src/rules/evm/bytes.js';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
type Recover = typeof ecrecover;

/** The key, or that there is none. */
function outcome(recover: Recover, [hash, v, r, s, chainId]: Parameters<Recover>): string {
  try {
    return Buffer.from(recover(hash, v, r, s, chainId)).toString('hex');
  } catch {
    return 'none';
  }
}

describe("a signature's public key is what noble's curves say", () => {
  const numbers = fc.oneof(
    fc.constantFrom(0n, 1n, 2n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n),
    fc.bigInt(0n, 2n ** 256n - 1n),
  );
  const hashes = fc.oneof(fc.constant(new Uint8Array(32)), fc.uint8Array({ minLength: 32, maxLength: 32 }));

  it('for random numbers and those at the edges, with and without a key', () => {
    let keys = 0;
    fc.assert(
      fc.property(hashes, fc.constantFrom(0n, 1n, 2n, 27n, 28n, 29n), numbers, numbers, (hash, v, r, s) => {
        const signature: Parameters<Recover> = [hash, v, bytesOf(r, 32), bytesOf(s, 32)];
        const expected = outcome(ecrecover, signature);
        expect(outcome(recoverPublicKey, signature)).toBe(expected);
        if (expected !== 'none') keys++;
      }),
      { numRuns: 300 },
    );
    expect(keys).toBeGreaterThan(20);
  });

  it('for what names its chain (EIP-155), and not for another', () => {
    const hash = new Uint8Array(32).fill(7);
    const r = bytesOf(1n, 32);
    const s = bytesOf(5n, 32);
    for (const v of [2709n, 2710n, 2711n]) {
      expect(outcome(recoverPublicKey, [hash, v, r, s, 1337n])).toBe(outcome(ecrecover, [hash, v, r, s, 1337n]));
    }
    expect(outcome(recoverPublicKey, [hash, 2709n, r, s, 1337n])).not.toBe('none');
    expect(outcome(recoverPublicKey, [hash, 2709n, r, s, 1n])).toBe('none');
  });
});
