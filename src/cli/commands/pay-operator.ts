import { compileCircuit } from '../../machine/circuit/compile.js';
import { CATALOGUE } from '../../machine/circuit/catalogue.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import { RULES_CATALOGUE } from '../../machine/circuit/rules-catalogue.js';
import type { AnyCircuitName, RulesCircuitName } from '../../machine/circuit/rules-catalogue.js';
import { circuitsWith } from '../../engine/plan-batch.js';
import { frToHex } from '../../base/field/fr.js';
import { findProvers } from '../../proof/prover/find.js';
import { provingKeys } from '../../proof/prover/keys.js';
import { LocalQueue } from '../../proof/prover/queue.js';
import { announcePaymentsVerifiers, deployPayments } from '../../settlement/payments/deploy.js';
import type { PaymentsKeys } from '../../settlement/payments/deploy.js';
import { dropPayments, freezePayments, revokePaymentsVersion } from '../../settlement/payments/leave.js';
import { forcePayments } from '../../settlement/payments/force.js';
import { settlePayments } from '../../settlement/payments/prove.js';
import type { SettlePaymentsOptions } from '../../settlement/payments/prove-batch.js';
import { opener } from '../database.js';
import type { Watching } from '../../base/tasks/watching.js';
import { InputError, parseAccount, parseContract, parseCount } from '../input.js';
import { count, printAside, table } from '../io.js';
import type { Outcome } from '../io.js';
import { nextCommand } from '../next.js';
import type { Places } from '../places.js';
import { printBetween, watched } from '../progress.js';
import { following, ledgerOf, readLedger, readPaymentFile, sending } from './pay-places.js';
import type { PayOptions, PaySendOptions } from './pay-places.js';
import { batchList, eventsFile, rolesOf, senderOf } from './settle.js';
import type { SenderOptions } from './settle.js';

export interface PaySettleOptions extends PaySendOptions {
  readonly prover: string;
  readonly feeRecipient?: string;
}

export interface PayDeployOptions extends SenderOptions {
  readonly proverTimeout: string;
  readonly forceDelay: string;
  readonly dropTimeout: string;
  readonly freezeDelay: string;
  readonly alarmDelay: string;
  readonly changeDelay: string;
  readonly operationFee: string;
  readonly maxOperations: string;
  readonly circuit: string;
  readonly rulesCircuit: string;
  readonly admin?: string;
  readonly sequencer?: string;
  readonly provingAccount?: string;
  readonly guardian?: string;
  readonly allowDevelopmentKeys?: true;
}

export interface PayAnnounceOptions extends PaySendOptions {
  readonly circuit: string;
  readonly rulesCircuit: string;
  readonly allowDevelopmentKeys?: true;
}

/** The rules circuit for what is left of a batch. */
const SMALL: RulesCircuitName = 'pay3';
/** Seconds in which the queue takes its most operations. */
const WINDOW = 3600;

export async function payDeployCommand(places: Places, options: PayDeployOptions): Promise<Outcome> {
  const usual = named<CircuitName>('--circuit', CATALOGUE, options.circuit);
  const large = named<RulesCircuitName>('--rules-circuit', RULES_CATALOGUE, options.rulesCircuit);
  const numbers = {
    proverTimeout: parseCount('--prover-timeout', options.proverTimeout),
    forceDelay: parseCount('--force-delay', options.forceDelay),
    dropTimeout: parseCount('--drop-timeout', options.dropTimeout),
    freezeDelay: parseCount('--freeze-delay', options.freezeDelay),
    alarmDelay: parseCount('--alarm-delay', options.alarmDelay),
    changeDelay: parseCount('--change-delay', options.changeDelay),
    lowestFee: parseCount('--operation-fee', options.operationFee),
    maxOperations: parseCount('--max-operations', options.maxOperations),
    window: WINDOW,
  };
  const [, deep = usual] = circuitsWith(usual);
  const { contract, roles } = await watched(async (watching) => {
    const sender = await senderOf(places, options, watching);
    const roles = rolesOf(sender.address, options);
    const keys = await keysFor(places, { usual, deep, large }, watching);
    const allowDevelopment = options.allowDevelopmentKeys === true;
    return { contract: await deployPayments(sender, keys, { roles, ...numbers }, { allowDevelopment }), roles };
  });
  const rows = [
    ['contract', contract],
    ['storage circuits', `${usual} and ${deep}`],
    ['rules circuits', `${large} and ${SMALL}`],
    ...Object.entries(roles),
  ] as const;
  const next = nextCommand(['npx', 'rootshift', 'pay', 'deposit', '0.1'], [['--contract', contract], ...places.flags]);
  return {
    text: `Deployed a payments contract.\n${table(rows)}\n${next.text}`,
    json: { contract, circuits: { storage: [usual, deep], rules: [large, SMALL] }, roles, ...numbers },
  };
}

