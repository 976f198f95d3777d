import { fitting } from '../common/range.js';

/**
 * Ethereum's rules by the name of the fork that brought them. A chain's genesis fixes one for ever.
 * @see {@link EvmChain}
 */
export type EvmFork = 'cancun' | 'prague';

/**
 * What transactions of one chain are checked by.
 *
 * @example
 * const chain = new EvmChain(31337n);
 * chain.fork; // 'prague'
 */
export class EvmChain {
  readonly fork: EvmFork;

  /**
   * @param chainId in every signature, below 2^64
   * @throws {FieldWidthError} the chain id does not fit
   */
  constructor(
    readonly chainId: bigint,
    { fork = 'prague' }: { readonly fork?: EvmFork | undefined } = {},
  ) {
    fitting(chainId, 64, 'chain id');
    this.fork = fork;
  }
}
