import { paramsBlock } from '@ethereumjs/block';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { paramsEVM } from '@ethereumjs/evm';
import { paramsTx } from '@ethereumjs/tx';
import { paramsVM } from '@ethereumjs/vm';
import type { EvmChain } from './chain.js';
import { recoverPublicKey } from './recover.js';

const HARDFORKS = { cancun: Hardfork.Cancun, prague: Hardfork.Prague } as const;
/** What each package says about gas and limits. */
const PARAMS: readonly object[] = [paramsTx, paramsBlock, paramsEVM, paramsVM];
const made = new WeakMap<EvmChain, Common>();

/**
 * Knows the packages' parameters from the start. Every transaction tells its own copy of it all of them again, which
 * takes longer than reading the transaction.
 */
class FixedCommon extends Common {
  override updateParams(params: Parameters<Common['updateParams']>[0]): void {
    if (!PARAMS.includes(params)) super.updateParams(params);
  }

  learn(): this {
    for (const params of PARAMS) super.updateParams(params as Parameters<Common['updateParams']>[0]);
    return this;
  }
}

/** What the packages of EthereumJS are told about a chain. */
export function commonOf(chain: EvmChain): Common {
  const known = made.get(chain);
  if (known !== undefined) return known;
  const common = new FixedCommon({
    chain: { ...Mainnet, name: 'rootshift', chainId: chain.chainId.toString() },
    hardfork: HARDFORKS[chain.fork],
    customCrypto: { ecrecover: recoverPublicKey },
  }).learn();
  made.set(chain, common);
  return common;
}