interface Circuits {
  readonly usual: CircuitName;
  readonly deep: CircuitName;
  readonly large: RulesCircuitName;
}

/** The keys of a payments contract's circuits, and a warning for those of one maker. */
async function keysFor(places: Places, { usual, deep, large }: Circuits, watching: Watching): Promise<PaymentsKeys> {
  const keysOf = async (name: AnyCircuitName) =>
    provingKeys(places.store, await compileCircuit(places.store, name, watching), watching);
  const keys = {
    storage: [await keysOf(usual), await keysOf(deep)] as const,
    rules: [await keysOf(large), await keysOf(SMALL)] as const,
  };
  const insecure = [...keys.storage, ...keys.rules].flatMap((own) => (own.insecure ? [own.warning] : []));
  for (const warning of new Set(insecure)) printBetween(`warning: ${warning}`);
  return keys;
}

/** Deploys verifiers of circuits, and announces them, as the administrator. */
export async function payAnnounceCommand(places: Places, options: PayAnnounceOptions): Promise<Outcome> {
  const usual = named<CircuitName>('--circuit', CATALOGUE, options.circuit);
  const large = named<RulesCircuitName>('--rules-circuit', RULES_CATALOGUE, options.rulesCircuit);
  const [, deep = usual] = circuitsWith(usual);
  const contract = parseContract(options.contract);
  const verifiers = await watched(async (watching) => {
    const sender = await senderOf(places, options, watching);
    const keys = await keysFor(places, { usual, deep, large }, watching);
    const allowDevelopment = options.allowDevelopmentKeys === true;
    return announcePaymentsVerifiers({ sender, contract, ...watching }, keys, { allowDevelopment });
  });
  const rows = [
    ['storage circuits', `${usual} and ${deep}`],
    ['rules circuits', `${large} and ${SMALL}`],
    ...verifiers.map((address, i) => [i === 0 ? 'verifiers' : '', address] as const),
  ] as const;
  return {
    text: `Announced verifiers at ${contract}: after its change delay, \`rootshift settlement verifiers adopt\` has them taken.\n${table(rows)}`,
    json: { contract, circuits: { storage: [usual, deep], rules: [large, SMALL] }, verifiers },
  };
}

export async function paySettleCommand(
  places: Places,
  files: readonly string[],
  options: PaySettleOptions,
): Promise<Outcome> {
  const payments = (await Promise.all(files.map((file) => readPaymentFile(places, file)))).flat();
  const { contract, posted, proven, waiting, root } = await proving(places, options, async (settlement) => ({
    contract: settlement.contract,
    ...(await settlePayments(settlement, payments)),
  }));
  const hex = frToHex(root);
  const rows = [
    ['posted', batchList(posted)],
    ...proven.map(({ number, what }) => ['proven', `batch ${number}: ${what}`] as const),
    ...(proven.length === 0 ? [['proven', 'nothing'] as const] : []),
    ['waiting', waiting === 0 ? 'nothing' : `${count(waiting, 'batch', 'batches')} for another prover`],
    ['root', `${hex}, consolidated`],
  ] as const;
  return {
    text: `Settled payments at ${contract}.\n${table(rows)}`,
    json: { contract, posted, proven, waiting, root: hex },
  };
}

