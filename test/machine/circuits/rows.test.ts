/**
 * Rows on all small binary trees, under a hash without collisions: a node is what it was made of. Every row that a
 * prover could offer is tried against the rules of its template, at every length. What breaks no rule must be right;
 * and for each rule there must be a wrong row that breaks no other.
 *
 * A model of the templates, rule by rule as circuits/*_row.circom has them. That circuits refuse what breaks a rule,
 * is for the attacks to show. All flags are bits, those of the extension too, so that the long lane is no shorter; and
 * a path's own slot is free: Bit and Path see to it.
 */
import { describe, expect, it } from 'vitest';

const KEY_BITS = 3;
const KEYS = Array.from({ length: 2 ** KEY_BITS }, (_, key) => key);
const VALUES = [0, 1, 2] as const;
type Value = (typeof VALUES)[number];

/** Nodes by number, each with what it was made of; 0 is the empty node. */
const NODES: (readonly ['leaf' | 'inner', number, number])[] = [['inner', 0, 0]];
const numbers = new Map<string, number>();
function node(kind: 'leaf' | 'inner', a: number, b: number): number {
  const name = `${kind} ${a} ${b}`;
  let number = numbers.get(name);
  if (number === undefined) numbers.set(name, (number = NODES.push([kind, a, b]) - 1));
  return number;
}
const leaf = (key: number, value: number): number => node('leaf', key, value);
const isInner = (number: number): boolean => number !== 0 && NODES[number]![0] === 'inner';

/** An entry's value by its key; 0 is absent. */
type State = readonly Value[];

/** The canonical tree. */
function rootOf(state: State, keys: readonly number[] = KEYS, level = 0): number {
  const present = keys.filter((key) => state[key] !== 0);
  if (present.length === 0) return 0;
  if (present.length === 1) return leaf(present[0]!, state[present[0]!]!);
  const [left, right] = [0, 1].map((bit) => present.filter((key) => digit(key, level) === bit));
  return node('inner', rootOf(state, left, level + 1), rootOf(state, right, level + 1));
}

const digit = (key: number, level: number): number => (key >> level) & 1;

/** All states in which entries have the value 1. Of a row's key other values are claimed. */
const STATES: State[] = Array.from({ length: 2 ** KEYS.length }, (_, set) =>
  KEYS.map((key): Value => ((set >> key) & 1) as 0 | 1),
);

/** `bottom` hashed up the active levels of the path of `key`. */
function fold(key: number, bottom: number, active: readonly boolean[], siblings: readonly number[]): number {
  let at = bottom;
  for (let level = active.length - 1; level >= 0; level--) {
    if (!active[level]) continue;
    const own = at;
    const sibling = siblings[level]!;
    at = digit(key, level) === 0 ? node('inner', own, sibling) : node('inner', sibling, own);
  }
  return at;
}

/** The one node that leads to `root` by the active levels, and the siblings there; null where there is none. */
function unfold(
  key: number,
  root: number,
  active: readonly boolean[],
): { bottom: number; siblings: (number | null)[] } | null {
  let bottom = root;
  const siblings: (number | null)[] = [];
  for (const [level, isActive] of active.entries()) {
    if (!isActive) {
      siblings.push(null);
      continue;
    }
    if (!isInner(bottom)) return null;
    const [, left, right] = NODES[bottom]!;
    siblings.push(digit(key, level) === 0 ? right : left);
    bottom = digit(key, level) === 0 ? left : right;
  }
  return { bottom, siblings };
}

/** Every way to fill in siblings that the tree before does not decide. */
const STRANGERS = [0, leaf(1, 1), leaf(2, 1), leaf(0, 1), node('inner', leaf(2, 1), leaf(6, 1))];
function* filled(siblings: readonly (number | null)[], with_: readonly number[]): Generator<number[]> {
  const free = siblings.indexOf(null);
  if (free === -1) yield siblings as number[];
  else for (const sibling of with_) yield* filled(siblings.with(free, sibling), with_);
}

const flags = (levels: number, depth: number): boolean[] => Array.from({ length: levels }, (_, l) => l < depth);
const allFlags = (levels: number): boolean[][] =>
  Array.from({ length: 2 ** levels }, (_, set) => Array.from({ length: levels }, (__, l) => ((set >> l) & 1) === 1));
const LEAVES = KEYS.flatMap((key) => VALUES.map((value) => ({ key, value })));

interface Offer {
  readonly broken: readonly string[];
  readonly isRight: boolean;
  /** What the row says of its key. */
  readonly claim: string;
}

/** A rule is broken where `holds` is false. */
const brokenOf = (rules: Readonly<Record<string, boolean>>): string[] =>
  Object.entries(rules)
    .filter(([, holds]) => !holds)
    .map(([name]) => name);

function* readOffers(state: State, levels: number, key: number): Generator<Offer> {
  const root = rootOf(state);
  for (const active of allFlags(levels)) {
    const found = unfold(key, root, active);
    if (found === null) continue;
    for (const value of VALUES) {
      for (const other of [false, true]) {
        for (const end of LEAVES) {
          const present = value !== 0;
          if (present && other && end.key === key) continue; // twice the leaf, which is nobody's hash
          if ((present || other ? leaf(end.key, end.value) : 0) !== found.bottom) continue;
          yield {
            broken: brokenOf({
              'path flags fall once': active.every((isActive, l) => !isActive || l === 0 || active[l - 1]!),
              'a present key has its own leaf': !present || end.key === key,
              'a present key has its own value': !present || end.value === value,
              'another leaf is of another key': !other || end.key !== key,
            }),
            isRight: state[key] === value,
            claim: `${value}`,
          };
        }
      }
    }
  }
}

