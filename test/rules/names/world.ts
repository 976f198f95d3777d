/**
 * A registry of names by a model written for the test, and chunks of rows as they are, right or wrong: a dishonest row
 * has a log, commitments and public signals that fit it, so nothing but the rule that it breaks can refuse it.
 */
import { readFile } from 'node:fs/promises';
import { toFr } from 'rootshift';
import {
  BATCH_START,
  contextHash,
  keyHashOf,
  publicKeyOf,
  recordsPolynomial,
  signingDomain,
  transactionsHash,
} from 'rootshift/rules';
import type { RulesPublics, RulesStart } from 'rootshift/rules';
import { NAMES, sign } from '../../../examples/names/names.js';
import type { NameRecord, SignedRecord } from '../../../examples/names/names.js';
import { program } from '../../machine/circuits/harness.js';
import type { Program } from '../../machine/circuits/harness.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import { rawLogHash } from '../circuits/world.js';

export const DEPLOYMENT = { chainId: 31337n, contract: 0xc0ffeen, version: 1 } as const;
export const CONTEXT = { batchNumber: 7n, timestamp: 1_800_000_000n, feeRecipient: 0xfee5n } as const;
export const DOMAIN = signingDomain(DEPLOYMENT);

export type Row = SignedRecord & { readonly owner: bigint };
export const SECRETS = [1, 2, 3].map((i) => new Uint8Array(32).fill(i));
export const [ALICE, BOB] = SECRETS as [Uint8Array, Uint8Array];
export const hashOf = (secret: Uint8Array): bigint => keyHashOf(publicKeyOf(secret));

const CIRCOM = new URL('../../../examples/names/names.circom', import.meta.url);
export const namesProgram = async (unoptimised = false): Promise<Program> =>
  program('Names(3)', {
    rules: true,
    unoptimised,
    own: [{ name: 'own/names.circom', text: await readFile(CIRCOM, 'utf8') }],
  });

export interface Made {
  readonly inputs: CircuitInputs;
  readonly publics: RulesPublics;
}

/** A record's elements, whatever its fields are. */
export const elementsOf = ({ kind, target, name }: NameRecord): bigint[] => {
  const number = { register: 1n, transfer: 2n, release: 3n }[kind];
  return [(number << 128n) + target, name];
};

/** A chunk of rows as they are, with all that follows from them. */
export function chunkOf(rows: readonly Row[], start: RulesStart = BATCH_START, x = 987654321n): Made {
  const tag = (3n << 160n) + 0x6e616d6573n;
  const log = rows.flatMap(({ record: { name, target }, owner, nonce }) => {
    const entry = [tag, name >> 128n, BigInt.asUintN(128, name)];
    return [
      [...entry, owner, nonce],
      [...entry, target, nonce + 1n],
    ];
  });
  const records = rows.map(({ record }) => elementsOf(record).map(toFr));
  const publics: RulesPublics = {
    ...start,
    logHash: rawLogHash(log, start.logHashIn),
    txHash: transactionsHash(records, start),
    x: toFr(x),
    dataOut: recordsPolynomial(toFr(x), records, start),
    carryOut: toFr(start.carryIn),
    context: contextHash({ ...CONTEXT, domain: DOMAIN }),
  };
  const [circuit] = NAMES.circuits;
  return { publics, inputs: NAMES.inputs({ rows, publics, deployment: DEPLOYMENT, context: CONTEXT }, circuit!) };
}

/** The model: who has which name, how many records there were about it, and the rows so far. */
export class Registry {
  readonly rows: Row[] = [];
  readonly #names = new Map<bigint, { readonly owner: bigint; readonly nonce: bigint }>();

  at(name: bigint): { readonly owner: bigint; readonly nonce: bigint } {
    return this.#names.get(name) ?? { owner: 0n, nonce: 0n };
  }

  /** Who may sign for a record. */
  isPermitted({ kind, target, name }: NameRecord, secret: Uint8Array): boolean {
    const { owner } = this.at(name);
    const signer = hashOf(secret);
    return kind === 'register' ? owner === 0n && signer === target : owner === signer;
  }

  /** Takes a record as it is. */
  take(record: NameRecord, secret: Uint8Array): this {
    const { owner, nonce } = this.at(record.name);
    this.rows.push({ ...sign(record, nonce, DOMAIN, secret), owner });
    this.#names.set(record.name, { owner: record.target, nonce: nonce + 1n });
    return this;
  }
}