export const forceCommand = (places: Places, options: PaySettleOptions): Promise<Outcome> =>
  proving(places, options, async (settlement) => {
    const { contract } = settlement;
    const { number, what } = await forcePayments(settlement);
    return {
      text: `Forced operations at ${contract}.\n${table([['proven', `batch ${number}: ${what}`]])}`,
      json: { contract, number, what },
    };
  });

/** Sends to a payments contract what was proven. */
async function proving<T>(
  places: Places,
  options: PaySettleOptions,
  work: (settlement: SettlePaymentsOptions) => Promise<T>,
): Promise<T> {
  const programs = await findProvers(options.prover, process.env['PATH'] ?? '');
  const feeRecipient =
    options.feeRecipient === undefined ? undefined : parseAccount('--fee-recipient', options.feeRecipient);
  return sending(places, options, async (payments) => {
    const { sender, contract } = payments;
    const events = await eventsFile(places, { provider: sender.provider, contract });
    return work({
      ...payments,
      openDb: opener(places),
      store: places.store,
      newQueue: () => new LocalQueue({ programs, onWarning: (warning) => printAside(`warning: ${warning}`) }),
      signatures: events.replace(/\.jsonl$/, '.payments.txt'),
      unfinished: events.replace(/\.jsonl$/, '.proofs'),
      events,
      feeRecipient,
    });
  });
}

export async function followCommand(places: Places, options: PayOptions): Promise<Outcome> {
  const ledger = await ledgerOf(places, options);
  return following(places, ledger, async (_db, { root, number, applied, wentBack }) => {
    const waiting = ledger.batches.length - number;
    const hex = frToHex(root);
    const rows = [
      ['root', `${hex}, consolidated by batch ${number}`],
      ['added now', count(applied, 'batch', 'batches')],
      ['waiting', `${count(waiting, 'batch', 'batches')} posted and not yet proven`],
      ...(ledger.frozenAt === null ? [] : [['frozen', 'for good: leave with `rootshift pay escape`'] as const]),
    ] as const;
    return {
      text: `The database is at the consolidated root.\n${table(rows)}`,
      json: { root: hex, batch: number, applied, waiting, wentBack, frozen: ledger.frozenAt !== null },
    };
  });
}

export const dropCommand = (places: Places, options: PaySendOptions): Promise<Outcome> =>
  sending(places, options, async (payments) => {
    const { sender, contract } = payments;
    const number = await dropPayments(payments, await readLedger(places, sender.provider, contract));
    return { text: `Dropped batch ${number} and all behind it at ${contract}.`, json: { contract, dropped: number } };
  });

export const revokeVersionCommand = (places: Places, version: string, options: PaySendOptions): Promise<Outcome> =>
  sending(places, options, async (payments) => {
    const { contract } = payments;
    const revoked = parseCount('version', version);
    await revokePaymentsVersion(payments, revoked);
    return {
      text: `Revoked version ${revoked} of ${contract}: \`rootshift pay drop\` drops what it proved and has not matured.`,
      json: { contract, revoked },
    };
  });

export const freezeCommand = (places: Places, options: PaySendOptions): Promise<Outcome> =>
  sending(places, options, async (payments) => {
    const { sender, contract } = payments;
    await freezePayments(payments, await readLedger(places, sender.provider, contract));
    return {
      text: `Froze ${contract} for good: leave with \`rootshift pay escape\`.`,
      json: { contract, frozen: true },
    };
  });

function named<Name extends string>(what: string, catalogue: object, name: string): Name {
  if (Object.hasOwn(catalogue, name)) return name as Name;
  throw new InputError(`${what}: expected one of ${Object.keys(catalogue).join(', ')}, got ${name}`);
}
