import type { Fr } from '../../base/field/fr.js';
import type { RulesCircuit, RulesSize } from '../../machine/circuit/rules-catalogue.js';
import type { CircuitInputs } from '../../machine/witness/inputs.js';
import type { Entry } from '../../state/batch/batch.js';
import type { Deployment, RulesContext } from './context.js';
import type { RulesPublics } from './publics.js';
import type { RecordElements } from './records.js';
import type { RecordingView, StateView } from './view.js';

/**
 * The types of one set of rules.
 * @see {@link PAYMENTS}
 */
export interface RulesTypes {
  /** What a user signs and sends. */
  readonly transaction: unknown;
  /** What a batch is a list of: transactions, and what others than users say. */
  readonly instruction: unknown;
  /** An instruction as it is posted, hashed and proven: without what only the prover needs, such as signatures. */
  readonly record: unknown;
  /** An executed instruction, as the circuit is told of it. */
  readonly row: unknown;
  /** What came of an instruction, for users and for the contract. */
  readonly receipt: unknown;
}

/**
 * Where in its batch an instruction is executed.
 * @see {@link executeOn}
 */
export interface Environment {
  readonly context: RulesContext;
  /** What the instructions before it hand on; 0 at a batch's start. */
  readonly carry: bigint;
}

/**
 * Rows that one proof is for.
 * @see {@link PAYMENTS}
 */
export interface ProvenRows<Row> {
  readonly rows: readonly Row[];
  readonly publics: RulesPublics;
  /** What the context commits to: the circuit opens it. */
  readonly deployment: Deployment;
  readonly context: Omit<RulesContext, 'domain'>;
}

/**
 * An instruction's outcome. Its accesses are in the view's log.
 * @see {@link executeOn}
 */
export interface Executed<T extends RulesTypes> {
  readonly receipt: T['receipt'];
  readonly row: T['row'];
  /** What it hands on to the next instruction. */
  readonly carry: bigint;
}

/**
 * Rules: what transactions there are, and what each does to a state. A circuit proves that a log of accesses is what a
 * list of records does; the storage circuits prove the same log. Whoever brings another implementation of this
 * interface, and its circuit, uses everything else as it is.
 * @see {@link PAYMENTS}
 */
export interface Rules<T extends RulesTypes> {
  /** In proof files and circuits' names. */
  readonly name: string;
  /** Counts circuits and definitions that differ: part of the signing domain. */
  readonly version: number;
  /** Accesses that each row makes; three rows make a multiple of three. */
  readonly accessesPerRow: number;
  /** The state before the first transaction. */
  readonly genesis: readonly Entry[];
  /** What proves them, at least one: circuits of the catalogue or of your own, see `RulesCircuit`. */
  readonly circuits: readonly RulesCircuit[];

  /** A transaction as users send it. */
  encode(transaction: T['transaction']): Uint8Array;
  /** @throws an error that says what was expected, what came, and where */
  decode(bytes: Uint8Array): T['transaction'];
  /** An instruction as files of batches have it: a transaction, or what others than users say. @throws as `decode` */
  decodeInstruction(bytes: Uint8Array): T['instruction'];
  /** What identifies a transaction: two with one hash have the same effect, and only one of them takes place. */
  hash(transaction: T['transaction'], domain: Fr): Fr;
  /** Whose transaction it is: an account's address. */
  sender(transaction: T['transaction']): bigint;
  /**
   * Makes sure of what can be known without the state, signatures included.
   * @throws {RejectedError} with what was expected
   */
  check(transaction: T['transaction'], domain: Fr): void;

  /**
   * Does what an instruction says, through the view alone; all that is asked of it is checked.
   * @throws {RejectedError} the state does not permit it: the view may then have some of its accesses, see `executeOn`
   */
  execute(view: StateView, instruction: T['instruction'], environment: Environment): Promise<Executed<T>>;
  /**
   * Does what a posted record says, without what is not posted: who follows L1 has no signatures.
   * @throws {RejectedError} the state does not permit it, so that nobody can prove it
   */
  replay(view: StateView, record: T['record'], environment: Environment): Promise<Omit<Executed<T>, 'row'>>;

