/** Rules that somebody brings: a registry of names in under 200 lines, built on what the package exports alone. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { executeAll, executeOn, InstructionError, RecordingView, RejectedError } from 'rootshift/rules';
import { entryOf, nameOf, NAMES, sign } from '../../../examples/names/names.js';
import type { Kind, NameRecord } from '../../../examples/names/names.js';
import type { CircuitInput } from '../../../src/machine/witness/inputs.js';
import type { Program } from '../../machine/circuits/harness.js';
import { ALICE, BOB, chunkOf, CONTEXT, DOMAIN, hashOf, namesProgram, Registry, SECRETS } from './world.js';

const long = process.env['ROOTSHIFT_LONG'] !== undefined;
const ENVIRONMENT = { context: { ...CONTEXT, domain: DOMAIN }, carry: 0n };
const emptyView = (): RecordingView =>
  new RecordingView({ getMany: (entries) => Promise.resolve(entries.map(() => 0n as never)) });

describe('the example', () => {
  const text = async (file: string): Promise<string> =>
    readFile(fileURLToPath(new URL(`../../../examples/names/${file}`, import.meta.url)), 'utf8');

  it('has fewer than 200 lines of circom and TypeScript, comments and empty lines included', async () => {
    const lines = (await Promise.all(['names.circom', 'names.ts'].map(text))).join('').split('\n').length - 1;
    expect(lines).toBeLessThan(200);
  });

  it('imports the public interface alone', async () => {
    const imports = [...(await text('names.ts')).matchAll(/from '([^']+)'/g)].map((match) => match[1]);
    expect([...new Set(imports)].sort()).toEqual(['rootshift', 'rootshift/rules']);
  });
});

const record = (kind: Kind, name: string, target = 0n): NameRecord => ({ kind, target, name: nameOf(name) });

describe('a record', () => {
  const signed = sign(record('register', 'rootshift', hashOf(ALICE)), 0n, DOMAIN, ALICE);

  it('is the same after it was encoded, posted or hashed', () => {
    expect(NAMES.decode(NAMES.encode(signed))).toEqual(signed);
    expect(NAMES.post([signed.record])).toHaveLength(48);
    expect(NAMES.recordFrom(NAMES.elements(signed.record))).toEqual(signed.record);
    expect(NAMES.sender(signed)).toBe(hashOf(ALICE));
  });

  it.each<[string, Partial<NameRecord>]>([
    ['an empty name', { name: 0n }],
    ['a name of 32 bytes', { name: 1n << 248n }],
    ['no owner', { target: 0n }],
    ['an owner of 129 bits', { target: 1n << 128n }],
    ['a release with an owner', { kind: 'release' }],
  ])('is refused with %s', (_, change) => {
    expect(() => NAMES.elements({ ...signed.record, ...change })).toThrow(RejectedError);
  });

  it('is refused as bytes that no record has', () => {
    const bytes = NAMES.encode(signed);
    expect(() => NAMES.decode(bytes.subarray(1))).toThrow('expected 224 bytes, got 223');
    for (const kind of [0, 4])
      expect(() => NAMES.decode(Uint8Array.from(bytes).fill(kind, 0, 1))).toThrow('a kind from');
  });

  it('is refused with a signature that does not hold, or of a nonce that is not the next', async () => {
    expect(() => NAMES.check({ ...signed, nonce: 1n }, DOMAIN)).toThrow(
      'expected a signature of this record and nonce',
    );
    const view = emptyView();
    const early = sign(signed.record, 1n, DOMAIN, ALICE);
    await expect(executeOn(view, NAMES, early, ENVIRONMENT)).rejects.toThrow('expected nonce 0, got 1');
    expect(view.log).toEqual([]);
    await executeOn(view, NAMES, signed, ENVIRONMENT);
    await expect(executeAll(view, NAMES, [signed], ENVIRONMENT.context)).rejects.toThrow(InstructionError);
    expect(view.log.map(({ op }) => op)).toEqual(['read', 'write']);
  });
});

describe('random batches', () => {
  let names: Program;
  beforeAll(async () => {
    names = await namesProgram();
  });
  const TEXTS = ['a', 'b', 'x'.repeat(31)] as const;
  const anySecret = fc.constantFrom(...SECRETS);
  const anyStep = fc.record({
    kind: fc.constantFrom<Kind>('register', 'register', 'transfer', 'release'),
    name: fc.constantFrom(...TEXTS),
    to: anySecret,
    by: anySecret,
  });
  const COLUMNS = 'register transfer release target nameHigh nameLow owner nonce'.split(' ');

  it('have one outcome by model, executor, replay and circuit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 3, maxLength: 14 }),
        fc.constantFrom(...COLUMNS),
        fc.nat(2),
        async (steps, column, place) => {
          const model = new Registry();
          const view = emptyView();
          const follower = emptyView();
          const rows: unknown[] = [];
          for (const { kind, name, to, by } of steps) {
            const target = kind === 'release' ? 0n : hashOf(kind === 'register' ? by : to);
            const one = record(kind, name, target);
            const signed = sign(one, model.at(one.name).nonce, DOMAIN, by);
            const outcome = await executeOn(view, NAMES, signed, ENVIRONMENT).catch((error: unknown) => error);
            expect(outcome instanceof RejectedError).toBe(!model.isPermitted(one, by));
            if (outcome instanceof RejectedError) continue;
            model.take(one, by);
            rows.push((outcome as { row: unknown }).row);
            await NAMES.replay(follower, one, ENVIRONMENT);
          }
          expect(rows).toEqual(model.rows);
          expect(follower.log).toEqual(view.log);
          for (const text of TEXTS) {
            const { owner, nonce } = model.at(nameOf(text));
            expect(await view.peek(entryOf(nameOf(text)))).toBe((owner << 128n) + nonce);
          }
          let start = chunkOf([]).publics;
          for (let first = 0; first < model.rows.length; first += 3) {
            const chunk = model.rows.slice(first, first + 3);
            const { inputs, publics } = chunkOf(chunk, start);
            const outcome = await names.run(inputs);
            expect('refused' in outcome ? outcome.refused : null).toBeNull();
            const numbers = inputs[column] as readonly CircuitInput[];
            const other = { ...inputs, [column]: numbers.with(place, (numbers[place] as bigint) + 1n) };
            expect(await names.run(other)).toHaveProperty('refused');
            start = { ...publics, logHashIn: publics.logHash, txHashIn: publics.txHash, dataIn: publics.dataOut };
          }
        },
      ),
      { numRuns: long ? 200 : 6 },
    );
  });
});

it('a name passes from hand to hand', async () => {
  const model = new Registry().take(record('register', 'a', hashOf(ALICE)), ALICE);
  const view = emptyView();
  const gift = record('transfer', 'a', hashOf(BOB));
  const instructions = [model.rows[0]!, sign(gift, 1n, DOMAIN, ALICE), sign(record('release', 'a'), 2n, DOMAIN, BOB)];
  const { receipts } = await executeAll(view, NAMES, instructions, ENVIRONMENT.context);
  expect(NAMES.describe(receipts)).toBe('1 register, 1 transfer, 1 release');
  expect(await view.peek(entryOf(nameOf('a')))).toBe(3n);
});
