/** `settlePayments` with real proofs, killed over and over: nothing is sent twice, and nothing is proven twice. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../src/engine/database.js';
import { ArtifactStore } from '../../../src/machine/circuit/artifacts.js';
import { compileCircuit } from '../../../src/machine/circuit/compile.js';
import type { AnyCircuitName } from '../../../src/machine/circuit/rules-catalogue.js';
import { provingKeys } from '../../../src/proof/prover/keys.js';
import { ROOTSHIFT } from '../../../src/proof/prover/program.js';
import { LocalQueue } from '../../../src/proof/prover/queue.js';
import type { ProofJob, RulesJob } from '../../../src/proof/prover/queue.js';
import { depositPayment } from '../../../src/settlement/payments/ask.js';
import { adoptVerifiers } from '../../../src/settlement/administer.js';
import { announcePaymentsVerifiers, deployPayments } from '../../../src/settlement/payments/deploy.js';
import { keepDraft } from '../../../src/settlement/payments/draft.js';
import { readPayments } from '../../../src/settlement/payments/ledger.js';
import { settlePayments } from '../../../src/settlement/payments/prove.js';
import type { SettledPayments } from '../../../src/settlement/payments/prove.js';
import type { Sender } from '../../../src/settlement/sender.js';
import { ARTIFACTS } from '../../cli/cli.js';
import { endpointUntil } from '../endpoint.js';
import { DELAYS, startPayments } from './world.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;

/** Counts what it proves, and ends once between the proof of the rules and that of the storage. */
class Counting extends LocalQueue {
  static made: string[] = [];
  static ends = 1;
  override async prove(job: ProofJob, options = {}) {
    if (Counting.ends-- > 0) throw new Error('killed');
    const proven = await super.prove(job, options);
    Counting.made.push(job.circuit.name);
    return proven;
  }
  override async proveRules(job: RulesJob, options = {}) {
    const proven = await super.proveRules(job, options);
    Counting.made.push(job.circuit.name);
    return proven;
  }
}

it('goes on where it was killed, at any call and between proofs', async () => {
  const world = await startPayments();
  onTestFinished(() => world.stop());
  const store = new ArtifactStore(ARTIFACTS);
  const keysOf = async (name: AnyCircuitName) => provingKeys(store, await compileCircuit(store, name));
  const s16 = await keysOf('s16');
  const pay3 = await keysOf('pay3');
  const operator = await world.senderOf('operator');
  const { address: own } = operator;
  const roles = { admin: own, sequencer: own, prover: own, guardian: own };
  const contract = await deployPayments(operator, { storage: [s16, s16], rules: [pay3, pay3] }, { roles, ...DELAYS });
  const alice = await world.senderOf('alice');
  await depositPayment({ sender: alice, contract }, { amount: 10n ** 18n });
  const unfinished = path.join(world.folder, 'proofs');
  const nonce = () => world.reader.getTransactionCount({ address: own });
  const before = await nonce();

  const settle = (sender: Sender, signal?: AbortSignal): Promise<SettledPayments> =>
    settlePayments(
      {
        sender,
        contract,
        openDb: (options) => openDatabase(path.join(world.folder, 'db'), options),
        store,
        newQueue: () => new Counting({ programs: [ROOTSHIFT] }),
        signatures: path.join(world.folder, 'signatures.txt'),
        unfinished,
        ...(signal && { signal }),
      },
      [],
    );

  let settled: SettledPayments | null = null;
  let kills = 0;
  for (let call = 1; settled === null; call += LONG ? 1 : 3) {
    for (const when of LONG ? (['before', 'after'] as const) : ([call % 2 === 0 ? 'before' : 'after'] as const)) {
      const { url, reached } = await endpointUntil(world.url, { call, when });
      const stop = new AbortController();
      const killed = await world.senderOf('operator', { url, journal: operator.journal, signal: stop.signal });
      const ended = settle(killed, stop.signal);
      ended.catch(() => {});
      const outcome = await Promise.race([reached, ended.catch(() => 'killed')]);
      // A process that ends releases the database: here it is told to.
      stop.abort(new Error('killed'));
      if (typeof outcome !== 'string') {
        settled = outcome;
        break;
      }
      await ended.catch(() => {});
      kills++;
    }
  }
  expect(kills).toBeGreaterThan(5);
  expect(settled).toMatchObject({ posted: [1], waiting: 0 });
  expect(Counting.made.toSorted()).toEqual(['pay3', 's16']);
  // Posted and consolidated once, in one call.
  expect((await nonce()) - before).toBe(1);
  const { batches } = await readPayments(operator.provider, contract);
  expect(batches.map(({ root }) => root)).toEqual([settled.root]);
  // What is accepted is kept no longer.
  await expect(readdir(unfinished)).rejects.toThrow('ENOENT');

  // Other verifiers are taken after the delay, and what is posted from then on is proven for the next version.
  const keys = { storage: [s16, s16], rules: [pay3, pay3] } as const;
  const again = await world.senderOf('operator');
  await announcePaymentsVerifiers({ sender: again, contract }, keys);
  await expect(adoptVerifiers({ sender: again, contract })).rejects.toThrow(/NotAdoptable/);
  await world.pass(DELAYS.changeDelay);
  await adoptVerifiers({ sender: again, contract });
  await depositPayment({ sender: alice, contract }, { amount: 5n });
  // What was begun an hour ago is too old to be posted.
  const begun = Number((await world.reader.getBlock()).timestamp);
  await keepDraft(unfinished, { number: 2, timestamp: begun - 3600, operations: 1 });
  expect(await settle(again)).toMatchObject({ posted: [2], proven: [{ number: 2, what: '1 deposit' }], waiting: 0 });
  const after = await readPayments(operator.provider, contract);
  expect(after.batches.map(({ posted }) => posted.version)).toEqual([1, 2]);

  // A batch whose proofs are late is posted while they are made, and they are of what is posted.
  await depositPayment({ sender: alice, contract }, { amount: 6n });
  const late = Number((await world.reader.getBlock()).timestamp);
  await keepDraft(unfinished, { number: 3, timestamp: late, operations: 1 });
  await world.pass(2000);
  const sent = await nonce();
  const made = Counting.made.length;
  expect(await settle(again)).toMatchObject({ posted: [3], proven: [{ number: 3, what: '1 deposit' }], waiting: 0 });
  expect((await nonce()) - sent).toBe(2);
  expect(Counting.made.slice(made).toSorted()).toEqual(['pay3', 's16']);
  expect((await readPayments(operator.provider, contract)).batches[2]!.posted.timestamp).toBe(late);
});
