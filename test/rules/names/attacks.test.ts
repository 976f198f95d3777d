/** Dishonest users and operators of the registry of names, each beside an honest twin. */
import { beforeAll, describe, expect, it } from 'vitest';
import { signMessage, SUBGROUP_ORDER } from 'rootshift/rules';
import { nameOf, sign } from '../../../examples/names/names.js';
import type { NameRecord } from '../../../examples/names/names.js';
import type { CircuitInputs } from '../../../src/machine/witness/inputs.js';
import type { Program, Refusal } from '../../machine/circuits/harness.js';
import { ALICE, BOB, chunkOf, DOMAIN, hashOf, namesProgram, Registry } from './world.js';
import type { Row } from './world.js';

const NAME = nameOf('alice.example');
const register = (secret: Uint8Array, name = NAME): NameRecord => ({ kind: 'register', target: hashOf(secret), name });
const transfer = (to: Uint8Array): NameRecord => ({ kind: 'transfer', target: hashOf(to), name: NAME });
const RELEASE: NameRecord = { kind: 'release', target: 0n, name: NAME };

/** Alice registers, gives to Bob, who releases. */
const ROWS = new Registry().take(register(ALICE), ALICE).take(transfer(BOB), ALICE).take(RELEASE, BOB).rows;
const [REGISTERED, TRANSFERRED, RELEASED] = ROWS as [Row, Row, Row];

let names: Program;
beforeAll(async () => {
  names = await namesProgram();
});

async function accepted(inputs: CircuitInputs): Promise<void> {
  const outcome = await names.run(inputs);
  expect('refused' in outcome ? outcome.refused : null).toBeNull();
}

async function refused(inputs: CircuitInputs, template: string, source: string): Promise<void> {
  const outcome = await names.run(inputs);
  const refusal: Partial<Refusal> = 'refused' in outcome ? outcome.refused : {};
  expect({ template: refusal.template, source: refusal.source }).toEqual({ template, source });
}

const EQUATION = ['AssertSignature', 'enabled * (left[0] - right[0]) === 0;'] as const;
const KEY = ['AssertKeyHash', 'enabled * (hash - high * 2 ** 128 - keyHash) === 0;'] as const;
const RANGE = ['AssertBits', 'sum === in;'] as const;
const NON_ZERO = ['AssertNonZeroIs', 'in * inverse === nonZero;'] as const;

it('accepts the honest twins', async () => {
  await accepted(chunkOf(ROWS).inputs);
  await accepted(chunkOf([REGISTERED]).inputs);
  await accepted(chunkOf([]).inputs);
});

describe('a record is refused', () => {
  it('with a signature that does not hold', async () => {
    const { signature } = TRANSFERRED;
    for (const other of [{ ...signature, s: (signature.s + 1n) % SUBGROUP_ORDER }, REGISTERED.signature]) {
      await refused(chunkOf([REGISTERED, { ...TRANSFERRED, signature: other }]).inputs, ...EQUATION);
    }
  });

  it.each<[string, Partial<NameRecord>]>([
    ['kind', { kind: 'register' }],
    ['name', { name: NAME + 1n }],
    ['target', { target: 77n }],
  ])('of another %s than the signed one', async (_, change) => {
    const free = change.kind === 'register' ? { owner: 0n } : {};
    const record = { ...TRANSFERRED.record, ...change };
    const row = { ...TRANSFERRED, ...free, record };
    const secret = change.kind === 'register' ? BOB : ALICE;
    await accepted(chunkOf([{ ...row, ...sign(record, row.nonce, DOMAIN, secret) }]).inputs);
    await refused(chunkOf([row]).inputs, ...EQUATION);
  });

  it('signed for another deployment', async () => {
    const { record, nonce, owner } = TRANSFERRED;
    await refused(chunkOf([{ owner, ...sign(record, nonce, 5n as typeof DOMAIN, ALICE) }]).inputs, ...EQUATION);
  });

  it('signed by a stranger: of the name of another, or its release', async () => {
    for (const row of [TRANSFERRED, { ...RELEASED, owner: hashOf(ALICE) }]) {
      const { record, nonce, owner } = row;
      await accepted(chunkOf([{ owner, ...sign(record, nonce, DOMAIN, ALICE) }]).inputs);
      await refused(chunkOf([{ owner, ...sign(record, nonce, DOMAIN, BOB) }]).inputs, ...KEY);
    }
  });

  it('that registers for who did not sign', async () => {
    const { record, nonce, owner } = REGISTERED;
    await refused(chunkOf([{ owner, ...sign(record, nonce, DOMAIN, BOB) }]).inputs, ...KEY);
  });

  it('that registers a taken name', async () => {
    const row = { ...sign(register(BOB), 1n, DOMAIN, BOB), owner: hashOf(ALICE) };
    await accepted(chunkOf([{ ...row, owner: 0n }]).inputs);
    await refused(chunkOf([row]).inputs, 'Names', 'isRegister[i] * owner[i] === 0;');
  });

  it('that transfers or releases what nobody has', async () => {
    for (const row of [TRANSFERRED, RELEASED]) await refused(chunkOf([{ ...row, owner: 0n }]).inputs, ...NON_ZERO);
  });

  it('a second time, though the name was released in between', async () => {
    const honest = new Registry().take(register(ALICE), ALICE).take(RELEASE, ALICE).take(register(ALICE), ALICE);
    await accepted(chunkOf(honest.rows).inputs);
    const [first, second, third] = honest.rows as [Row, Row, Row];
    expect(third.nonce).toBe(2n);
    await refused(chunkOf([first, second, { ...first, nonce: third.nonce }]).inputs, ...EQUATION);
  });

  it('without a new owner, or with one in a release', async () => {
    for (const record of [
      { ...REGISTERED.record, target: 0n },
      { ...TRANSFERRED.record, target: 0n },
    ]) {
      const row = { ...sign({ ...record, target: 1n }, 0n, DOMAIN, ALICE), record, owner: hashOf(ALICE) };
      await refused(chunkOf([row]).inputs, ...NON_ZERO);
    }
    const record = { ...RELEASED.record, target: 1n };
    await refused(chunkOf([{ ...RELEASED, record }]).inputs, ...NON_ZERO);
  });

  it('of a name of 32 bytes, a target of 129 bits, a nonce of 64', async () => {
    const { inputs } = chunkOf([REGISTERED]);
    const most = chunkOf([{ owner: 0n, ...sign(register(ALICE, 2n ** 248n - 1n), 2n ** 64n - 2n, DOMAIN, ALICE) }]);
    await accepted(most.inputs);
    for (const [column, value] of Object.entries({ nameHigh: 2n ** 120n, target: 2n ** 128n })) {
      await refused({ ...inputs, [column]: [value, 0n, 0n] }, ...RANGE);
    }
    const late = { owner: 0n, ...sign(register(ALICE), 2n ** 64n - 1n, DOMAIN, ALICE) };
    await refused(chunkOf([late]).inputs, ...RANGE);
  });

  it('that is of two kinds', async () => {
    const { inputs } = chunkOf([REGISTERED]);
    await refused({ ...inputs, transfer: [1n, 0n, 0n] }, 'Bit', 'in * (in - 1) === 0;');
  });
});

