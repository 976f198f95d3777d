import { encodeDeployData } from 'viem';
import type { ProvingKeys } from '../../proof/prover/keys.js';
import { PAYMENTS_ABI } from '../abi.js';
import { announceVerifiers } from '../administer.js';
import { creationCode } from '../contracts.js';
import { deployRulesVerifier, deployStorageVerifier, requireDeployable } from '../deploy.js';
import type { SettlementSettings } from '../deploy.js';
import type { Address } from '../point.js';
import type { Sender } from '../sender.js';
import type { PaymentsOptions } from './ask.js';

/**
 * Who may do what in a payments contract, and the delays in seconds; see docs/payments.md.
 * @see {@link deployPayments}
 */
export interface PaymentsSettings {
  readonly roles: SettlementSettings['roles'];
  readonly proverTimeout: number;
  readonly forceDelay: number;
  /** At least `proverTimeout` and a day. */
  readonly dropTimeout: number;
  /** At least `forceDelay`, `dropTimeout` and a day. */
  readonly freezeDelay: number;
  readonly alarmDelay: number;
  /** More than `freezeDelay`. */
  readonly changeDelay: number;
  /** The least that an operation of the queue costs, in gwei. */
  readonly lowestFee: number;
  /** Operations that the queue takes in a `window`, at most. */
  readonly maxOperations: number;
  /** In seconds. */
  readonly window: number;
}

/**
 * The keys of a payments contract's circuits.
 * @see {@link deployPayments}
 */
export interface PaymentsKeys {
  /** Of the usual storage circuit, and of the one for what that has no room for. */
  readonly storage: readonly [usual: ProvingKeys, deep: ProvingKeys];
  /** Of the large circuit of rules, and of the small one. */
  readonly rules: readonly [large: ProvingKeys, small: ProvingKeys];
}

/**
 * Deploys a payments contract and the verifiers of its four circuits. Killed, it goes on where it was; deployed
 * already from the same journal, it is the same contract.
 * @throws {DevelopmentKeysError} the keys are development keys, the chain is not 31337, and `allowDevelopment` is not
 * set
 * @throws {SetupError} the ceremony that keys are of lacks something
 * @throws {KeyMismatchError} what is said of keys is not so in their zkey
 * @throws {ChainError}
 *
 * @example
 * const account = sender.address;
 * await deployPayments(sender, { storage: [keys, keys], rules: [keys, keys] }, {
 *   roles: { admin: account, sequencer: account, prover: account, guardian: account },
 *   proverTimeout: 3600,
 *   forceDelay: 86_400,
 *   dropTimeout: 172_800,
 *   freezeDelay: 604_800,
 *   alarmDelay: 3600,
 *   changeDelay: 691_200,
 *   lowestFee: 100_000,
 *   maxOperations: 1000,
 *   window: 3600,
 * });
 */
export async function deployPayments(
  sender: Sender,
  { storage, rules }: PaymentsKeys,
  settings: PaymentsSettings,
  { allowDevelopment = false }: { readonly allowDevelopment?: boolean } = {},
): Promise<Address> {
  const chainId = await sender.chainId();
  await requireDeployable([...storage, ...rules], chainId, allowDevelopment);
  const verifiers = await deployVerifiers(sender, { storage, rules });
  const stateProofs = await sender.deploy(`state proofs on chain ${chainId}`, await creationCode('StateProofs'));
  const bytecode = await creationCode('Payments');
  const code = encodeDeployData({ abi: PAYMENTS_ABI, bytecode, args: [verifiers, stateProofs, settings] });
  return sender.deploy(`payments on chain ${chainId}`, code);
}

/**
 * Deploys verifiers of a payments contract's four circuits, and announces them, as its administrator. After the
 * contract's `changeDelay`, anyone has it adopt them by `adoptVerifiers`: payments must then be signed for the next
 * version.
 * @returns the verifiers, in the contract's order
 * @throws {ChainError} among others, the sender is not the administrator
 * @throws what `deployPayments` throws of keys
 *
 * @example
 * await announcePaymentsVerifiers({ sender, contract }, { storage: [keys, keys], rules: [keys, keys] });
 */
export async function announcePaymentsVerifiers(
  options: PaymentsOptions,
  keys: PaymentsKeys,
  { allowDevelopment = false }: { readonly allowDevelopment?: boolean } = {},
): Promise<Address[]> {
  const { sender } = options;
  await requireDeployable([...keys.storage, ...keys.rules], await sender.chainId(), allowDevelopment);
  const verifiers = await deployVerifiers(sender, keys);
  await announceVerifiers(options, verifiers);
  return verifiers;
}

/** Deploys the verifiers of a payments contract's four circuits, or finds them, in the contract's order. */
const deployVerifiers = async (sender: Sender, { storage, rules }: PaymentsKeys): Promise<Address[]> => [
  await deployStorageVerifier(sender, storage[0]),
  await deployStorageVerifier(sender, storage[1]),
  await deployRulesVerifier(sender, rules[0]),
  await deployRulesVerifier(sender, rules[1]),
];
