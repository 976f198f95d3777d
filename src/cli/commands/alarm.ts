import { parseProof } from '../../proof/prover/proof-file.js';
import { parseRulesProof } from '../../proof/prover/rules-proof-file.js';
import { frToHex, toFr } from '../../base/field/fr.js';
import { raiseAlarm } from '../../settlement/alarm.js';
import { readBatches } from '../../settlement/chain.js';
import { raisePaymentsAlarm } from '../../settlement/payments/alarm.js';
import type { PostOptions } from '../../settlement/post.js';
import { inputAs, InputError, parseAccount, parseCount, readInput } from '../input.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';
import type { GuardOptions } from './guard.js';
import { readLedger, sending } from './pay-places.js';
import type { PaySendOptions } from './pay-places.js';
import { eventsFile } from './settle.js';

export interface PayAlarmOptions extends PaySendOptions {
  readonly provenBy?: string;
}

export interface AlarmOptions extends GuardOptions {
  readonly provenBy?: readonly string[];
}

/** Stops a payments contract by a proof of a consolidated batch that leads to another root. */
export async function payAlarmCommand(places: Places, file: string, options: PayAlarmOptions): Promise<Outcome> {
  const proof = await inputAs(await readInput(places, file), parseRulesProof);
  const prover = options.provenBy === undefined ? {} : { prover: parseAccount('--proven-by', options.provenBy) };
  return sending(places, options, async (payments) => {
    const { sender, contract } = payments;
    const ledger = await readLedger(places, sender.provider, contract);
    const { number, held, root } = await raisePaymentsAlarm(payments, ledger, proof, prover);
    const roots = [held, root].map((each) => frToHex(toFr(each)));
    return {
      text: `Raised the alarm at ${contract}: batch ${number} was proven to lead to ${roots.join(' and to ')}. It and all behind it are void, and the contract is frozen.`,
      json: { contract, number, roots },
    };
  });
}

/** Stops a settlement by two proofs of one batch that lead to different roots. */
export async function alarmCommand(
  places: Places,
  batch: string,
  files: readonly [string, string],
  options: AlarmOptions,
): Promise<Outcome> {
  const number = parseCount('BATCH', batch);
  const { provenBy = [] } = options;
  if (provenBy.length !== 0 && provenBy.length !== 2)
    throw new InputError(`--proven-by: expected the accounts of both proofs, got ${provenBy.length}`);
  const accounts = provenBy.map((account) => parseAccount('--proven-by', account));
  const one = await proofIn(places, files[0]);
  const other = await proofIn(places, files[1]);
  return sending(places, options, async (settlement: PostOptions) => {
    const { sender, contract } = settlement;
    const events = await eventsFile(places, { provider: sender.provider, contract });
    const posted = (await readBatches(sender.provider, contract, { events }))[number - 1];
    if (posted === undefined) throw new InputError(`BATCH: expected a batch of ${contract}, found no batch ${number}`);
    const [first = sender.address, second = sender.address] = accounts;
    const { roots } = await raiseAlarm(settlement, posted, [
      { prover: first, proof: one },
      { prover: second, proof: other },
    ]);
    const hex = roots.map((root) => frToHex(toFr(root)));
    return {
      text: `Raised the alarm at ${contract}: batch ${number} was proven to lead to ${hex.join(' and to ')}. The settlement is stopped for good.`,
      json: { contract, number, roots: hex },
    };
  });
}

const proofIn = async (places: Places, file: string) => inputAs(await readInput(places, file), parseProof);
