import path from 'node:path';
import { CATALOGUE, DEFAULT_CIRCUITS } from '../../machine/circuit/catalogue.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import { compileCircuit } from '../../machine/circuit/compile.js';
import { readTextFile } from '../../base/files/input.js';
import { circuitsWith } from '../../engine/plan-batch.js';
import type { Watching } from '../../base/tasks/watching.js';
import { frToHex } from '../../base/field/fr.js';
import { findProvers } from '../../proof/prover/find.js';
import { provingKeys } from '../../proof/prover/keys.js';
import { LocalQueue } from '../../proof/prover/queue.js';
import { readChainId, readCircuits } from '../../settlement/chain.js';
import type { SettlementCircuits } from '../../settlement/chain.js';
import { deploySettlement } from '../../settlement/deploy.js';
import { Journal } from '../../settlement/journal.js';
import type { Address } from '../../settlement/point.js';
import { forceBatch } from '../../settlement/post.js';
import { openKeystore, parsePrivateKey } from '../../settlement/private-key.js';
import type { LogProver } from '../../settlement/prove-log.js';
import type { Provider } from '../../settlement/provider.js';
import { Sender } from '../../settlement/sender.js';
import { settle } from '../../settlement/settle.js';
import { opener } from '../database.js';
import { readBatch } from '../batch-file.js';
import { InputError, parseAccount, parseContract, parseCount, parseEtherAmount, parseRoot } from '../input.js';
import { count, printAside, table } from '../io.js';
import type { Outcome } from '../io.js';
import { nextCommand } from '../next.js';
import type { Next } from '../next.js';
import type { Places } from '../places.js';
import { printBetween, watched } from '../progress.js';

export interface SenderOptions {
  readonly rpc: string;
  readonly keystore?: string;
  readonly confirmations: string;
  readonly maxFee: string;
}

export interface ForceOptions extends SenderOptions {
  readonly contract: string;
}

export interface SettleOptions extends ForceOptions {
  readonly prover: string;
}

export interface DeployOptions extends SenderOptions {
  readonly circuit?: CircuitName;
  readonly proverTimeout: string;
  readonly forceDelay: string;
  readonly changeDelay: string;
  readonly genesisRoot?: string;
  readonly forcedWrites?: string;
  readonly forcedFee?: string;
  readonly admin?: string;
  readonly sequencer?: string;
  readonly provingAccount?: string;
  readonly guardian?: string;
  readonly allowDevelopmentKeys?: true;
}

export async function settleCommand(
  places: Places,
  batchFile: string | undefined,
  options: SettleOptions,
): Promise<Outcome> {
  const accesses = batchFile === undefined ? null : (await readBatch(places, batchFile, undefined)).accesses;
  const contract = parseContract(options.contract);
  const { posted, forced, proven, waiting, root } = await watched(async (watching) => {
    const sender = await senderOf(places, options, watching);
    const settlement = { provider: sender.provider, contract, ...watching };
    return withLogProver(places, options.prover, settlement, (prover) => settle({ ...prover, sender }, accesses));
  });
  const hex = frToHex(root);
  const rows = [
    ['posted', batchList(posted)],
    ['forced', forced === 0 ? 'nothing' : count(forced, 'forced batch', 'forced batches')],
    ['proven', batchList(proven)],
    [
      'waiting',
      waiting === 0 ? 'nothing' : `${count(waiting, 'batch', 'batches')} for another prover, whose time is not up`,
    ],
    ['root', `${hex}, consolidated`],
  ] as const;
  return {
    text: `Settled at ${contract}.\n${table(rows)}`,
    json: { contract, posted, forced, proven, waiting, root: hex },
  };
}

/** A contract on a chain, and how work with it reports progress and stops. */
interface Settlement extends Watching {
  readonly provider: Provider;
  readonly contract: Address;
}

/** Works with a prover and the database, which has the tree of the settlement's circuits and is created if missing. */
export async function withLogProver<T>(
  places: Places,
  choice: string,
  settlement: Settlement,
  work: (prover: LogProver & Settlement) => Promise<T>,
): Promise<T> {
  const programs = await findProvers(choice, process.env['PATH'] ?? '');
  const circuits = await readCircuits(settlement.provider, settlement.contract);
  warnOfKeys(circuits);
  const [{ name }] = circuits;
  const events = await eventsFile(places, settlement);
  const db = await opener(places)({ createIfMissing: true, bitsPerLevel: CATALOGUE[name].bitsPerLevel });
  const queue = new LocalQueue({ programs, onWarning: (warning) => printAside(`warning: ${warning}`) });
  try {
    return await work({ ...settlement, db, store: places.store, queue, events });
  } finally {
    await queue.close();
    await db.close();
  }
}

/** Where a settlement's events are kept, by chain and contract. */
export const eventsFile = async (
  { proofs }: Places,
  { provider, contract }: Pick<Settlement, 'provider' | 'contract'>,
): Promise<string> => {
  const name = `${await readChainId(provider)}-${contract.toLowerCase()}.jsonl`;
  return path.join(path.dirname(proofs), 'settlements', name);
};

/** Says which verifiers, by their own word, have keys of a single maker. */
export function warnOfKeys(circuits: SettlementCircuits): void {
  const names = new Set(circuits.filter(({ developmentKeys }) => developmentKeys).map(({ name }) => name));
  for (const name of names)
    printAside(
      `warning: the settlement's verifier of ${name} has development keys: whoever made them can forge proofs`,
    );
}

