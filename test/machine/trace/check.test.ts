import { beforeAll, describe, expect, it } from 'vitest';
import { poseidon } from '../../../src/base/hash/poseidon.js';
import { checkTrace } from '../../../src/machine/trace/check.js';
import type { Trace } from '../../../src/machine/trace/trace.js';
import { TRACE_RULES, describeViolation } from '../../../src/machine/trace/violation.js';
import { CORRUPTIONS, fr, readOf, showByWrite, writeOf } from './corruptions.js';
import type { Draft } from './corruptions.js';
import { richTrace } from './honest.js';

const traces = new Map<number, Trace>();
beforeAll(async () => {
  for (const bits of [1, 2] as const) traces.set(bits, await richTrace(bits));
});

describe.each([1, 2] as const)('a trace of %i bits a level', (bits) => {
  const draft = (): Draft => structuredClone(traces.get(bits)!) as Draft;

  it('is accepted when it is honest', () => {
    expect(checkTrace(draft())).toBeNull();
  });

  it.each([
    ['an absent key, at an empty node', false, false, 'nothing'],
    ['an absent key, at another leaf', false, true, 'nothing'],
    ['a present key', true, false, 'update'],
  ] as const)('is accepted when a write row shows an unchanged key: %s', (_, present, beside, effect) => {
    const t = draft();
    showByWrite(t, readOf(t, present, beside), effect);
    expect(checkTrace(t)).toBeNull();
  });

  it('may have its rows in another order, as long as the writes chain', () => {
    const t = draft();
    t.reads.reverse();
    expect(checkTrace(t)).toBeNull();
  });

  it.each(CORRUPTIONS)('is refused for %s: %s (%s)', (table, rule, _, corrupt) => {
    const t = draft();
    const row = corrupt(t);
    expect(checkTrace(t)).toMatchObject({ table, row, rule });
  });
});

it('every rule refuses something', () => {
  expect(new Set(CORRUPTIONS.map(([, rule]) => rule))).toEqual(new Set(TRACE_RULES));
});

it('the delete that circomlib accepts, a lone leaf left deep, is refused', () => {
  // As {1: 7, 2: 5} without 2: the leaf that stays is left below a branch instead of moving up.
  const t = structuredClone(traces.get(1)!) as Draft;
  const row = writeOf(t, 'deleteAndLift');
  const { siblings, extension, otherLeaf } = t.writes[row]!;
  const lone = poseidon.hash([otherLeaf!.key, otherLeaf!.value, fr(1n)]);
  const longer = [...siblings, ...Array.from({ length: extension - 1 }, () => [fr(0n)]), [lone]];
  t.writes[row] = { ...t.writes[row]!, effect: 'delete', siblings: longer, extension: 0, otherLeaf: null };
  expect(checkTrace(t)).toMatchObject({
    table: 'writes',
    row,
    rule: 'a sibling that stays alone shows its children, and no other does',
  });
  t.writes[row]!.siblingChildren = [otherLeaf!.key, fr(otherLeaf!.value)];
  expect(checkTrace(t)).toMatchObject({ rule: 'the children hash to the sibling that stays alone' });
});

it('a violation in words has table, row, rule and what was expected', () => {
  const t = structuredClone(traces.get(1)!) as Draft;
  t.keys[0]!.lastTime -= 1;
  expect(describeViolation(checkTrace(t)!)).toMatch(
    /^keys\[0\] breaks the rule «the last time is that of the last access»: expected \d+, got \d+$/,
  );
});
