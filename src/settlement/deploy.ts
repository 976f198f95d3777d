import { encodeDeployData } from 'viem';
import type { ProvingKeys } from '../proof/prover/keys.js';
import { requireFinished } from '../proof/setup/index.js';
import { DevelopmentKeysError, requireOwnZkey } from '../proof/verifier/solidity.js';
import { CHAIN_VERIFIER_ABI, RULES_VERIFIER_ABI, SETTLEMENT_ABI } from './abi.js';
import { creationCode, rulesVerifierConstructor, verifierConstructor } from './contracts.js';
import type { Address } from './point.js';
import type { Sender } from './sender.js';

/**
 * Who may do what at first, and the delays in seconds; see docs/settlement.md.
 * @see {@link deploySettlement}
 */
export interface SettlementSettings {
  readonly roles: {
    readonly admin: Address;
    readonly sequencer: Address;
    readonly prover: Address;
    readonly guardian: Address;
  };
  readonly proverTimeout: number;
  readonly forceDelay: number;
  readonly changeDelay: number;
  /**
   * Records of a forced batch, at most. By default 0: nobody can force writes. More says that records belong to their
   * address: anyone can then write any value to the entries of their own.
   */
  readonly maxForcedRecords?: number;
  /** Wei that each record of a forced batch costs, for whoever proves it. By default none. */
  readonly forcedRecordFee?: bigint;
  /** The root that it begins at; by default that of the empty state. */
  readonly genesisRoot?: bigint;
}

/** The chain on a developer's own machine, anvil's and Hardhat's. 1337, which geth takes, is others' chain as well. */
const LOCAL_CHAIN = 31_337;

/**
 * Deploys a settlement and the verifiers of its two circuits. Killed, it goes on where it was; deployed
 * already from the same journal, it is the same contract.
 * @throws {DevelopmentKeysError} the keys are development keys, the chain is not 31337, and `allowDevelopment` is not
 * set
 * @throws {SetupError} the ceremony that keys are of lacks something
 * @throws {KeyMismatchError} what is said of keys is not so in their zkey
 * @throws {ChainError}
 *
 * @example
 * const account = sender.address;
 * await deploySettlement(sender, [keys, keys], {
 *   roles: { admin: account, sequencer: account, prover: account, guardian: account },
 *   proverTimeout: 3600,
 *   forceDelay: 7200,
 *   changeDelay: 86_400,
 * });
 */
export async function deploySettlement(
  sender: Sender,
  [usual, deep]: readonly [usual: ProvingKeys, deep: ProvingKeys],
  settings: SettlementSettings,
  { allowDevelopment = false }: { readonly allowDevelopment?: boolean } = {},
): Promise<Address> {
  const chainId = await sender.chainId();
  await requireDeployable([usual, deep], chainId, allowDevelopment);
  const unset = { genesisRoot: 0n, maxForcedRecords: 0, forcedRecordFee: 0n };
  const verifiers = [await deployStorageVerifier(sender, usual), await deployStorageVerifier(sender, deep)];
  const args = [verifiers, { ...unset, ...settings }] as const;
  const code = encodeDeployData({ abi: SETTLEMENT_ABI, bytecode: await creationCode('Settlement'), args });
  return sender.deploy(`settlement on chain ${chainId}`, code);
}

/** Deploys the verifier of a storage circuit's proofs, or finds it. */
export async function deployStorageVerifier(sender: Sender, keys: ProvingKeys): Promise<Address> {
  const bytecode = await creationCode('ChainVerifier');
  const code = encodeDeployData({ abi: CHAIN_VERIFIER_ABI, bytecode, args: verifierConstructor(keys) });
  return sender.deploy(await verifierName(sender, keys), code);
}

/** Deploys the verifier of a rules circuit's proofs, or finds it. */
export async function deployRulesVerifier(sender: Sender, keys: ProvingKeys): Promise<Address> {
  const bytecode = await creationCode('RulesVerifier');
  const code = encodeDeployData({ abi: RULES_VERIFIER_ABI, bytecode, args: rulesVerifierConstructor(keys) });
  return sender.deploy(await verifierName(sender, keys), code);
}

const verifierName = async (sender: Sender, { circuit }: ProvingKeys): Promise<string> =>
  `verifier of ${circuit.name} on chain ${await sender.chainId()}`;

/**
 * Checks that verifiers of keys can be deployed: their keys are for production, or may be others, and are what is said
 * of them.
 * @throws {DevelopmentKeysError | SetupError | KeyMismatchError}
 */
export async function requireDeployable(
  all: readonly ProvingKeys[],
  chainId: number,
  allowDevelopment: boolean,
): Promise<void> {
  const insecure = all.find(({ setup }) => setup === 'development');
  if (insecure !== undefined && !allowDevelopment && chainId !== LOCAL_CHAIN) {
    throw new DevelopmentKeysError(
      `expected keys for production on chain ${chainId}, got development keys of circuit ${insecure.circuit.name}; a settlement must allow them explicitly`,
    );
  }
  for (const keys of new Set(all)) {
    if (keys.ceremony !== null) requireFinished(keys.ceremony);
    await requireOwnZkey(keys);
  }
}
