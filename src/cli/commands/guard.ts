import { grantRole, PARTS, resumeSettlement, revokeRole, stopSettlement } from '../../settlement/administer.js';
import type { Part } from '../../settlement/administer.js';
import type { PostOptions } from '../../settlement/post.js';
import type { Role } from '../../settlement/roles.js';
import { parseAccount, parseContract, parseCount } from '../input.js';
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