describe('a chunk is refused', () => {
  it('with a log that reads or writes something else', async () => {
    const { inputs, publics } = chunkOf([REGISTERED]);
    const log = ['Names', 'committed === logHash;'] as const;
    await refused({ ...inputs, logHash: chunkOf([{ ...REGISTERED, nonce: 1n }]).publics.logHash }, ...log);
    await refused({ ...inputs, logHash: publics.txHash }, ...log);
  });

  it('with a record chosen once x is known, that has the same value at x', async () => {
    // At x = 1 the polynomial is the sum of the elements: one more in the target, one less in the name.
    const secret = ALICE;
    const at = (record: NameRecord): ReturnType<typeof chunkOf> => {
      const row = { owner: hashOf(secret), ...sign(record, 0n, DOMAIN, secret) };
      return chunkOf([row], undefined, 1n);
    };
    const honest = at({ kind: 'transfer', target: 76n, name: NAME });
    const other = at({ kind: 'transfer', target: 77n, name: NAME - 1n });
    expect(other.publics.dataOut).toBe(honest.publics.dataOut);
    await accepted(other.inputs);
    await refused({ ...other.inputs, txHash: honest.publics.txHash }, 'Names', 'absorbed === txHash;');
  });

  it('with other posted data, another context, or something carried', async () => {
    const { inputs, publics } = chunkOf(ROWS);
    await refused({ ...inputs, dataOut: publics.txHash }, 'Names', 'data === dataOut;');
    await refused({ ...inputs, batchNumber: 8n }, 'Names', 'opened === context;');
    await refused({ ...inputs, carryOut: 1n }, 'Names', 'carryOut === carryIn;');
  });

  it('with padding that says something, or stands before a record', async () => {
    const { inputs } = chunkOf([REGISTERED]);
    const low = inputs['nameLow'] as bigint[];
    await refused({ ...inputs, nameLow: low.with(1, 5n) }, ...NON_ZERO);
    const owner = inputs['owner'] as bigint[];
    await refused({ ...inputs, owner: owner.with(1, 5n) }, ...NON_ZERO);
    const late = chunkOf(ROWS).inputs;
    const flags = { register: [0n, 0n, 0n], target: (late['target'] as bigint[]).with(0, 0n) };
    expect(await names.run({ ...late, ...flags })).toHaveProperty('refused');
  });
});

it('signs as circuits check it', () => {
  expect(REGISTERED.signature).toEqual(sign(REGISTERED.record, 0n, DOMAIN, ALICE).signature);
  expect(signMessage(1n, ALICE)).not.toEqual(signMessage(2n, ALICE));
});
