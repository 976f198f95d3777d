import { describeEntry } from '../batch/access.js';
import type { Entry } from '../batch/batch.js';
import { treeKeys } from '../batch/encoding.js';
import type { Digest, Node } from '../tree/node.js';
import { shareLevels } from '../tree/path.js';
import { levelsOf } from '../tree/scheme.js';
import { walk } from '../tree/walk.js';
import type { Place, Step } from '../tree/walk.js';
import type { CheckOptions } from './check-report.js';
import { encodeTreeKey, entryKeyOf, keys } from './codec.js';
import { sameBytes } from './driver.js';
import type { Change } from './driver.js';
import { DigestSet } from './digest-set.js';
import type { Findings } from './findings.js';
import { encodeNode } from './node-record.js';
import type { StoredNode } from './node-record.js';
import { DamagedRecordError } from './record.js';
import { put } from './seal.js';
import type { Records } from './records.js';

const hex = (x: bigint): string => `0x${x.toString(16).padStart(64, '0')}`;

/** The root that is being checked was pruned meanwhile: what is missing of it is no damage. */
class PrunedMeanwhile extends Error {}

/** A leaf that was read, and the entry that it says it stands for. */
interface FoundLeaf {
  readonly place: Step;
  readonly key: bigint;
  readonly value: bigint;
  readonly entry: Entry | null;
}

/**
 * Computes trees anew from the nodes on the disk; finds and repairs what is wrong with nodes, entries and the index.
 */
export class TreeCheck {
  readonly reached = new DigestSet();
  /** Nodes that are damaged and were not repaired, by where they are. */
  readonly lost: Place[] = [];
  /** Keys of the index that were told of, in hexadecimal. */
  readonly indexed = new Set<string>();

  constructor(
    private readonly records: Records,
    private readonly findings: Findings,
    private readonly options: CheckOptions,
    private readonly isKept: (root: Digest) => Promise<boolean>,
  ) {}

  /**
   * Checks the tree with a root, but for what it shares with one that was checked before.
   * @returns leaves that were read; null if the root was pruned meanwhile
   */
  async check(root: Digest, known: Digest): Promise<number | null> {
    let leaves = 0;
    const { nodes: total } = { nodes: 0, ...this.findings.head() };
    const visit = async (steps: readonly Step[]): Promise<(Node | null)[]> => {
      const nodes = await this.wholeOrRepaired(root, steps);
      await this.checkLeaves(root, steps, nodes);
      leaves += nodes.filter((node) => node?.node.kind === 'leaf').length;
      this.options.signal?.throwIfAborted();
      // What was written meanwhile is reached, too.
      this.options.onProgress?.('checking nodes', Math.min(this.reached.size, total), total);
      return nodes.map((node) => node?.node ?? null);
    };
    const readKnown = async (digests: readonly Digest[]): Promise<(Node | null)[]> =>
      (await this.records.tryNodes(digests)).map((found) => (found instanceof DamagedRecordError ? null : found.node));
    try {
      await walk(this.records.scheme, root, known, visit, readKnown);
      return leaves;
    } catch (error) {
      if (error instanceof PrunedMeanwhile) return null;
      throw error;
    }
  }

  describePlace({ level, path }: Place): string {
    const bits = this.records.scheme.bitsPerLevel;
    const digits = Array.from({ length: level }, (_, l) =>
      Number((path >> BigInt(bits * l)) & ((1n << BigInt(bits)) - 1n)),
    );
    return level === 0 ? 'at the root' : `at path ${digits.join('')}`;
  }

  private async insistKept(root: Digest): Promise<void> {
    if (!(await this.isKept(root))) throw new PrunedMeanwhile();
  }

  /** Makes changes to what is under a root. @returns whether they were made */
  private async repair(root: Digest, changes: readonly Change[]): Promise<boolean> {
    if (changes.length === 0 || !this.findings.repairs) return false;
    const made = await this.findings.repair(changes, () => this.isKept(root));
    if (!made) await this.insistKept(root);
    return made;
  }

  // --- nodes ---

  private async wholeOrRepaired(root: Digest, steps: readonly Step[]): Promise<(StoredNode | null)[]> {
    const found = await this.checkNodes(steps, await this.records.tryNodes(steps.map(({ digest }) => digest)));
    const bad = steps.filter((_, i) => found[i] instanceof DamagedRecordError);
    if (bad.length > 0) await this.insistKept(root);
    for (const { digest } of steps) this.reached.add(digest);
    const others = await this.fromSource(bad);
    const changes = others.flatMap((other, i) =>
      other === null ? [] : [put(keys.node(bad[i]!.digest), encodeNode(other))],
    );
    const repaired = await this.repair(root, changes);
    let next = 0;
    return found.map((node, i) => {
      if (!(node instanceof DamagedRecordError)) return node;
      const place = steps[i]!;
      const other = others[next++]!;
      const isRepaired = repaired && other !== null;
      const why = node.message.replace(/^.*record [0-9a-f]+ /, '');
      this.findings.tell('node', `node ${hex(place.digest)}, ${this.describePlace(place)}: ${why}`, isRepaired);
      if (!isRepaired) this.lost.push(place);
      return isRepaired ? other : null;
    });
  }