  /** The record of the operation that a row executed. */
  recordOf(row: T['row']): T['record'];
  /** What the transactions' commitment and the posted polynomial take of a record. */
  elements(record: T['record']): RecordElements;
  /** The record that has these elements. @throws an error, if no instruction has such a record */
  recordFrom(elements: RecordElements): T['record'];
  /** The inputs of a circuit of these rules. @throws {CapacityError} it has fewer rows */
  inputs(chunk: ProvenRows<T['row']>, size: RulesSize): CircuitInputs;
  /** A batch's records as bytes on L1. */
  post(records: readonly T['record'][]): Uint8Array;
  /** What records do, in a few words: `17 transfers, 2 deposits`. */
  describe(records: readonly T['record'][]): string;
  /** What must be asked elsewhere before records are believed, a sentence each; empty if a proof shows all of it. */
  assumptions(records: readonly T['record'][]): readonly string[];
}

/** By this they know each other: a command's rules come from a module with its own copy of this package. */
const REJECTED = Symbol.for('rootshift.RejectedError');

/** An instruction is not permitted; its class says why. */
export abstract class RejectedError extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, REJECTED, { value: true });
  }
}

/** Whether an error says that an instruction is not permitted, whichever copy of this package made it. */
export const isRejection = (error: unknown): error is RejectedError => error instanceof Error && REJECTED in error;

/**
 * Executes an instruction, or leaves the view as it was.
 * @throws {RejectedError} the instruction is not permitted
 *
 * @example
 * const view = new RecordingView(new WorkingState(db, root));
 * const deposit = { kind: 'deposit', to: 0xa11cen, keyHash: 0n, amount: 100n } as const;
 * await executeOn(view, PAYMENTS, deposit, { context, carry: 0n });
 */
export const executeOn = <T extends RulesTypes>(
  view: RecordingView,
  rules: Rules<T>,
  instruction: T['instruction'],
  environment: Environment,
): Promise<Executed<T>> => view.attempt(() => rules.execute(view, instruction, environment));

/**
 * Instructions, executed in their order.
 * @see {@link executeAll}
 */
export interface ExecutedBatch<T extends RulesTypes> {
  readonly receipts: readonly T['receipt'][];
  readonly rows: readonly T['row'][];
  /** What each row hands on to the next. */
  readonly carries: readonly bigint[];
}

/** An instruction of a list is not permitted: `cause` says why. */
export class InstructionError extends Error {
  override readonly name = 'InstructionError';
  constructor(
    /** The instruction's place in the list, from 0. */
    readonly index: number,
    override readonly cause: RejectedError,
  ) {
    super(`instruction ${index}: ${cause.message}`, { cause });
  }
}

/**
 * Executes a batch's instructions, or, if one is not permitted, those before it.
 * @throws {InstructionError} with the first that is not permitted
 *
 * @example
 * const view = new RecordingView(new WorkingState(db, root));
 * const { rows } = await executeAll(view, PAYMENTS, instructions, context);
 * view.log.length === rows.length * PAYMENTS.accessesPerRow; // true
 */
export async function executeAll<T extends RulesTypes>(
  view: RecordingView,
  rules: Rules<T>,
  instructions: readonly T['instruction'][],
  context: RulesContext,
): Promise<ExecutedBatch<T>> {
  const receipts: T['receipt'][] = [];
  const rows: T['row'][] = [];
  const carries: bigint[] = [];
  for (const [index, instruction] of instructions.entries()) {
    try {
      const carry = carries.at(-1) ?? 0n;
      const executed = await executeOn(view, rules, instruction, { context, carry });
      receipts.push(executed.receipt);
      rows.push(executed.row);
      carries.push(executed.carry);
    } catch (error) {
      if (isRejection(error)) throw new InstructionError(index, error);
      throw error;
    }
  }
  return { receipts, rows, carries };
}
