import {
  acceptAdministration,
  adoptVerifiers,
  announceVerifiers,
  fetchOwed,
  grantRole,
  nameAdministrator,
  PARTS,
  refuseVerifiers,
  resumeSettlement,
  revokeRole,
  stopSettlement,
} from '../../settlement/administer.js';
import type { Part } from '../../settlement/administer.js';
import type { PostOptions } from '../../settlement/post.js';
import type { Role } from '../../settlement/roles.js';
import { InputError, parseAccount, parseContract, parseCount } from '../input.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';
import { watched } from '../progress.js';
import { senderOf } from './settle.js';
import type { ForceOptions } from './settle.js';

export type GuardOptions = ForceOptions;

export interface StopOptions extends GuardOptions {
  readonly for: string;
}

export async function stopCommand(places: Places, given: readonly Part[], options: StopOptions): Promise<Outcome> {
  const seconds = parseCount('--for', options.for);
  const parts = partsOf(given);
  const { contract } = await sending(places, options, (settlement) => stopSettlement(settlement, parts, seconds));
  return {
    text: `Stopped ${parts.join(', ')} at ${contract} for ${seconds} seconds.`,
    json: { contract, stopped: parts, seconds },
  };
}

export async function resumeCommand(places: Places, given: readonly Part[], options: GuardOptions): Promise<Outcome> {
  const parts = partsOf(given);
  const { contract } = await sending(places, options, (settlement) => resumeSettlement(settlement, parts));
  return { text: `At ${contract}, ${parts.join(', ')} can go on.`, json: { contract, resumed: parts } };
}

export async function grantCommand(places: Places, role: Role, text: string, options: GuardOptions): Promise<Outcome> {
  const account = parseAccount('ACCOUNT', text);
  const { contract } = await sending(places, options, (settlement) => grantRole(settlement, role, account));
  return { text: `Granted the role ${role} at ${contract} to ${account}.`, json: { contract, role, account } };
}

export async function revokeCommand(places: Places, role: Role, text: string, options: GuardOptions): Promise<Outcome> {
  const account = parseAccount('ACCOUNT', text);
  const { contract, done: end } = await sending(places, options, (settlement) => revokeRole(settlement, role, account));
  const until = end === null ? null : new Date(end * 1000).toISOString();
  const when = until === null ? '' : `, from ${until} on`;
  return {
    text: `Revoked the role ${role} at ${contract} from ${account}${when}.`,
    json: { contract, role, account, until },
  };
}

export async function fetchCommand(places: Places, options: GuardOptions): Promise<Outcome> {
  const { contract } = await sending(places, options, (settlement) => fetchOwed(settlement));
  return { text: `Fetched what ${contract} owed.`, json: { contract, fetched: true } };
}

export async function adminCommand(
  places: Places,
  step: 'name' | 'accept',
  text: string | undefined,
  options: GuardOptions,
): Promise<Outcome> {
  if ((text === undefined) === (step === 'name'))
    throw new InputError(`admin ${step}: expected ${step === 'name' ? 'an' : 'no'} ACCOUNT, got ${text ?? 'none'}`);
  if (text === undefined) {
    const { contract } = await sending(places, options, (settlement) => acceptAdministration(settlement));
    return { text: `The sender is the administrator of ${contract}.`, json: { contract, step } };
  }
  const account = parseAccount('ACCOUNT', text);
  const { contract } = await sending(places, options, (settlement) => nameAdministrator(settlement, account));
  return {
    text: `Named ${account} administrator of ${contract}; it accepts after the delay: \`settlement admin accept\`.`,
    json: { contract, step, account },
  };
}

export async function verifiersCommand(
  places: Places,
  step: 'announce' | 'refuse' | 'adopt',
  texts: readonly string[],
  options: GuardOptions,
): Promise<Outcome> {
  if ((step === 'announce') === (texts.length === 0))
    throw new InputError(
      `verifiers ${step}: expected ${step === 'announce' ? '' : 'no '}ADDRESSES, got ${texts.length}`,
    );
  const addresses = texts.map((text) => parseAccount('ADDRESSES', text));
  const work = {
    announce: (settlement: PostOptions) => announceVerifiers(settlement, addresses),
    refuse: refuseVerifiers,
    adopt: adoptVerifiers,
  }[step];
  const { contract } = await sending(places, options, work);
  const done = { announce: 'Announced', refuse: 'Refused', adopt: 'Adopted' }[step];
  return { text: `${done} other verifiers at ${contract}.`, json: { contract, step, verifiers: addresses } };
}

const partsOf = (given: readonly Part[]): readonly Part[] =>
  given.length === 0 ? (Object.keys(PARTS) as Part[]) : given;

async function sending<T>(
  places: Places,
  options: GuardOptions,
  work: (settlement: PostOptions) => Promise<T>,
): Promise<{ readonly contract: string; readonly done: T }> {
  const contract = parseContract(options.contract);
  const done = await watched(async (watching) =>
    work({ sender: await senderOf(places, options, watching), contract, ...watching }),
  );
  return { contract, done };
}
