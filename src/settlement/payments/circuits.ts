import { CATALOGUE } from '../../machine/circuit/catalogue.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import { RULES_CATALOGUE } from '../../machine/circuit/rules-catalogue.js';
import type { RulesCircuitName } from '../../machine/circuit/rules-catalogue.js';
import type { VerifyingKeys } from '../../proof/prover/keys.js';
import { CHAIN_VERIFIER_ABI } from '../abi.js';
import { reading } from '../asking.js';
import { ChainError } from '../chain-error.js';
import { clientOf } from '../client.js';
import { verifierKeyHash } from '../contracts.js';
import type { Address, Hash } from '../point.js';
import type { Provider } from '../provider.js';
import { PAYMENTS_ABI } from '../abi.js';

/** A circuit whose proofs a payments contract takes. */
export interface PaymentsCircuit<Name extends string> {
  readonly name: Name;
  /** keccak256 of the verification key that the verifier contract has, as it encodes it. */
  readonly keyHash: Hash;
  /** True if one party made the keys, and so could forge proofs, by the verifier contract's word. */
  readonly developmentKeys: boolean;
}

/**
 * The circuits whose proofs a payments contract takes.
 * @see {@link readPaymentsCircuits}
 */
export interface PaymentsCircuits {
  /** The usual one, and the one for what that has no room for. */
  readonly storage: readonly [PaymentsCircuit<CircuitName>, PaymentsCircuit<CircuitName>];
  /** The large one and the small one. */
  readonly rules: readonly [PaymentsCircuit<RulesCircuitName>, PaymentsCircuit<RulesCircuitName>];
}

/** The version of a contract's rules and verifiers: what payments that are posted now must be signed for. */
export const readPaymentsVersion = (provider: Provider, contract: Address): Promise<number> =>
  reading(contract, () =>
    clientOf(provider).readContract({ address: contract, abi: PAYMENTS_ABI, functionName: 'version' }),
  );

/**
 * A payments contract's circuits.
 * @param version of its verifiers
 * @throws {ChainError} the contract is none of payments, or for circuits that are not known here
 *
 * @example
 * const { rules: [large] } = await readPaymentsCircuits(sender.provider, contract, 1);
 */
export const readPaymentsCircuits = (
  provider: Provider,
  contract: Address,
  version: number,
): Promise<PaymentsCircuits> =>
  reading(contract, async () => {
    const client = clientOf(provider);
    const place = { address: contract, abi: PAYMENTS_ABI } as const;
    const verifiers = await client.readContract({ ...place, functionName: 'verifiersOf', args: [version] });
    const read = async <Name extends string>(
      catalogue: Readonly<Record<Name, unknown>>,
      address: Address | undefined,
    ): Promise<PaymentsCircuit<Name>> => {
      if (address === undefined)
        throw new ChainError(`expected four verifiers of version ${version} at ${contract}, got ${verifiers.length}`);
      // What all verifiers have, whatever they verify.
      const verifier = { address, abi: CHAIN_VERIFIER_ABI } as const;
      const name = await client.readContract({ ...verifier, functionName: 'circuit' });
      if (!Object.hasOwn(catalogue, name))
        throw new ChainError(`the contract at ${contract} uses circuit ${name}, which this version does not have`);
      return {
        name: name as Name,
        keyHash: await client.readContract({ ...verifier, functionName: 'keyHash' }),
        developmentKeys: await client.readContract({ ...verifier, functionName: 'developmentKeys' }),
      };
    };
    const [usual, deep, large, small] = verifiers;
    return {
      storage: [await read(CATALOGUE, usual), await read(CATALOGUE, deep)],
      rules: [await read(RULES_CATALOGUE, large), await read(RULES_CATALOGUE, small)],
    };
  });

/**
 * Checks that a verifier has the very key that proofs are made for: what it says of the key's origin may be copied.
 * @throws {ChainError}
 */
export function requireKey(
  { name, keyHash }: Pick<PaymentsCircuit<string>, 'name' | 'keyHash'>,
  keys: VerifyingKeys,
): void {
  const own = verifierKeyHash(keys);
  if (own === keyHash) return;
  throw new ChainError(
    `the contract's verifier of circuit ${name} has another key than the artifacts: expected keyHash ${own}, got ${keyHash}`,
  );
}
