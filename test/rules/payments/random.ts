/** Random steps, of which about half are not permitted when they come, taken by the model and by the rules. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { executeOn, RejectedError } from '../../../src/rules/common/rules.js';
import { RecordingView } from '../../../src/rules/common/view.js';
import type { StateSource } from '../../../src/rules/common/view.js';
import { TOTAL_BALANCE } from '../../../src/rules/payments/account.js';
import type { Payment, PaymentInstruction, QueueOperation } from '../../../src/rules/payments/operation.js';
import { FOREVER } from '../../../src/rules/payments/record.js';
import { PAYMENTS } from '../../../src/rules/payments/payments.js';
import type { PaymentRow } from '../../../src/rules/payments/row.js';
import { Model } from './model.js';
import type { Step } from './model.js';
import { CONTEXT, signed, user } from './world.js';
import type { User } from './world.js';

export const USERS: readonly User[] = [0, 1, 2, 3].map(user);
/** What gives the first three of them ether and a key. */
const FUNDING: readonly QueueOperation[] = USERS.slice(0, 3).map(({ address, keyHash }) => ({
  kind: 'deposit',
  to: address,
  keyHash,
  amount: 10n ** 18n,
}));
const PLACES = [...USERS.map(({ address }) => address), CONTEXT.feeRecipient, 0x999n, 0n];

/** What a step is to be; what depends on the state is chosen when it is taken. */
const anyPlan = fc.record({
  kind: fc.constantFrom(
    'transfer',
    'transfer',
    'transfer',
    'withdraw',
    'deposit',
    'deposit',
    'setKey',
    'exit',
    'collect',
  ),
  by: fc.nat(USERS.length - 1),
  to: fc.nat(PLACES.length - 1),
  /** In eighths of what the account holds; 8 is all, 9 is too much. */
  share: fc.constantFrom(0, 1, 3, 8, 9),
  fee: fc.constantFrom(0n, 0n, 1n, 2n ** 28n - 1n),
  fault: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'nonce', 'otherKey', 'altered', 'expired'),
});
export type Plan = typeof anyPlan extends fc.Arbitrary<infer T> ? T : never;
export const anyPlans = (most: number): fc.Arbitrary<Plan[]> =>
  fc.array(anyPlan, { minLength: most / 2, maxLength: most });

function stepOf({ kind, by, to, share, fee, fault }: Plan, model: Model): Step {
  const owner = USERS[by]!;
  const place = PLACES[to]!;
  const unsigned = (instruction: PaymentInstruction): Step => ({ instruction, signer: 0n, isIntact: true });
  switch (kind) {
    case 'deposit':
      return unsigned({ kind, to: place, keyHash: share < 3 ? owner.keyHash : 0n, amount: BigInt(share) * 10n ** 17n });
    case 'setKey':
      return unsigned({ kind, account: place, keyHash: fault === 'none' ? owner.keyHash : 0n });
    case 'exit':
      return unsigned({ kind, account: place });
    case 'collect':
      return unsigned({ kind });
    case 'transfer':
    case 'withdraw': {
      const { balance, nonce } = model.at(owner.address);
      const paid = fee * 10n ** 9n;
      const free = balance > paid ? balance - paid : 0n;
      const payment: Payment = {
        from: owner.address,
        amount: (free * BigInt(share)) / 8n + (share === 9 ? 1n : 0n),
        fee,
        validUntil: fault === 'expired' ? CONTEXT.timestamp - 1n : FOREVER,
        // Recipients of 0 are refused before anything is signed.
        ...(kind === 'transfer' ? { kind, to: place || 1n } : { kind, recipient: place || 1n }),
      };
      const signer = fault === 'otherKey' ? USERS[(by + 1) % USERS.length]! : owner;
      const instruction = signed(signer, payment, fault === 'nonce' ? nonce + 1n : nonce);
      if (fault !== 'altered') return { instruction, signer: signer.keyHash, isIntact: true };
      const altered = { ...instruction, payment: { ...payment, amount: payment.amount + 1n } };
      return { instruction: altered, signer: signer.keyHash, isIntact: false };
    }
  }
}

/** What came of plans: the operations that were permitted, and the state that they left. */
export interface Played {
  readonly model: Model;
  readonly view: RecordingView;
  readonly rows: readonly PaymentRow[];
  /** What each row hands on. */
  readonly carries: readonly bigint[];
  /** Operations of the queue among them. */
  readonly queue: readonly QueueOperation[];
  /** Kinds of instructions, and whether they were permitted. */
  readonly seen: ReadonlySet<string>;
}

/**
 * Funds users, takes the plans, and collects the fees. After each step, the rules agree with the model on whether it is
 * permitted and on the fees so far, and no ether has appeared or is lost.
 */
export async function play(plans: readonly Plan[], source: StateSource): Promise<Played> {
  const model = new Model(CONTEXT.feeRecipient, CONTEXT.timestamp);
  const view = new RecordingView(source);
  const rows: PaymentRow[] = [];
  const carries: bigint[] = [];
  const queue: QueueOperation[] = [];
  const seen = new Set<string>();
  const take = async (step: Step): Promise<void> => {
    const { instruction } = step;
    const isPermitted = model.take(step);
    seen.add(`${instruction.kind} ${isPermitted}`);
    const environment = { context: CONTEXT, carry: carries.at(-1) ?? 0n };
    const outcome = await executeOn(view, PAYMENTS, instruction, environment).catch((error: unknown) => {
      if (error instanceof RejectedError) return error;
      throw error;
    });
    if (outcome instanceof RejectedError) {
      expect(isPermitted, outcome.message).toBe(false);
      return;
    }
    expect(isPermitted).toBe(true);
    expect(outcome.carry).toBe(model.fees);
    expect(model.total).toBe(TOTAL_BALANCE);
    rows.push(outcome.row);
    carries.push(outcome.carry);
    if (instruction.kind !== 'signed' && instruction.kind !== 'collect') queue.push(instruction);
  };
  for (const instruction of FUNDING) await take({ instruction, signer: 0n, isIntact: true });
  for (const plan of plans) await take(stepOf(plan, model));
  await take({ instruction: { kind: 'collect' }, signer: 0n, isIntact: true });
  return { model, view, rows, carries, queue, seen };
}
