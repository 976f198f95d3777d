import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common';
import type { Common } from '@ethereumjs/common';
import type { EvmChain } from './chain.js';
import { recoverPublicKey } from './recover.js';

const HARDFORKS = { cancun: Hardfork.Cancun, prague: Hardfork.Prague } as const;
const made = new WeakMap<EvmChain, Common>();

/** What the packages of EthereumJS are told about a chain. */
export function commonOf(chain: EvmChain): Common {
  const known = made.get(chain);
  if (known !== undefined) return known;
  const common = createCustomCommon({ name: 'rootshift', chainId: chain.chainId.toString() }, Mainnet, {
    hardfork: HARDFORKS[chain.fork],
    customCrypto: { ecrecover: recoverPublicKey },
  });
  made.set(chain, common);
  return common;
}
