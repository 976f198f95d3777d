import { randomBytes } from 'node:crypto';
import { FIELD_ORDER, toFr } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import { SetupError } from './error.js';

/** The secrets behind a key, which nobody may know if the key is to be trusted; each is nonzero. gamma is 1. */
export interface SetupSecrets {
  readonly tau: Fr;
  readonly alpha: Fr;
  readonly beta: Fr;
  readonly delta: Fr;
}

/** Fresh secrets from the system's randomness. */
export const randomSecrets = (): SetupSecrets => ({
  tau: randomNonzero(),
  alpha: randomNonzero(),
  beta: randomNonzero(),
  delta: randomNonzero(),
});

function randomNonzero(): Fr {
  // The remainder of 48 bytes differs from uniform by less than 2^-129.
  const x = BigInt(`0x${randomBytes(48).toString('hex')}`);
  return toFr((x % (FIELD_ORDER - 1n)) + 1n);
}

/** @throws {SetupError} a secret is 0, or tau is a root of unity of order `2 * domainSize`, where no key exists */
export function checkSecrets(secrets: SetupSecrets, domainSize: number): void {
  for (const name of ['tau', 'alpha', 'beta', 'delta'] as const) {
    if (secrets[name] === 0n) throw new SetupError(`expected a nonzero ${name}, got 0`);
  }
  let power: bigint = secrets.tau;
  for (let n = 1; n < 2 * domainSize; n *= 2) power = (power * power) % FIELD_ORDER;
  if (power === 1n) {
    throw new SetupError(`expected a tau that is no root of unity of order ${2 * domainSize}, got ${secrets.tau}`);
  }
}