export async function forceCommand(places: Places, batchFile: string, options: ForceOptions): Promise<Outcome> {
  const { accesses } = await readBatch(places, batchFile, undefined);
  const contract = parseContract(options.contract);
  const { sender, forced } = await watched(async (watching) => {
    const own = await senderOf(places, options, watching);
    return { sender: own.address, forced: await forceBatch({ sender: own, contract, ...watching }, accesses) };
  });
  const { index, due } = forced;
  const time = new Date(due * 1000).toISOString();
  const next = nextSettle(places, options, contract, 'Next, once it is due');
  const rows = [
    ['forced batch', String(index)],
    ['due', `${time}: from then on anyone may post it, and nothing else can be posted before it`],
  ] as const;
  return {
    text: `Forced a batch at ${contract}.\n${table(rows)}\n${next.text}`,
    json: { contract, index, due: time, sender },
  };
}

/** The `settle` command to try next, on the same chain and from the same account. */
const nextSettle = (
  places: Places,
  { rpc, keystore }: SenderOptions,
  contract: string,
  when: string,
  ...batch: string[]
): Next => {
  // Values from the environment stay there: the URLs of endpoints contain keys.
  const endpoint = process.env['ROOTSHIFT_RPC'] === rpc ? undefined : rpc;
  return nextCommand(
    ['npx', 'rootshift', 'settle', ...batch],
    [['--rpc', endpoint], ['--contract', contract], ['--keystore', keystore], ...places.flags],
    when,
  );
};

export const batchList = (numbers: readonly number[]): string =>
  numbers.length === 0 ? 'nothing' : `${count(numbers.length, 'batch', 'batches')} (${numbers.join(', ')})`;

/** Who has which role in a new contract: the sender, where no option names another account. */
export function rolesOf(
  sender: Address,
  options: Pick<DeployOptions, 'admin' | 'sequencer' | 'provingAccount' | 'guardian'>,
) {
  const account = (option: string, text: string | undefined): Address =>
    text === undefined ? sender : parseAccount(option, text);
  return {
    admin: account('--admin', options.admin),
    sequencer: account('--sequencer', options.sequencer),
    prover: account('--proving-account', options.provingAccount),
    guardian: account('--guardian', options.guardian),
  };
}

export async function deployCommand(places: Places, options: DeployOptions): Promise<Outcome> {
  const [usual, deep] = circuitsWith(options.circuit ?? DEFAULT_CIRCUITS[2]);
  const seconds = (what: string, text: string): number => parseCount(what, text);
  const delays = {
    proverTimeout: seconds('--prover-timeout', options.proverTimeout),
    forceDelay: seconds('--force-delay', options.forceDelay),
    changeDelay: seconds('--change-delay', options.changeDelay),
  };
  const { contract, settings, sender } = await watched(async (watching) => {
    const sender = await senderOf(places, options, watching);
    const roles = rolesOf(sender.address, options);
    const keysOf = async (name: CircuitName) =>
      provingKeys(places.store, await compileCircuit(places.store, name, watching), watching);
    const keys = [await keysOf(usual!), await keysOf(deep ?? usual!)] as const;
    for (const warning of new Set(keys.flatMap((own) => (own.insecure ? [own.warning] : []))))
      printBetween(`warning: ${warning}`);
    const forced = options.forcedWrites;
    const maxForcedRecords = forced === undefined ? 0 : parseCount('--forced-writes', forced);
    const forcedRecordFee =
      options.forcedFee === undefined ? 0n : BigInt(parseCount('--forced-fee', options.forcedFee)) * 10n ** 9n;
    const genesisRoot = options.genesisRoot === undefined ? 0n : parseRoot('--genesis-root', options.genesisRoot);
    const all = { roles, ...delays, maxForcedRecords, forcedRecordFee, genesisRoot };
    const allowDevelopment = options.allowDevelopmentKeys === true;
    return {
      contract: await deploySettlement(sender, keys, all, { allowDevelopment }),
      settings: all,
      sender: sender.address,
    };
  });
  const next = nextSettle(places, options, contract, 'Next, with a batch of yours', 'batch.json');
  const rows = [
    ['contract', contract],
    ['circuits', `${usual} and ${deep ?? usual}`],
    ...Object.entries(settings.roles),
  ] as const;
  return {
    text: `Deployed a settlement.\n${table(rows)}\n${next.text}`,
    json: {
      contract,
      circuits: [usual, deep ?? usual],
      sender,
      ...settings,
      forcedRecordFee: String(settings.forcedRecordFee),
      genesisRoot: frToHex(settings.genesisRoot),
    },
  };
}

/** The account's key. It never appears on the command line, where other users of the machine could see it. */
export async function accountKey(keystore: string | undefined): Promise<`0x${string}`> {
  const { ROOTSHIFT_PRIVATE_KEY: key, ROOTSHIFT_KEYSTORE_PASSWORD: password } = process.env;
  if (keystore === undefined && key === undefined) {
    throw new InputError(
      'expected the private key of the sender in ROOTSHIFT_PRIVATE_KEY, or a --keystore file, got neither',
    );
  }
  if (keystore !== undefined && password === undefined)
    throw new InputError('expected the password of the keystore file in ROOTSHIFT_KEYSTORE_PASSWORD, got none');
  return keystore === undefined ? parsePrivateKey(key!) : openKeystore(await readTextFile(keystore), password!);
}

export async function senderOf(
  { proofs }: Places,
  { rpc, keystore, confirmations: text, maxFee: ether }: SenderOptions,
  { signal }: Watching,
): Promise<Sender> {
  const privateKey = await accountKey(keystore);
  const journal = await Journal.open(path.join(path.dirname(proofs), 'settlement.json'));
  const confirmations = parseCount('--confirmations', text);
  const maxFee = parseEtherAmount('--max-fee', ether);
  return new Sender({ url: rpc, privateKey, journal, confirmations, maxFee, signal });
}
