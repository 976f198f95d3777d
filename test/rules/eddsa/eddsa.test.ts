import { buildEddsa } from 'circomlibjs';
import type { CircomlibElement, Eddsa } from 'circomlibjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER, ZERO, toFr } from '../../../src/base/field/fr.js';
import { SUBGROUP_ORDER } from '../../../src/rules/eddsa/curve.js';
import type { Point } from '../../../src/rules/eddsa/curve.js';
import {
  SigningKeyError,
  keyHashOf,
  publicKeyOf,
  signMessage,
  verifySignature,
} from '../../../src/rules/eddsa/eddsa.js';
import type { Signature } from '../../../src/rules/eddsa/eddsa.js';
import { poseidon } from '../../../src/base/hash/poseidon.js';

let reference: Eddsa;
beforeAll(async () => {
  reference = await buildEddsa();
});

const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyMessage = fc.bigInt(0n, FIELD_ORDER - 1n);
const pointOf = ([x, y]: readonly [CircomlibElement, CircomlibElement]): Point => ({
  x: toFr(reference.F.toObject(x)),
  y: toFr(reference.F.toObject(y)),
});
const elementsOf = ({ x, y }: Point): readonly [CircomlibElement, CircomlibElement] => [
  reference.F.e(x),
  reference.F.e(y),
];

describe('a signature', () => {
  it('is circomlibjs’s for the same key and message, and each side accepts the other’s', () => {
    fc.assert(
      fc.property(anyKey, anyMessage, (key, message) => {
        const theirs = reference.signPoseidon(key, reference.F.e(message));
        const publicKey = publicKeyOf(key);
        const ours = signMessage(message, key);
        expect(publicKey).toEqual(pointOf(reference.prv2pub(key)));
        expect(ours).toEqual({ r8: pointOf(theirs.R8), s: theirs.S });
        expect(verifySignature(message, { r8: pointOf(theirs.R8), s: theirs.S }, publicKey)).toBe(true);
        const packed = { R8: elementsOf(ours.r8), S: ours.s };
        expect(reference.verifyPoseidon(reference.F.e(message), packed, elementsOf(publicKey))).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  const key = new Uint8Array(32).fill(9);
  const publicKey = publicKeyOf(key);
  const good = signMessage(77n, key);
  const verify = (signature: Signature, by = publicKey, message = 77n): boolean =>
    verifySignature(message, signature, by);

  it('holds for its message, its key and its numbers alone', () => {
    expect(verify(good)).toBe(true);
    expect(verify(good, publicKey, 78n)).toBe(false);
    expect(verify(good, publicKeyOf(new Uint8Array(32).fill(8)))).toBe(false);
    expect(verify({ ...good, s: good.s + 1n })).toBe(false);
    expect(verify({ ...good, s: good.s + SUBGROUP_ORDER })).toBe(false);
    expect(verify({ ...good, s: -1n })).toBe(false);
    expect(verify({ ...good, r8: publicKey })).toBe(false);
  });

  it('is refused where a point is not on the curve, or the key is of small order', () => {
    const off = { x: publicKey.x, y: toFr(publicKey.y + 1n) };
    expect(verify({ ...good, r8: off })).toBe(false);
    expect(verify(good, off)).toBe(false);
    // (0, -1) has order 2: 8 h A is neutral, so that R8 = S * B8 would do for any message.
    const orderTwo: Point = { x: ZERO, y: toFr(FIELD_ORDER - 1n) };
    const { r8, s } = forgedFor();
    expect(verifySignature(77n, { r8, s }, orderTwo)).toBe(false);
    expect(reference.verifyPoseidon(reference.F.e(77n), { R8: elementsOf(r8), S: s }, elementsOf(orderTwo))).toBe(true);

    function forgedFor(): Signature {
      // S * B8 for a known S: the public key's scalar is not needed.
      const known = reference.babyJub.mulPointEscalar(reference.babyJub.Base8, 5n);
      return { r8: pointOf(known), s: 5n };
    }
  });
});

describe('a key', () => {
  it('has a hash of the low 128 bits of Poseidon', () => {
    const publicKey = publicKeyOf(new Uint8Array(32));
    expect(keyHashOf(publicKey)).toBe(poseidon.hash([publicKey.x, publicKey.y]) % 2n ** 128n);
  });

  it('has 32 bytes', () => {
    expect(() => publicKeyOf(new Uint8Array(31))).toThrow(SigningKeyError);
    expect(() => signMessage(1n, new Uint8Array(33))).toThrow('expected a private key of 32 bytes, got 33');
  });
});
