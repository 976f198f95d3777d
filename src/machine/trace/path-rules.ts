import { ZERO, frToHex } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import type { Uint256 } from '../../base/field/limbs.js';
import { foldUp } from '../../state/tree/fold.js';
import { digitAt } from '../../state/tree/path.js';
import { arityOf, hashNode, innerOf, leafAt, levelsOf } from '../../state/tree/scheme.js';
import type { TreeScheme } from '../../state/tree/scheme.js';
import type { Effect, KeyRow, LeafPreimage, ReadRow, Siblings, WriteRow } from './trace.js';
import type { TraceRule } from './violation.js';

/** What paths are hashed with; `scheme` is Rootshift's own, over `poseidon`. */
export interface PathHashes {
  readonly scheme: TreeScheme;
}

/** A rule that a row breaks, and how. */
export interface Breach {
  readonly rule: TraceRule;
  readonly detail: string;
}

/** A way up the tree, and the node below its last level. */
export interface Lane {
  readonly siblings: Siblings;
  readonly end: Fr;
}

const breach = (rule: TraceRule, detail: string): Breach => ({ rule, detail });

/** Yields what the read row of `key` breaks. The rules after a broken one may take it for granted. */
export function* readRowBreaches(hashes: PathHashes, key: KeyRow, row: ReadRow, oldRoot: Fr): Generator<Breach> {
  const { siblings, otherLeaf } = row;
  if (key.oldValue !== key.newValue) {
    yield breach('the value of a read row does not change', `it changes from ${key.oldValue} to ${key.newValue}`);
  }
  yield* shapeBreaches(hashes.scheme, siblings, siblings.length);
  yield* otherLeafBreaches(key, otherLeaf);
  if (key.oldValue !== 0n && otherLeaf !== null) {
    yield breach('a present key has no other leaf', `the value is ${key.oldValue}`);
  }
  yield* rootBreaches(
    'the root of the path is the root before',
    oldRoot,
    laneRoot(hashes, key, readLane(hashes, key, row)),
  );
}

/**
 * Yields what the write row of `key` breaks; `rootBefore` is where the row before ended. The rules
 * after a broken one may take it for granted. Returns where this one ends.
 */
export function* writeRowBreaches(
  hashes: PathHashes,
  key: KeyRow,
  row: WriteRow,
  rootBefore: Fr,
): Generator<Breach, Fr> {
  yield* shapeBreaches(hashes.scheme, row.siblings, row.siblings.length + row.extension);
  yield* effectBreaches(key, row);
  yield* otherLeafBreaches(key, row.otherLeaf);
  yield* extensionBreaches(hashes.scheme, key, row);
  yield* canonicalBreaches(hashes.scheme, row);
  const { before, after } = writeLanes(hashes, key, row);
  yield* rootBreaches('the root of the path is the root before', rootBefore, laneRoot(hashes, key, before));
  return laneRoot(hashes, key, after);
}

function* rootBreaches(rule: TraceRule, expected: Fr, got: Fr): Generator<Breach> {
  if (got !== expected) yield breach(rule, `expected ${frToHex(expected)}, got ${frToHex(got)}`);
}

function* shapeBreaches(scheme: TreeScheme, siblings: Siblings, levels: number): Generator<Breach> {
  if (levels > levelsOf(scheme)) {
    yield breach('the path is no longer than a key', `a key has ${levelsOf(scheme)} levels, got ${levels}`);
  }
  const width = arityOf(scheme) - 1;
  const wrong = siblings.findIndex((level) => level.length !== width);
  if (wrong !== -1) {
    const got = siblings[wrong]?.length;
    yield breach('a level has a sibling for each other digit', `expected ${width} at level ${wrong}, got ${got}`);
  }
}

function* otherLeafBreaches(key: KeyRow, otherLeaf: LeafPreimage | null): Generator<Breach> {
  if (otherLeaf?.key === key.treeKey)
    yield breach('the other leaf has another key', `both are ${frToHex(key.treeKey)}`);
}

/** What the values before and after allow, and the parts that each effect has. */
function* effectBreaches(key: KeyRow, { effect, otherLeaf, extension }: WriteRow): Generator<Breach> {
  const allowed = effectsOf(key);
  if (!allowed.includes(effect)) {
    yield breach(
      'the effect follows from presence before and after',
      `expected ${allowed.join(' or ')}, got ${effect}`,
    );
  }
  const parting = effect === 'createBesideLeaf' || effect === 'deleteAndLift';
  if (effect !== 'nothing' && (otherLeaf !== null) !== parting) {
    const detail = `${effect} has ${otherLeaf === null ? 'none' : 'one'}`;
    yield breach('the effect has another leaf exactly if its short lane ends at one', detail);
  }
  if (extension > 0 !== parting) {
    yield breach(
      'the effect has an extension exactly if two leaves part',
      `${effect} has ${extension} levels of extension`,
    );
  }
}

function effectsOf({ oldValue, newValue }: KeyRow): readonly Effect[] {
  if (oldValue === 0n) return newValue === 0n ? ['nothing'] : ['createAtEmpty', 'createBesideLeaf'];
  return newValue === 0n ? ['delete', 'deleteAndLift'] : ['update'];
}

