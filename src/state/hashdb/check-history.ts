import { EMPTY } from '../tree/node.js';
import type { Digest } from '../tree/node.js';
import { MalformedTreeError } from '../tree/store.js';
import { walk } from '../tree/walk.js';
import type { RepairSource } from './check-report.js';
import { keys, nameOf, numberOf, ranges } from './codec.js';
import { sameBytes } from './driver.js';
import type { Findings } from './findings.js';
import { attempt, DamagedRecordError } from './record.js';
import { put, unseal } from './seal.js';
import type { Records } from './records.js';
import { decodeName, decodeRoot, EMPTY_STATE, encodeName, encodeRoot } from './root-record.js';
import type { RootRecord } from './root-record.js';

/** Numbers of root records, one after another. */
interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Checks the head, the history and the names, and repairs what can be of them. */
export class HistoryCheck {
  private readonly found = new Map<number, RootRecord>();
  /** Records that follow from those around them. Their entries are counted once their trees are known to be whole. */
  private readonly derived: RootRecord[] = [];
  private readonly named = new Set<Digest>();
  private readonly badNames: (readonly [key: Uint8Array, record: Uint8Array])[] = [];
  /** Of the current root. */
  private number = 0;

  constructor(
    private readonly records: Records,
    private readonly findings: Findings,
    private readonly source: RepairSource | undefined,
  ) {}

  async run(): Promise<void> {
    await this.readRoots();
    await this.readNames();
    for (const gap of this.gaps()) await this.takeFromSource(gap);
    if (this.findings.repairs) for (const gap of this.gaps()) await this.derive(gap);
    for (const gap of this.gaps()) this.findings.tell('root', describeGap(gap), false);
    for (const [key, record] of this.badNames) await this.repairName(key, record);
  }

  /** The current root's record, if it is there. */
  get current(): RootRecord | undefined {
    return this.found.get(this.number);
  }

  /** The roots that are kept, the newest first, each once; the empty one is not among them. */
  keptRoots(): ReadonlySet<Digest> {
    const records = [...this.found.values()].sort((a, b) => b.number - a.number);
    const kept = records.filter(({ pruned, number }) => !pruned || number === this.number);
    return new Set(kept.map(({ root }) => root).filter((root) => root !== EMPTY));
  }

  /** Is a root still kept, as far as its records tell? Asked where something of it is not as it should be. */
  async isKept(root: Digest): Promise<boolean> {
    if (!(await this.findings.isMoved())) return true;
    const held = [...this.found.values()].filter((record) => record.root === root);
    const records = await this.records.driver.getMany(held.map(({ number }) => keys.root(number)));
    return held.some(({ number }, i) => {
      const record = decoded(keys.root(number), records[i]);
      return record instanceof DamagedRecordError || !record.pruned;
    });
  }

  /** Writes the records that were derived, of the trees that are whole or gone. */
  async writeDerived(): Promise<void> {
    for (const record of this.derived) {
      const entries = record.pruned ? 0 : await leavesUnder(this.records, record.root);
      const { number } = record;
      const repaired = entries !== null && (await this.write({ ...record, entries }));
      this.findings.tell('root', describeGap({ from: number, to: number }), repaired);
    }
  }

  /** Holds the current root's record to the entries that its tree has. */
  async checkEntries(entries: number): Promise<void> {
    const { current } = this;
    if (current === undefined || current.entries === entries) return;
    const written = put(keys.root(current.number), encodeRoot({ ...current, entries }));
    const repaired = await this.findings.repair([written], async () => false);
    this.findings.tell(
      'root',
      `root record number ${current.number} states ${current.entries} entries, but its tree has ${entries}`,
      repaired,
    );
  }

  private async readRoots(): Promise<void> {
    let highest = 0;
    const head = this.findings.head();
    for await (const [key, bytes] of this.records.driver.iterate(ranges.roots.from, ranges.roots.before)) {
      highest = Math.max(highest, Number.isSafeInteger(numberOf(key)) ? numberOf(key) : 0);
      const record = decoded(key, bytes);
      if (!(record instanceof DamagedRecordError)) this.found.set(record.number, record);
    }
    this.number = head instanceof DamagedRecordError ? highest : head.number;
    // Committed since the head was read.
    for (const number of this.found.keys()) if (number > this.number) this.found.delete(number);
    if (!(head instanceof DamagedRecordError)) return;
    // The nodes are counted at the end; a number of writes that no head before had.
    const repaired = await this.findings.makeHead({ number: highest, writes: Date.now(), nodes: 0 });
    const why = head.message.endsWith('is missing') ? 'is missing' : 'is damaged';
    this.findings.tell('head', `the head, which names the current root, ${why}`, repaired);
  }

  private async readNames(): Promise<void> {
    for await (const [key, record] of this.records.driver.iterate(ranges.names.from, ranges.names.before)) {
      const root = attempt(() => decodeName(key, unseal(key, record)));
      if (!(root instanceof DamagedRecordError)) this.named.add(root);
      else {
        this.badNames.push([key, record]);
        const other = this.source?.names.get(nameOf(key));
        if (other !== undefined) this.named.add(other);
      }
    }
  }

