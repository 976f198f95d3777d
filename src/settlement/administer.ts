import { encodeFunctionData } from 'viem';
import type { EncodeFunctionDataParameters } from 'viem';
import { SETTLEMENT_ABI } from './abi.js';
import { reading } from './asking.js';
import { clientOf } from './client.js';
import type { Address } from './point.js';
import type { PostOptions } from './post.js';
import { ROLES } from './roles.js';
import type { Role } from './roles.js';

/** What of a settlement a guardian can stop, with the contract's numbers. */
export const PARTS = { posting: 0, forcing: 1, proving: 2, reading: 3 } as const;
/**
 * A part of a settlement that a guardian can stop.
 * @see {@link stopSettlement}
 */
export type Part = keyof typeof PARTS;

/**
 * Stops parts of a settlement for so many seconds, as its guardian. The stop ends by itself.
 * @throws {ChainError} among others, the sender is no guardian, or the stop is too long
 * @throws what the signal was aborted with
 *
 * @example
 * await stopSettlement({ sender, contract }, ['proving'], 3600);
 */
export async function stopSettlement(
  { sender, contract }: PostOptions,
  parts: readonly Part[],
  seconds: number,
): Promise<void> {
  const args = [parts.map((part) => PARTS[part]), seconds] as const;
  const data = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'stop', args });
  await sender.send(`stop ${parts.join(', ')}`, contract, data);
}

/**
 * Ends the stop of parts of a settlement early, as its guardian.
 * @throws {ChainError} among others, the sender is no guardian
 * @throws what the signal was aborted with
 *
 * @example
 * await resumeSettlement({ sender, contract }, ['proving']);
 */
export async function resumeSettlement({ sender, contract }: PostOptions, parts: readonly Part[]): Promise<void> {
  const args = [parts.map((part) => PARTS[part])] as const;
  const data = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'resume', args });
  await sender.send(`resume ${parts.join(', ')}`, contract, data);
}

/**
 * Gives an account a role, as the settlement's administrator.
 * @throws {ChainError} among others, the sender is not the administrator
 * @throws what the signal was aborted with
 *
 * @example
 * await grantRole({ sender, contract }, 'prover', '0x70997970C51812dc3A010C7d01b50e0d17dc79C8');
 */
export async function grantRole({ sender, contract }: PostOptions, role: Role, account: Address): Promise<void> {
  const args = [await roleId({ sender, contract }, role), account] as const;
  const data = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'grantRole', args });
  await sender.send(`grant ${role} to ${account}`, contract, data);
}

/**
 * Takes a role from an account, as the settlement's administrator: a guardian's after the contract's `changeDelay`, any
 * other at once.
 * @returns when a guardian's role ends, in Unix time; null if the account has the role no longer
 * @throws {ChainError} among others, the sender is not the administrator
 * @throws what the signal was aborted with
 *
 * @example
 * const until = await revokeRole({ sender, contract }, 'guardian', sender.address);
 */
export async function revokeRole(
  { sender, contract }: PostOptions,
  role: Role,
  account: Address,
): Promise<number | null> {
  const id = await roleId({ sender, contract }, role);
  const data = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'revokeRole', args: [id, account] });
  await sender.send(`revoke ${role} of ${account}`, contract, data);
  return reading(contract, async () => {
    const client = clientOf(sender.provider);
    const place = { address: contract, abi: SETTLEMENT_ABI } as const;
    if (!(await client.readContract({ ...place, functionName: 'hasRole', args: [id, account] }))) return null;
    return client.readContract({ ...place, functionName: 'guardianUntil', args: [account] });
  });
}

/**
 * Has the contract pay the sender what it owes it: fees for proving, or those of what can never be proven.
 * @throws {ChainError} among others, it owes the sender nothing
 * @throws what the signal was aborted with
 *
 * @example
 * await fetchOwed({ sender, contract });
 */
export const fetchOwed = ({ sender, contract }: PostOptions): Promise<void> =>
  administer({ sender, contract }, 'fetch what is owed', 'fetch', [sender.address]);

/**
 * Announces other verifiers, as the settlement's administrator: the usual one, and the one for what that has no room
 * for. They can be adopted after the contract's `changeDelay`.
 * @throws {ChainError} among others, the sender is not the administrator
 * @throws what the signal was aborted with
 *
 * @example
 * const verifier = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
 * await announceVerifiers({ sender, contract }, [verifier, verifier]);
 */
export const announceVerifiers = (options: PostOptions, verifiers: readonly Address[]): Promise<void> =>
  administer(options, 'announce verifiers', 'announceVerifiers', [verifiers]);

/**
 * Refuses the verifiers that are announced, as a guardian or the administrator.
 * @throws {ChainError} among others, none are announced
 * @throws what the signal was aborted with
 *
 * @example
 * await refuseVerifiers({ sender, contract });
 */
export const refuseVerifiers = (options: PostOptions): Promise<void> =>
  administer(options, 'refuse the announced verifiers', 'refuseVerifiers', []);

/**
 * Adopts the verifiers that were announced, by anyone, once the delay is over: batches that are posted from then on are
 * proven by them.
 * @throws {ChainError} among others, the delay is not over
 * @throws what the signal was aborted with
 *
 * @example
 * await adoptVerifiers({ sender, contract });
 */
export const adoptVerifiers = (options: PostOptions): Promise<void> =>
  administer(options, 'adopt the announced verifiers', 'adoptVerifiers', []);

/**
 * Names the next administrator, who accepts after the contract's `changeDelay`; address 0 if there is to be none.
 * @throws {ChainError} among others, the sender is not the administrator
 * @throws what the signal was aborted with
 *
 * @example
 * await nameAdministrator({ sender, contract }, '0x70997970C51812dc3A010C7d01b50e0d17dc79C8');
 */
export const nameAdministrator = (options: PostOptions, account: Address): Promise<void> =>
  administer(options, `name ${account} administrator`, 'beginDefaultAdminTransfer', [account]);

/**
 * Becomes the administrator, as the one who was named, once the delay is over.
 * @throws {ChainError} among others, the sender was not named, or the delay is not over
 * @throws what the signal was aborted with
 *
 * @example
 * await acceptAdministration({ sender, contract });
 */
export const acceptAdministration = (options: PostOptions): Promise<void> =>
  administer(options, 'become the administrator', 'acceptDefaultAdminTransfer', []);

/** Makes a call whose arguments are those of the contract's function. */
async function administer(
  { sender, contract }: PostOptions,
  what: string,
  functionName: string,
  args: readonly unknown[],
): Promise<void> {
  const data = encodeFunctionData({ abi: SETTLEMENT_ABI, functionName, args } as EncodeFunctionDataParameters);
  await sender.send(what, contract, data);
}

const roleId = ({ sender, contract }: PostOptions, role: Role) =>
  reading(contract, () =>
    clientOf(sender.provider).readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: ROLES[role] }),
  );
