import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { toFr, ZERO } from '../../../src/base/field/fr.js';
import { execute } from '../../../src/machine/executor/executor.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { checkTrace } from '../../../src/machine/trace/check.js';
import { contextHash } from '../../../src/rules/common/context.js';
import { BATCH_START, rulesPublics } from '../../../src/rules/common/publics.js';
import type { RulesStart } from '../../../src/rules/common/publics.js';
import { RecordingView } from '../../../src/rules/common/view.js';
import { accountEntry, accountValue } from '../../../src/rules/payments/account.js';
import { PAYMENTS } from '../../../src/rules/payments/payments.js';
import { replayPosted } from '../../../src/rules/payments/posted.js';
import { logHash } from '../../../src/state/batch/log.js';
import { WorkingState } from '../../../src/state/hashdb/working-state.js';
import { program } from '../../machine/circuits/harness.js';
import type { Program } from '../../machine/circuits/harness.js';
import { databaseOf } from '../../machine/trace/honest.js';
import { anyPlans, play } from './random.js';
import { CONTEXT, DEPLOYMENT, stateOf } from './world.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
const TIME = LONG ? 3_600_000 : 120_000;

describe('random operations, valid and invalid', () => {
  it(
    'do what plain arithmetic says; their log leads to that state, and what is posted gives the log again',
    async () => {
      const all = new Set<string>();
      await fc.assert(
        fc.asyncProperty(anyPlans(24), async (plans) => {
          const db = await databaseOf(2, stateOf(new Map()));
          const { root } = await db.current();
          const { model, view, rows, queue, seen } = await play(plans, new WorkingState(db, root));
          for (const one of seen) all.add(one);

          // The log leads to the root of the model's accounts, made another way.
          expect(view.log).toHaveLength(rows.length * PAYMENTS.accessesPerRow);
          const { trace } = await execute(db, root, { accesses: view.log, where: String });
          expect(checkTrace(trace)).toBeNull();
          const entries = [...model.accounts].map(([address, account]) => ({
            ...accountEntry(address),
            value: accountValue(account),
          }));
          expect(trace.publics.newRoot).toBe((await loadEntries(db.scheme, entries)).root);

          // What is posted, and the queue, give the same log without a signature.
          const data = PAYMENTS.post(rows.map(({ record }) => record));
          const follower = new RecordingView(new WorkingState(db, root));
          const replayed = await replayPosted(follower, data, queue, CONTEXT);
          expect(replayed).toMatchObject({ records: rows.map(({ record }) => record), taken: queue.length });
          expect(follower.log).toEqual(view.log);
          expect(logHash(follower.log)).toBe(trace.publics.logHash);
        }),
        { numRuns: LONG ? 300 : 12 },
      );
      // Both outcomes of what has two, so that the test says something.
      const outcomes = ['signed true', 'signed false', 'deposit true', 'deposit false', 'setKey true', 'exit true'];
      expect([...all]).toEqual(expect.arrayContaining(outcomes));
    },
    TIME,
  );
});

describe('the circuit', () => {
  const ROWS = 3;
  let circuit: Program;
  beforeAll(async () => {
    circuit = await program(`Payments(${ROWS})`, { rules: true });
  }, TIME);

  it(
    'accepts what the rules execute, chunk by chunk, with the log that they record, and no other',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyPlans(16), async (plans) => {
          const db = await databaseOf(2, stateOf(new Map()));
          const { view, rows, carries } = await play(plans, new WorkingState(db, (await db.current()).root));
          let start: RulesStart = BATCH_START;
          for (let first = 0; first < rows.length; first += ROWS) {
            const some = rows.slice(first, first + ROWS);
            const publics = rulesPublics({
              start,
              accesses: view.log.slice(4 * first, 4 * (first + some.length)),
              records: some.map(({ record }) => PAYMENTS.elements(record)),
              carryOut: toFr(carries[first + some.length - 1]!),
              x: toFr(99n),
              context: contextHash(CONTEXT),
            });
            const inputsOf = (signals: typeof publics) =>
              PAYMENTS.inputs(
                { rows: some, publics: signals, deployment: DEPLOYMENT, context: CONTEXT },
                { rules: 'payments', rows: ROWS },
              );
            expect(await circuit.run(inputsOf(publics))).toHaveProperty('accepted');
            expect(await circuit.run(inputsOf({ ...publics, logHash: ZERO }))).toHaveProperty('refused');
            const { logHash: logHashIn, txHash: txHashIn, dataOut: dataIn, carryOut: carryIn } = publics;
            start = { logHashIn, txHashIn, dataIn, carryIn };
          }
          expect(start).toMatchObject({ logHashIn: logHash(view.log), carryIn: 0n });
        }),
        { numRuns: LONG ? 100 : 5 },
      );
    },
    TIME,
  );
});