  /** What is missing up to the current root, the newest first. There may be numbers without end between two records. */
  private gaps(): Gap[] {
    const gaps: Gap[] = [];
    let expected = 0;
    for (const number of [...[...this.found.keys()].sort((a, b) => a - b), this.number + 1]) {
      if (number > expected) gaps.push({ from: expected, to: number - 1 });
      expected = number + 1;
    }
    return gaps.toReversed();
  }

  // --- repairs ---

  /** The newest first: each record says the root before it. */
  private async takeFromSource({ from, to }: Gap): Promise<void> {
    const theirs = this.source?.history.filter(({ number }) => number >= from && number <= to) ?? [];
    for (const record of theirs.toReversed()) {
      if (!(await this.isOurs(record))) continue;
      // The source may have pruned what is kept here.
      const pruned = record.pruned && record.number !== this.number && !this.named.has(record.root);
      if (!(await this.write({ ...record, pruned }))) continue;
      this.findings.tell('root', describeGap({ from: record.number, to: record.number }), true);
      this.found.set(record.number, { ...record, pruned });
    }
  }

  /**
   * Does a record of the source belong here? Its history may differ. For the newest root, only the node can show it.
   */
  private async isOurs({ number, root, parent }: RootRecord): Promise<boolean> {
    const before = this.found.get(number - 1);
    const after = this.found.get(number + 1);
    if (before !== undefined && before.root !== parent) return false;
    if (after !== undefined) return after.parent === root;
    return !((await this.records.tryNodes([root]))[0] instanceof DamagedRecordError);
  }

  /** One record between two: the one after it says its root, the one before it the root before. */
  private async derive({ from: number, to }: Gap): Promise<void> {
    if (number !== to) return;
    const record =
      number === 0 ? EMPTY_STATE : await this.between(this.found.get(number - 1), this.found.get(number + 1));
    if (record === undefined) return;
    this.derived.push(record);
    this.found.set(number, record);
  }

  private async between(before?: RootRecord, after?: RootRecord): Promise<RootRecord | undefined> {
    if (before === undefined || after === undefined) return undefined;
    const root = after.parent;
    const pruned = !(await this.isThere(root));
    return { number: before.number + 1, root, parent: before.root, entries: 0, origin: 'rebuilt', pruned };
  }

  /** Is a root one that is kept? Of one that was pruned, not even the uppermost node is there. */
  private async isThere(root: Digest): Promise<boolean> {
    if (root === EMPTY || this.named.has(root)) return true;
    if (!((await this.records.tryNodes([root]))[0] instanceof DamagedRecordError)) return true;
    const [theirs] = (await this.source?.find([{ digest: root, level: 0, path: 0n }])) ?? [];
    return theirs !== undefined;
  }

  /** Writes a root record in the place of one that cannot be read. @returns whether it was done */
  private write(record: RootRecord): Promise<boolean> {
    const key = keys.root(record.number);
    const isStillBad = async (): Promise<boolean> =>
      decoded(key, (await this.records.driver.getMany([key]))[0]) instanceof DamagedRecordError;
    return this.findings.repair([put(key, encodeRoot(record))], isStillBad);
  }

  /** Takes what a damaged name stands for from the source, or drops the name: nobody knows what it stood for. */
  private async repairName(key: Uint8Array, record: Uint8Array): Promise<void> {
    const name = nameOf(key);
    const root = this.source?.names.get(name);
    const isOurs = root !== undefined && [...this.found.values()].some((held) => held.root === root && !held.pruned);
    const change = isOurs ? put(key, encodeName(root)) : { key, value: null };
    const isStillBad = async (): Promise<boolean> => sameBytes((await this.records.driver.getMany([key]))[0], record);
    const repaired = await this.findings.repair([change], isStillBad);
    const dropped = repaired && !isOurs ? '; its root is not known, and the name is dropped' : '';
    this.findings.tell('name', `the name ${name} is damaged${dropped}`, repaired);
  }
}

const describeGap = ({ from, to }: Gap): string =>
  from === to
    ? `root record number ${from} is damaged or missing`
    : `root records number ${from} to ${to} are damaged or missing`;

const decoded = (key: Uint8Array, record: Uint8Array | undefined): RootRecord | DamagedRecordError =>
  record === undefined
    ? new DamagedRecordError(key, 'is missing')
    : attempt(() => decodeRoot(key, unseal(key, record)));

/** How many leaves are under a root; null if not all of its nodes can be read. */
async function leavesUnder(records: Records, root: Digest): Promise<number | null> {
  let leaves = 0;
  let isWhole = true;
  const visit = async (places: readonly { readonly digest: Digest }[]) => {
    const found = await records.tryNodes(places.map(({ digest }) => digest));
    return found.map((node) => {
      if (node instanceof DamagedRecordError) {
        isWhole = false;
        return null;
      }
      if (node.node.kind === 'leaf') leaves++;
      return node.node;
    });
  };
  try {
    await walk(records.scheme, root, EMPTY, visit, async () => []);
  } catch (error) {
    if (error instanceof MalformedTreeError) return null;
    throw error;
  }
  return isWhole ? leaves : null;
}
