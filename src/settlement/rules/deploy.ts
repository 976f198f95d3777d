import { encodeDeployData, zeroAddress } from 'viem';
import type { ProvingKeys } from '../../proof/prover/keys.js';
import { RULES_SETTLEMENT_ABI } from '../abi.js';
import { creationCode } from '../contracts.js';
import { deployRulesVerifier, deployStorageVerifier, requireDeployable } from '../deploy.js';
import type { Address } from '../point.js';
import type { Sender } from '../sender.js';

/**
 * The keys of the circuits of a contract of rules: the usual one of storage and the one for what that has no room for,
 * and the large and the small one of the rules.
 * @see {@link deployRules}
 */
export interface RulesKeys {
  readonly storage: readonly [usual: ProvingKeys, deep: ProvingKeys];
  readonly rules: readonly [large: ProvingKeys, small: ProvingKeys];
}

/**
 * What a contract of rules is made with.
 * @see {@link deployRules}
 */
export interface RulesSettings {
  /** Of the rules. */
  readonly version: number;
  /** Who alone sends batches; by default anyone. */
  readonly operator?: Address | undefined;
  /** The root of the rules' genesis. */
  readonly genesisRoot: bigint;
}

/**
 * Deploys `contracts/RulesSettlement.sol` and the verifiers of its circuits: a state that moves by rules of one's own
 * alone. Killed, it goes on where it was; deployed already from the same journal, it is the same contract.
 * @throws {DevelopmentKeysError} the keys are development keys, the chain is not 31337, and `allowDevelopment` is not
 * set
 * @throws {SetupError | KeyMismatchError | ChainError}
 *
 * @example
 * const version = PAYMENTS.version;
 * await deployRules(sender, { storage: [keys, keys], rules: [keys, keys] }, { version, genesisRoot: 0n });
 */
export async function deployRules(
  sender: Sender,
  { storage, rules }: RulesKeys,
  { version, operator = zeroAddress, genesisRoot }: RulesSettings,
  { allowDevelopment = false }: { readonly allowDevelopment?: boolean } = {},
): Promise<Address> {
  const chainId = await sender.chainId();
  await requireDeployable([...storage, ...rules], chainId, allowDevelopment);
  const args = [
    await deployStorageVerifier(sender, storage[0]),
    await deployStorageVerifier(sender, storage[1]),
    await deployRulesVerifier(sender, rules[0]),
    await deployRulesVerifier(sender, rules[1]),
    version,
    operator,
    genesisRoot,
  ] as const;
  const bytecode = await creationCode('RulesSettlement');
  const code = encodeDeployData({ abi: RULES_SETTLEMENT_ABI, bytecode, args });
  return sender.deploy(`settlement of rules on chain ${chainId}`, code);
}