  /** Nodes whose hashes are right, and which are where they belong; else why not. */
  private async checkNodes(
    steps: readonly Step[],
    found: readonly (StoredNode | DamagedRecordError)[],
  ): Promise<(StoredNode | DamagedRecordError)[]> {
    const readable = found.filter((node): node is StoredNode => !(node instanceof DamagedRecordError));
    const hashes = await this.records.scheme.hashNodes(readable.map(({ node }) => node));
    let next = 0;
    return found.map((node, i) => {
      if (node instanceof DamagedRecordError) return node;
      const step = steps[i]!;
      const flaw = hashes[next++] === step.digest ? this.misplaced(step, node.node) : 'has a node of another hash';
      return flaw === null ? node : new DamagedRecordError(keys.node(step.digest), flaw);
    });
  }

  private misplaced({ level, path, alone }: Step, node: Node): string | null {
    const { scheme } = this.records;
    const elsewhere = 'is in the wrong place';
    if (node.kind === 'inner') return level >= levelsOf(scheme) ? elsewhere : null;
    if (!shareLevels(scheme.wholeKey(node.key, level, path), path, level, scheme.bitsPerLevel)) return elsewhere;
    return alone ? 'is a leaf deeper than its path needs' : null;
  }

  /** What the source has in their places, if it is right. */
  private async fromSource(steps: readonly Step[]): Promise<(StoredNode | null)[]> {
    if (this.options.source === undefined || steps.length === 0) return steps.map(() => null);
    const found = await this.options.source.find(steps);
    const missing = ({ digest }: Step): DamagedRecordError => new DamagedRecordError(keys.node(digest), 'is missing');
    const checked = await this.checkNodes(
      steps,
      steps.map((step, i) => found[i] ?? missing(step)),
    );
    return checked.map((node) => (node instanceof DamagedRecordError ? null : node));
  }

  // --- what leaves stand for ---

  /** Do leaves stand for what they hold, and does the index have them? */
  private async checkLeaves(
    root: Digest,
    steps: readonly Step[],
    nodes: readonly (StoredNode | null)[],
  ): Promise<void> {
    const leaves = nodes.flatMap((stored, i): FoundLeaf[] =>
      stored?.node.kind === 'leaf'
        ? [{ place: steps[i]!, key: stored.node.key, value: stored.node.value, entry: stored.entry }]
        : [],
    );
    const right = await this.entriesAreRight(leaves);
    const bad = leaves.filter((_, i) => !right[i]);
    const present = leaves.filter((_, i) => right[i]);
    if (bad.length > 0) present.push(...(await this.repairEntries(root, bad)));
    await this.checkIndex(root, present);
  }

  /** @returns those that are right now */
  private async repairEntries(root: Digest, bad: readonly FoundLeaf[]): Promise<FoundLeaf[]> {
    await this.insistKept(root);
    const others = await this.fromSource(bad.map(({ place }) => place));
    const offered = bad.map((leaf, i): FoundLeaf => ({ ...leaf, entry: others[i]?.entry ?? null }));
    const whole = await this.entriesAreRight(offered);
    const changes = bad.flatMap(({ place }, i) =>
      whole[i] ? [put(keys.node(place.digest), encodeNode(others[i]!))] : [],
    );
    const made = await this.repair(root, changes);
    for (const [i, { place, entry }] of bad.entries()) {
      const why = entry === null ? 'its entry is missing' : 'its entry does not match its key';
      this.findings.tell(
        'preimage',
        `leaf ${hex(place.digest)}, ${this.describePlace(place)}: ${why}`,
        made && whole[i]!,
      );
      if (!made || !whole[i]) this.lost.push(place);
    }
    return made ? offered.filter((_, i) => whole[i]) : [];
  }

  private async checkIndex(root: Digest, present: readonly FoundLeaf[]): Promise<void> {
    const wanted = present.map(({ entry, key }) => put(keys.entry(entry!), encodeTreeKey(key)));
    const found = await this.records.driver.getMany(wanted.map(({ key }) => key));
    const bad = wanted.filter(({ value }, i) => !sameBytes(found[i], value));
    if (bad.length === 0) return;
    await this.insistKept(root);
    const repaired = await this.repair(root, bad);
    for (const { key } of bad) {
      const name = Buffer.from(key).toString('hex');
      if (this.indexed.has(name)) continue;
      this.indexed.add(name);
      this.findings.tell(
        'index',
        `the index's entry for the ${describeEntry(entryKeyOf(key))} is damaged or missing`,
        repaired,
      );
    }
  }

  private async entriesAreRight(leaves: readonly FoundLeaf[]): Promise<boolean[]> {
    const named = leaves.flatMap(({ entry }) => (entry === null ? [] : [entry]));
    const treeKeysOf = await treeKeys(named);
    const values = await this.records.scheme.leafValues(named.map(({ value }) => value));
    let next = 0;
    return leaves.map(({ key, value, entry }) => {
      if (entry === null) return false;
      const i = next++;
      return treeKeysOf[i] === key && values[i] === value && entry.value !== 0n;
    });
  }
}
