import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logHash } from '../../../src/state/batch/log.js';
import { WorkingState } from '../../../src/state/hashdb/working-state.js';
import { execute } from '../../../src/machine/executor/executor.js';
import { loadEntries } from '../../../src/machine/executor/load.js';
import { checkTrace } from '../../../src/machine/trace/check.js';
import { executeOn } from '../../../src/rules/common/rules.js';
import { RecordingView } from '../../../src/rules/common/view.js';
import { TOTAL_BALANCE, accountEntry, accountValue } from '../../../src/rules/payments/account.js';
import type { QueueOperation } from '../../../src/rules/payments/operation.js';
import { PAYMENTS } from '../../../src/rules/payments/payments.js';
import { replayPosted } from '../../../src/rules/payments/posted.js';
import type { PaymentRow } from '../../../src/rules/payments/row.js';
import { RejectedError } from '../../../src/rules/common/rules.js';
import { databaseOf } from '../../machine/trace/honest.js';
import { Model } from './model.js';
import { anyPlans, FUNDING, stepOf } from './random.js';
import { CONTEXT, stateOf } from './world.js';

const RUNS = process.env['ROOTSHIFT_LONG'] === undefined ? 12 : 300;

describe('random operations, valid and invalid', () => {
  it('do what plain arithmetic says, and no ether appears or is lost', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(anyPlans(24), async (plans) => {
        const model = new Model(CONTEXT.feeRecipient, CONTEXT.timestamp);
        const db = await databaseOf(2, stateOf(new Map()));
        const { root } = await db.current();
        const view = new RecordingView(new WorkingState(db, root));
        const rows: PaymentRow[] = [];
        const queue: QueueOperation[] = [];
        let carry = 0n;
        const take = async (step: ReturnType<typeof stepOf>): Promise<void> => {
          const { instruction } = step;
          const isPermitted = model.take(step);
          const outcome = await executeOn(view, PAYMENTS, instruction, { context: CONTEXT, carry }).catch(
            (error: unknown) => {
              if (error instanceof RejectedError) return error;
              throw error;
            },
          );
          seen.add(`${instruction.kind} ${isPermitted}`);
          if (outcome instanceof RejectedError) {
            expect(isPermitted, outcome.message).toBe(false);
            return;
          }
          expect(isPermitted).toBe(true);
          rows.push(outcome.row);
          ({ carry } = outcome);
          if (instruction.kind !== 'signed' && instruction.kind !== 'collect') queue.push(instruction);
          expect(carry).toBe(model.fees);
          expect(model.total).toBe(TOTAL_BALANCE);
        };
        for (const instruction of FUNDING) await take({ instruction, signer: 0n, isIntact: true });
        for (const plan of plans) await take(stepOf(plan, model));
        await take({ instruction: { kind: 'collect' }, signer: 0n, isIntact: true });

        // The log leads to the root of the model's accounts, made another way.
        expect(view.log).toHaveLength(rows.length * PAYMENTS.accessesPerRow);
        const where = String;
        const { trace } = await execute(db, root, { accesses: view.log, where });
        expect(checkTrace(trace)).toBeNull();
        const entries = [...model.accounts].map(([address, account]) => ({
          ...accountEntry(address),
          value: accountValue(account),
        }));
        expect(trace.publics.newRoot).toBe((await loadEntries(db.scheme, entries)).root);

        // What is posted, and the queue, give the same log without a signature.
        const data = Buffer.concat(rows.map(({ record }) => PAYMENTS.post(record)));
        const follower = new RecordingView(new WorkingState(db, root));
        const replayed = await replayPosted(follower, data, queue, CONTEXT);
        expect(replayed).toMatchObject({ records: rows.map(({ record }) => record), taken: queue.length });
        expect(follower.log).toEqual(view.log);
        expect(logHash(follower.log)).toBe(trace.publics.logHash);
      }),
      { numRuns: RUNS },
    );
    // Both outcomes of what has two, so that the test says something.
    const outcomes = ['signed true', 'signed false', 'deposit true', 'deposit false', 'setKey true', 'exit true'];
    expect([...seen]).toEqual(expect.arrayContaining(outcomes));
  }, 120_000);
});
