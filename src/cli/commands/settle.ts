import path from 'node:path';
import { CATALOGUE, type CircuitName, DEFAULT_CIRCUITS } from '../../circuit/catalogue.js';
import { compileCircuit } from '../../circuit/compile.js';
import { readTextFile } from '../../engine/files.js';
import { circuitsWith } from '../../engine/plan-batch.js';
import { frToHex, toFr } from '../../field/fr.js';
import { loadPoseidon } from '../../hash/poseidon.js';
import { provingKeys } from '../../prover/keys.js';
import { readCircuits } from '../../settlement/chain.js';
import { deploySettlement } from '../../settlement/deploy.js';
import { Journal } from '../../settlement/journal.js';
import { openKeystore, parsePrivateKey } from '../../settlement/private-key.js';
import { Sender } from '../../settlement/sender.js';
import { settle } from '../../settlement/settle.js';
import { opener } from '../database.js';
import { InputError, parseContract, parseCount, readBatch } from '../input.js';
import { count, type Outcome, printAside, table } from '../io.js';
import type { Places } from '../places.js';
import { withProgress } from '../progress.js';

interface SenderOptions {
  readonly rpc: string;
  readonly keystore?: string;
  readonly confirmations: string;
}

export interface SettleOptions extends SenderOptions {
  readonly contract: string;
}

export interface DeployOptions extends SenderOptions {
  readonly circuit?: CircuitName;
  readonly proverTimeout: string;
  readonly forceDelay: string;
  readonly resumeDelay: string;
  readonly allowDevelopmentKeys?: true;
}

export async function settleCommand(places: Places, batchFile: string | undefined, options: SettleOptions): Promise<Outcome> {
  const batch = batchFile === undefined ? null : await readBatch(batchFile, undefined);
  const contract = parseContract(options.contract);
  const sender = await senderOf(places, options);
  const [{ name }] = await readCircuits(sender.client, contract);
  const poseidon = await loadPoseidon();
  const db = await opener(poseidon, places)({ createIfMissing: true, bitsPerLevel: CATALOGUE[name].bitsPerLevel });
  try {
    const { posted, proven, root } = await withProgress((onProgress) =>
      settle({ poseidon, sender, contract, db, store: places.store, onProgress }, batch && batch.accesses));
    const hex = frToHex(toFr(root));
    const rows = [['posted', batchList(posted)], ['proven', batchList(proven)], ['root', `${hex}, consolidated`]] as const;
    return { text: `Settled at ${contract}.\n${table(rows)}`, json: { contract, posted, proven, root: hex } };
  } finally {
    await db.close();
  }
}

const batchList = (numbers: readonly number[]): string =>
  numbers.length === 0 ? 'nothing' : `${count(numbers.length, 'batch', 'batches')} (${numbers.join(', ')})`;

export async function deployCommand(places: Places, options: DeployOptions): Promise<Outcome> {
  const sender = await senderOf(places, options);
  const [usual, deep] = circuitsWith(options.circuit ?? DEFAULT_CIRCUITS[2]);
  const { address } = sender;
  const seconds = (what: string, text: string): number => parseCount(what, text);
  const settings = {
    admin: address, sequencer: address, prover: address, guardian: address,
    proverTimeout: seconds('--prover-timeout', options.proverTimeout),
    forceDelay: seconds('--force-delay', options.forceDelay),
    resumeDelay: seconds('--resume-delay', options.resumeDelay),
  };
  const contract = await withProgress(async (onProgress) => {
    const keysOf = async (name: CircuitName) =>
      provingKeys(places.store, await compileCircuit(places.store, name, onProgress), { onProgress });
    const keys = [await keysOf(usual!), await keysOf(deep ?? usual!)] as const;
    for (const warning of new Set(keys.flatMap((own) => (own.insecure ? [own.warning] : [])))) printAside(`warning: ${warning}`);
    return deploySettlement(sender, keys, settings, { allowDevelopment: options.allowDevelopmentKeys === true });
  });
  const rows = [['contract', contract], ['circuits', `${usual} and ${deep ?? usual}`], ['every role', address]] as const;
  return {
    text: `Deployed a settlement.\n${table(rows)}\nNext: npx rootshift settle batch.json --rpc ${options.rpc} --contract ${contract}${places.flags}`,
    json: { contract, circuits: [usual, deep ?? usual], sender: address, ...settings },
  };
}

/** The account is never named on the command line, where other users of the machine could see it. */
async function senderOf({ proofs }: Places, { rpc, keystore, confirmations }: SenderOptions): Promise<Sender> {
  const { ROOTSHIFT_PRIVATE_KEY: key, ROOTSHIFT_KEYSTORE_PASSWORD: password } = process.env;
  if (keystore === undefined && key === undefined) {
    throw new InputError('expected the private key of the sender in ROOTSHIFT_PRIVATE_KEY, or a --keystore file, got neither');
  }
  if (keystore !== undefined && password === undefined) throw new InputError('expected the password of the keystore file in ROOTSHIFT_KEYSTORE_PASSWORD, got none');
  const privateKey = keystore === undefined ? parsePrivateKey(key!) : openKeystore(await readTextFile(keystore), password!);
  const journal = await Journal.open(path.join(path.dirname(proofs), 'settlement.json'));
  return new Sender({ url: rpc, privateKey, journal, confirmations: parseCount('--confirmations', confirmations) });
}