/** Flags in any order: to the key's own leaf only its own path leads. */
function* updateOffers(state: State, levels: number, key: number): Generator<Offer> {
  const root = rootOf(state);
  for (const active of allFlags(levels)) {
    const found = unfold(key, root, active);
    if (found === null) continue;
    for (const old of VALUES) {
      for (const value of VALUES) {
        if (leaf(key, old) !== found.bottom) continue;
        for (const siblings of filled(found.siblings, [0])) {
          const after = fold(key, leaf(key, value), active, siblings);
          yield {
            broken: brokenOf({ 'the new value is there': value !== 0 }),
            isRight: state[key] === old && after === rootOf(state.with(key, value)),
            claim: `${old} ${value}`,
          };
        }
      }
    }
  }
}

function* writeOffers(state: State, levels: number, key: number): Generator<Offer> {
  const root = rootOf(state);
  for (const old of VALUES) {
    for (const value of VALUES) {
      const was = old !== 0;
      const is = value !== 0;
      const updates = was && is;
      const deletes = was && !is;
      const any = was || is;
      for (let short = 0; short <= levels; short++) {
        for (let long = short; long <= levels; long++) {
          const isShort = flags(levels, short);
          const isLong = flags(levels, long);
          const found = unfold(key, root, deletes ? isLong : isShort);
          if (found === null) continue;
          for (const other of [false, true]) {
            for (const end of LEAVES) {
              if (updates && other && end.key === key) continue;
              const shortBottom = updates || other ? leaf(end.key, end.value) : 0;
              const longBottom = any ? leaf(key, deletes ? old : value) : shortBottom;
              if ((deletes ? longBottom : shortBottom) !== found.bottom) continue;
              for (const siblings of filled(found.siblings, [...new Set([...STRANGERS, shortBottom])])) {
                const extension = Array.from({ length: long - short }, (_, i) => short + i);
                const beside = short === 0 ? 0 : siblings[short - 1]!;
                const below = deletes && short > 0;
                const after = deletes
                  ? fold(key, shortBottom, isShort, siblings)
                  : fold(key, longBottom, isLong, siblings);
                yield {
                  broken: brokenOf({
                    'an update has its own leaf': !updates || end.key === key,
                    'an update has its own old value': !updates || end.value === old,
                    'another leaf is of another key': !other || end.key !== key,
                    'there is an extension exactly if leaves part': extension.length > 0 === (other && any),
                    'keys part at the end of the extension': extension.every(
                      (l) => (digit(key, l) !== digit(end.key, l)) === (l + 1 === long),
                    ),
                    'on the extension there is the other leaf alone': extension.every((l) => {
                      if (l + 1 !== long) return siblings[l] === 0;
                      // In the path's own slot it would have to be, which is free.
                      if (digit(key, l) === digit(end.key, l)) return shortBottom === 0 && siblings[l] === 0;
                      return siblings[l] === shortBottom;
                    }),
                    'a sibling that stays alone is inner, or moves up':
                      !below || other || beside === 0 || isInner(beside),
                    'after a delete a sibling stays': !below || beside !== 0,
                  }),
                  isRight: state[key] === old && after === rootOf(state.with(key, value)),
                  claim: `${old} ${value}`,
                };
              }
            }
          }
        }
      }
    }
  }
}

// Keys by the digits of their paths; those left out are mirror images. Where a path cannot skip a level, all are.
const PATHS = [0, 1, 2, 3];

describe.each([
  { row: 'read', offers: readOffers, keys: PATHS, claims: VALUES.map(String) },
  { row: 'update', offers: updateOffers, keys: PATHS, claims: ['1 1', '1 2'] },
  {
    row: 'write',
    offers: writeOffers,
    keys: [0],
    claims: VALUES.flatMap((old) => VALUES.map((value) => `${old} ${value}`)),
  },
])('all $row rows on all trees of up to eight entries', ({ offers, keys, claims }) => {
  interface Tried {
    /** Wrong rows, by the rules that they break. */
    readonly wrong: Set<string>;
    readonly rules: Set<string>;
    /** Right claims that some row shows, by key and state. */
    readonly shown: ReadonlyMap<string, Set<string>>;
  }
  const tries = new Map<number, Tried>();

  /** All rows of a length. */
  function tried(levels: number): Tried {
    const known = tries.get(levels);
    if (known !== undefined) return known;
    const wrong = new Set<string>();
    const rules = new Set<string>();
    const shown = new Map<string, Set<string>>();
    for (const key of keys) {
      for (const state of STATES) {
        const here = new Set<string>();
        shown.set(`${key} ${state.join('')}`, here);
        for (const { broken, isRight, claim } of offers(state, levels, key)) {
          broken.forEach((rule) => rules.add(rule));
          if (!isRight) wrong.add(broken.join());
          else if (broken.length === 0) here.add(claim);
        }
      }
    }
    const found = { wrong, rules, shown };
    tries.set(levels, found);
    return found;
  }

  it.each([0, 1, 2, KEY_BITS])('of %i levels are right where they break no rule', (levels) => {
    const { wrong, shown } = tried(levels);
    expect(wrong).not.toContain('');
    expect([...shown.values()].some((claimed) => claimed.size > 0)).toBe(true);
  });

  it('show all that is right, if they are as long as a key', () => {
    const { shown } = tried(KEY_BITS);
    for (const [where, claimed] of shown) {
      const [key, state] = where.split(' ') as [string, string];
      const held = state[Number(key)]!;
      expect([...claimed].sort()).toEqual(claims.filter((claim) => claim.startsWith(held)).sort());
    }
  });

  it('need each of their rules: without it some wrong row would pass', () => {
    const { wrong, rules } = tried(KEY_BITS);
    expect(rules.size).toBeGreaterThan(0);
    expect([...rules].filter((rule) => !wrong.has(rule))).toEqual([]);
  });
});