function* extensionBreaches(scheme: TreeScheme, key: KeyRow, row: WriteRow): Generator<Breach> {
  const { siblings, extension, otherLeaf } = row;
  if (otherLeaf === null || extension === 0) return;
  const last = siblings.length + extension - 1;
  const agreeAt = (level: number): boolean =>
    digitAt(key.treeKey, level, scheme.bitsPerLevel) === digitAt(otherLeaf.key, level, scheme.bitsPerLevel);
  for (let level = siblings.length; level < last; level++) {
    if (agreeAt(level)) continue;
    yield breach('the keys agree on the extension but for its last level', `they part at level ${level}`);
  }
  if (agreeAt(last)) yield breach('the keys part at the last level of the extension', `they agree at level ${last}`);
}

/** One content has one root: no leaf is left deeper than it need be. */
function* canonicalBreaches(scheme: TreeScheme, { effect, siblings, siblingChildren }: WriteRow): Generator<Breach> {
  const beside = (siblings.at(-1) ?? []).filter((sibling) => sibling !== ZERO);
  const belowRoot = siblings.length > 0;
  if (effect === 'deleteAndLift' && belowRoot && beside.length === 0) {
    yield breach('a lifted leaf stops beside a sibling or at the root', `level ${siblings.length - 1} has no sibling`);
  }
  if (effect === 'delete' && belowRoot && beside.length === 0) {
    yield breach('a deleted leaf leaves a sibling', `level ${siblings.length - 1} has no sibling`);
  }
  const [sole] = effect === 'delete' && beside.length === 1 ? beside : [];
  if ((sole !== undefined) !== (siblingChildren !== null)) {
    const detail =
      siblingChildren === null ? 'its children are not shown' : `${effect} shows children of no such sibling`;
    yield breach('a sibling that stays alone shows its children, and no other does', detail);
  }
  if (sole === undefined || siblingChildren === null) return;
  const rule = 'the children hash to the sibling that stays alone';
  if (siblingChildren.length !== arityOf(scheme)) {
    yield breach(rule, `expected ${arityOf(scheme)} children, got ${siblingChildren.length}`);
  }
  yield* rootBreaches(rule, sole, hashNode(scheme, innerOf(siblingChildren)) as Fr);
}

/** The tree that a key is read in, as the way from the key's place to the root. */
export function readLane(hashes: PathHashes, key: KeyRow, { siblings, otherLeaf }: ReadRow): Lane {
  return { siblings, end: key.oldValue === 0n ? leafOrEmpty(hashes, otherLeaf) : ownLeaf(hashes, key, key.oldValue) };
}

/** The tree before and after a write row, each as the way from the key's place to the root. */
export function writeLanes(
  hashes: PathHashes,
  key: KeyRow,
  row: WriteRow,
): { readonly before: Lane; readonly after: Lane } {
  const { siblings } = row;
  const without: Lane = { siblings, end: leafOrEmpty(hashes, row.otherLeaf) };
  const withValue = (value: Uint256, way = siblings): Lane => ({ siblings: way, end: ownLeaf(hashes, key, value) });
  switch (row.effect) {
    case 'update':
      return { before: withValue(key.oldValue), after: withValue(key.newValue) };
    case 'createAtEmpty':
      return { before: without, after: withValue(key.newValue) };
    case 'createBesideLeaf':
      return { before: without, after: withValue(key.newValue, extended(hashes, key, row)) };
    case 'delete':
      return { before: withValue(key.oldValue), after: without };
    case 'deleteAndLift':
      return { before: withValue(key.oldValue, extended(hashes, key, row)), after: without };
    case 'nothing':
      return { before: without, after: without };
  }
}

/** The longer lane's siblings: empty on the extension, but for the other leaf where the keys part. */
function extended(hashes: PathHashes, key: KeyRow, { siblings, extension, otherLeaf }: WriteRow): Siblings {
  const { scheme } = hashes;
  const last = siblings.length + extension - 1;
  const ownDigit = digitAt(key.treeKey, last, scheme.bitsPerLevel);
  const empty = (length: number): Fr[] => Array.from({ length }, () => ZERO);
  const children = empty(arityOf(scheme));
  if (otherLeaf !== null) {
    children[digitAt(otherLeaf.key, last, scheme.bitsPerLevel)] = leafOrEmpty(hashes, otherLeaf);
  }
  const between = Array.from({ length: extension - 1 }, () => empty(arityOf(scheme) - 1));
  return [...siblings, ...between, children.toSpliced(ownDigit, 1)];
}

const ownLeaf = (hashes: PathHashes, key: KeyRow, value: Uint256): Fr =>
  leafOrEmpty(hashes, { key: key.treeKey, value: hashes.scheme.leafValue(value) });

/** The hash of a leaf. Whole keys are stored, so that the level makes no difference. */
const leafOrEmpty = ({ scheme }: PathHashes, leaf: LeafPreimage | null): Fr =>
  leaf === null ? ZERO : (hashNode(scheme, leafAt(scheme, leaf, 0)) as Fr);

const laneRoot = ({ scheme }: PathHashes, key: KeyRow, { siblings, end }: Lane): Fr =>
  foldUp<bigint>((children) => scheme.hashInner(children), scheme.bitsPerLevel, key.treeKey, siblings, end) as Fr;
