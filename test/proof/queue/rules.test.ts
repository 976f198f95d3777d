/** Chunks of rules in a queue, as those of storage: by workers that are killed, and after an interruption. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/engine/database.js';
import { proveRules } from '../../../src/engine/prove-rules.js';
import type { ProvenRulesBatch } from '../../../src/engine/prove-rules.js';
import { RULES_SIGNALS } from '../../../src/machine/circuit/rules-catalogue.js';
import { TraceFileError } from '../../../src/machine/trace/file.js';
import { ROOTSHIFT } from '../../../src/proof/prover/program.js';
import { LocalQueue } from '../../../src/proof/prover/queue.js';
import type { ProofQueue, RulesJob } from '../../../src/proof/prover/queue.js';
import type { RulesProof } from '../../../src/proof/prover/rules-proof-file.js';
import { packJob, unpackInputs } from '../../../src/proof/queue/job.js';
import { Jobs } from '../../../src/proof/queue/jobs.js';
import type { PaymentInstruction } from '../../../src/rules/payments/operation.js';
import { PAYMENTS } from '../../../src/rules/payments/payments.js';
import type { PaymentTypes } from '../../../src/rules/payments/payments.js';
import { freshFolder } from '../../cli/cli.js';
import { ALICE, BOB, CONTEXT, DEPLOYMENT, signed, transfer } from '../../rules/payments/world.js';
import { postgres } from '../../postgres/server.js';
import { STORE } from '../prover/prover.js';
import { runsOf, standIn, standInFile } from '../prover/stand-in.js';
import { connectTo, planner, worker, workerProcess } from './queue.js';

const deposit: PaymentInstruction = { kind: 'deposit', to: ALICE.address, keyHash: ALICE.keyHash, amount: 10n ** 18n };
const pay = (nonce: bigint): PaymentInstruction => signed(ALICE, transfer(ALICE, BOB.address, 5n, 1n), nonce);
/** Two chunks of rules, and two of storage. */
const INSTRUCTIONS = [deposit, pay(0n), pay(1n), { kind: 'collect' }] as const;

const prove = (db: string, queue: ProofQueue, unfinished?: string): Promise<ProvenRulesBatch<PaymentTypes>> =>
  proveRules({
    openDb: (options) => openDatabase(db, options),
    rules: PAYMENTS,
    instructions: INSTRUCTIONS,
    deployment: DEPLOYMENT,
    context: CONTEXT,
    rulesCircuit: 'pay3',
    circuit: 's16',
    store: STORE,
    queue,
    ...(unfinished !== undefined && { unfinished }),
  });

/** A proof file without what is random in it. */
const statement = ({ rulesChunks, storageChunks, ...rest }: RulesProof): object => ({
  ...rest,
  rulesChunks: rulesChunks.map((chunk) => ({ ...chunk, proof: null })),
  storageChunks: storageChunks.map((chunk) => ({ ...chunk, proof: null })),
});

it('are proven by workers though one is killed, once, and the file is the one that this process makes', async () => {
  const folder = await freshFolder();
  const url = (await postgres()).url();
  const asked = prove(path.join(folder, 'db'), await planner(url));
  // Keeps its job until it is killed.
  const victim = await workerProcess(folder, url, await standInFile(folder, 'held'), ['--lease-seconds', '2']);
  while (!victim.said.some((line) => line.endsWith('(pay3) taken'))) await new Promise((end) => setTimeout(end, 50));
  await victim.end('SIGKILL');
  const other = await worker(url, standIn(folder, 'replay'), { name: 'other', leaseSeconds: 60 });
  const { proof } = await asked;
  await other.stop();
  expect(await runsOf(folder, 'replay')).toHaveLength(4);
  const listed = await new Jobs(await connectTo(url)).list(9);
  expect(listed.map(({ circuit, state }) => `${circuit} ${state}`).sort()).toEqual([
    'pay3 done',
    'pay3 done',
    's16 done',
    's16 done',
  ]);
  expect(Math.max(...listed.map(({ tries }) => tries))).toBeGreaterThan(1);

  const here = await prove(path.join(folder, 'here'), new LocalQueue({ programs: [ROOTSHIFT] }));
  expect(statement(proof)).toEqual(statement(here.proof));
  // Nobody works any more: what is proven is not proven again.
  const again = await prove(path.join(folder, 'again'), await planner(url));
  expect(again.proof).toEqual(proof);
});

it('continue after an interruption with the proofs that were finished', async () => {
  const folder = await freshFolder();
  const db = path.join(folder, 'db');
  const unfinished = path.join(folder, 'unfinished');
  class Counted extends LocalQueue {
    asked: RulesJob[] = [];
    constructor(private readonly most: number) {
      super({ programs: [standIn(folder, 'replay')] });
    }
    override async proveRules(job: RulesJob, ...rest: [object?]): ReturnType<LocalQueue['proveRules']> {
      this.asked.push(job);
      if (this.asked.length > this.most) {
        // The first is done, and kept, before this one fails.
        while ((await readdir(unfinished).catch(() => [])).length === 0)
          await new Promise((end) => setTimeout(end, 50));
        throw new Error('interrupted');
      }
      return super.proveRules(job, ...rest);
    }
  }
  await expect(prove(db, new Counted(1), unfinished)).rejects.toThrow('interrupted');
  expect(await readdir(unfinished)).toHaveLength(1);
  const rest = new Counted(9);
  const { proof } = await prove(db, rest, unfinished);
  expect(rest.asked).toHaveLength(1);
  expect(proof.rulesChunks).toHaveLength(2);
  await expect(readdir(unfinished)).rejects.toThrow('ENOENT');

  const [job] = rest.asked as [RulesJob];
  const { inputs, publics } = await unpackInputs(await packJob(job));
  expect({ inputs, publics }).toEqual({ inputs: job.inputs, publics: job.publics });
});

/** Public signals, with this text as x. */
function withX(x: string): string {
  return JSON.stringify({ ...Object.fromEntries(RULES_SIGNALS.map((name) => [name, '0x1'])), x });
}

it.each<[string, string, RegExp]>([
  ['a list', '[]', /expected inputs by name/],
  ['no public signals', '{"x": "0x1"}', /publics|logHashIn/],
  ['a number out of range', withX('-1'), /x: expected/],
])('are no inputs: %s', async (_, text, says) => {
  await expect(unpackInputs(gzipSync(text))).rejects.toThrow(TraceFileError);
  await expect(unpackInputs(gzipSync(text))).rejects.toThrow(says);
});
