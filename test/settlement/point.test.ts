/** Why the point must depend on the log: known beforehand, it binds a proof to no data at all. */
import { keccak256 } from 'viem';
import { expect, it } from 'vitest';
import { dataPolynomial, logHash } from '../../src/state/batch/log.js';
import { FIELD_ORDER, ONE, toFr } from '../../src/base/field/fr.js';
import type { Fr } from '../../src/base/field/fr.js';
import { splitLimbs, toUint256 } from '../../src/base/field/limbs.js';
import { execute } from '../../src/machine/executor/executor.js';
import { checkTrace } from '../../src/machine/trace/check.js';
import { encodeBatchData } from '../../src/settlement/data.js';
import type { Write } from '../../src/settlement/data.js';
import { batchPoint, readsPoint } from '../../src/settlement/point.js';
import { databaseOf } from '../machine/trace/honest.js';

const db = await databaseOf(2, []);
const EMPTY = (await db.current()).root;

const POSTED: Write = {
  op: 'write',
  kind: 'storage',
  address: 1n,
  slot: toUint256(1n),
  value: toUint256(2n ** 255n + 2n ** 127n),
};

/** What a proof of one write at `x` states, from the empty state on. */
async function statement(write: Write, x: Fr) {
  const { trace } = await execute(db, EMPTY, { accesses: [write], where: () => 'the write' }, { x });
  expect(checkTrace(trace)).toBeNull();
  return trace.publics;
}

/** u and v, neither of them more than 2^127 from 0, with u x + v = 0 modulo r: Euclid's algorithm, ended half way. */
function shortVector(x: Fr): { readonly u: bigint; readonly v: bigint } {
  let before = FIELD_ORDER;
  let rest = x as bigint;
  let factorBefore = 0n;
  let factor = 1n;
  while (rest >= 2n ** 127n) {
    const quotient = before / rest;
    [before, rest, factorBefore, factor] = [rest, before - quotient * rest, factor, factorBefore - quotient * factor];
  }
  return { u: factor, v: -rest };
}

/** Another write, in range, to the same entry, with the same `dataOut` at `x`. */
function collision(write: Write, x: Fr): Write {
  const { hi, lo } = splitLimbs(write.value);
  const { u, v } = shortVector(x);
  const high = hi + u;
  const low = lo + v;
  expect([high, low].every((limb) => limb >= 0n && limb < 2n ** 128n)).toBe(true);
  return { ...write, value: toUint256((high << 128n) + low) };
}

const DATA_HASH = keccak256(encodeBatchData([POSTED]));

it.each<[string, Fr]>([
  ['a number that everyone agreed on', toFr(123456789n ** 9n % FIELD_ORDER)],
  ['a hash of the posted data alone', readsPoint(DATA_HASH, toFr(0n))],
  ['a beacon', toFr(BigInt(keccak256('0x01')) % FIELD_ORDER)],
])('at a point that is known before the log is fixed, %s, another write has the same dataOut', async (_, x) => {
  const forged = collision(POSTED, x);
  expect(forged.value).not.toBe(POSTED.value);
  const posted = await statement(POSTED, x);
  const proven = await statement(forged, x);
  expect(proven.dataOut).toBe(posted.dataOut);
  expect(proven.dataIn).toBe(ONE);
  expect(proven.newRoot).not.toBe(posted.newRoot);
});

it('at a point that depends on the log, too, the same write has another: the point has moved', async () => {
  const point = (write: Write): Fr =>
    batchPoint({
      chainId: 1,
      contract: `0x${'01'.repeat(20)}`,
      number: 1,
      version: 1,
      prover: `0x${'02'.repeat(20)}`,
      dataHash: DATA_HASH,
      logHash: logHash([write]),
    });
  const forged = collision(POSTED, point(POSTED));
  const x = point(forged);
  expect(x).not.toBe(point(POSTED));
  expect((await statement(forged, x)).dataOut).not.toBe(dataPolynomial(x, [POSTED]));
  // The honest log, at its own point, gives the value that a verifier computes from the posted data.
  expect((await statement(POSTED, point(POSTED))).dataOut).toBe(dataPolynomial(point(POSTED), [POSTED]));
});
