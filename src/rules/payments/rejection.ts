import { RejectedError } from '../common/rules.js';
import { showAddress } from '../common/range.js';

/**
 * Why an operation is not permitted: what was expected, and what came. Amounts are in wei.
 * @see {@link PaymentRejectedError}
 */
export type Rejection =
  | { readonly kind: 'malformed'; readonly problem: string }
  | { readonly kind: 'signature'; readonly account: bigint }
  | { readonly kind: 'key'; readonly account: bigint; readonly expected: bigint; readonly got: bigint }
  | { readonly kind: 'noKey'; readonly account: bigint }
  | { readonly kind: 'nonce'; readonly account: bigint; readonly expected: bigint; readonly got: bigint }
  | { readonly kind: 'lastNonce'; readonly account: bigint }
  | { readonly kind: 'balance'; readonly account: bigint; readonly needed: bigint; readonly held: bigint }
  | { readonly kind: 'overflow'; readonly account: bigint; readonly held: bigint; readonly received: bigint }
  | { readonly kind: 'expired'; readonly validUntil: bigint; readonly timestamp: bigint }
  | { readonly kind: 'exitAmount'; readonly account: bigint; readonly held: bigint; readonly got: bigint }
  | { readonly kind: 'feesLeft'; readonly carry: bigint };

/**
 * An operation is not permitted: the state is as it was.
 *
 * @example
 * try {
 *   checkPayment(payment, domain);
 * } catch (error) {
 *   if (error instanceof PaymentRejectedError) console.error(error.rejection.kind); // such as 'signature'
 * }
 */
export class PaymentRejectedError extends RejectedError {
  override readonly name = 'PaymentRejectedError';
  constructor(
    readonly rejection: Rejection,
    options?: ErrorOptions,
  ) {
    super(describeRejection(rejection), options);
  }
}

function describeRejection(rejection: Rejection): string {
  switch (rejection.kind) {
    case 'malformed':
      return rejection.problem;
    case 'signature':
      return `${showAddress(rejection.account)}: the signature does not hold for this operation, nonce and deployment`;
    case 'key':
      return `${showAddress(rejection.account)}: expected a signature by the key with hash ${hex(rejection.expected)}, got one by ${hex(rejection.got)}`;
    case 'noKey':
      return `${showAddress(rejection.account)}: the account has no key: expected a deposit with a key, or setKey, before its first payment`;
    case 'nonce':
      return `${showAddress(rejection.account)}: expected nonce ${rejection.expected}, got ${rejection.got}`;
    case 'lastNonce':
      return `${showAddress(rejection.account)}: the account has used its last nonce: it can only receive and exit`;
    case 'balance':
      return `${showAddress(rejection.account)}: expected a balance of at least ${rejection.needed} wei, the account holds ${rejection.held}`;
    case 'overflow':
      return `${showAddress(rejection.account)}: expected a balance below 2^96 wei, got ${rejection.held} and ${rejection.received} more`;
    case 'expired':
      return `expected inclusion by ${rejection.validUntil} (Unix time), the batch has ${rejection.timestamp}`;
    case 'exitAmount':
      return `${showAddress(rejection.account)}: expected an exit of all that the account holds, ${rejection.held} wei, got ${rejection.got}`;
    case 'feesLeft':
      return `expected a batch that collects its fees, ${rejection.carry} wei are left`;
  }
}

const hex = (x: bigint): string => `0x${x.toString(16)}`;
