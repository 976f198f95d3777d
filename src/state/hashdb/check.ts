import type { EntryKey } from '../batch/access.js';
import { EMPTY } from '../tree/node.js';
import { HistoryCheck } from './check-history.js';
import type { CheckOptions, CheckReport } from './check-report.js';
import { TreeCheck } from './check-tree.js';
import { decodeTreeKey, digestOf, entryKeyOf, ranges } from './codec.js';
import { Findings } from './findings.js';
import { attempt, DamagedRecordError } from './record.js';
import { unseal } from './seal.js';
import type { Records } from './records.js';

/** Entries affected that are told, at most. */
const TOLD = 10_000;

/**
 * Computes every kept root anew from the nodes on the disk, and finds what is damaged, missing or not needed.
 *
 * Others may write meanwhile. What is checked is what there was when the check began; what is pruned of it
 * meanwhile is no damage, and the report says that something was written. Each repair is made only while what
 * it is for still holds: a commit is never taken back. Stopped in between, what is repaired stays so.
 * @throws what the signal was aborted with
 */
export async function check(records: Records, options: CheckOptions): Promise<CheckReport> {
  const { source, repair = source !== undefined, signal } = options;
  signal?.throwIfAborted();
  const findings = await Findings.begin(records, repair);
  const history = new HistoryCheck(records, findings, source);
  await history.run();
  const trees = new TreeCheck(records, findings, options, (root) => history.isKept(root));
  const roots = history.keptRoots();
  let known = EMPTY;
  for (const root of roots) {
    const leaves = await trees.check(root, known);
    if (leaves === null) continue;
    if (known === EMPTY && root === history.current?.root && trees.lost.length === 0)
      await history.checkEntries(leaves);
    known = root;
  }
  const { nodes: total } = { nodes: 0, ...findings.head() };
  options.onProgress?.('checking nodes', total, total);
  await history.writeDerived();
  signal?.throwIfAborted();
  const affected = await affectedEntries(records, findings, trees);
  const counted = await countNodes(records, findings, trees, options);
  return {
    damages: findings.damages,
    affected,
    places: trees.lost.map((place) => trees.describePlace(place)),
    roots: roots.size,
    moved: counted === null,
    ...(counted ?? { nodes: trees.reached.size, unreachable: 0 }),
  };
}

/**
 * Counts the nodes, and holds the head to it.
 * @returns null if another write happened meanwhile, so that the needed nodes are not known
 */
async function countNodes(
  { driver }: Records,
  findings: Findings,
  { reached, lost }: TreeCheck,
  { onProgress, signal }: CheckOptions,
): Promise<{ readonly nodes: number; readonly unreachable: number } | null> {
  if (await findings.isMoved()) return null;
  const head = findings.head();
  let nodes = 0;
  let unreachable = 0;
  for await (const [key] of driver.iterate(ranges.nodes.from, ranges.nodes.before)) {
    nodes++;
    if (!reached.has(digestOf(key))) unreachable++;
    if (nodes % 10_000 > 0) continue;
    signal?.throwIfAborted();
    onProgress?.('counting nodes', nodes, 0);
  }
  if (await findings.isMoved()) return null;
  const counted = { nodes: nodes - unreachable, unreachable };
  // Where nodes are lost there are less than there should be; that is told already.
  if (head instanceof DamagedRecordError || head.nodes === nodes || lost.length > 0) return counted;
  const repaired = await findings.repair([], async () => false, { nodes });
  if (findings.repairs && !repaired) return null;
  if (!findings.damages.some(({ sort }) => sort === 'head')) {
    findings.tell('head', `the head counts ${head.nodes} nodes, but there are ${nodes}`, repaired);
  }
  return counted;
}

/** The entries at the places that are lost, as far as the index has them. */
async function affectedEntries(records: Records, findings: Findings, trees: TreeCheck): Promise<EntryKey[]> {
  const affected: EntryKey[] = [];
  const bits = records.scheme.bitsPerLevel;
  const lost = new Map<number, Set<bigint>>();
  for (const { level, path } of trees.lost) lost.set(level, (lost.get(level) ?? new Set()).add(path));
  for await (const [key, record] of records.driver.iterate(ranges.entries.from, ranges.entries.before)) {
    const found = attempt(() => ({ entry: entryKeyOf(key), treeKey: decodeTreeKey(key, unseal(key, record)) }));
    if (found instanceof DamagedRecordError) {
      await strayIndexRecord(findings, trees.indexed, key);
      continue;
    }
    const isLost = [...lost].some(([level, paths]) => paths.has(BigInt.asUintN(bits * level, found.treeKey)));
    if (isLost && affected.length < TOLD) affected.push(found.entry);
  }
  return affected;
}

/** A damaged record of the index that no leaf asked for: dropped, unless a leaf may have come that does. */
async function strayIndexRecord(findings: Findings, indexed: ReadonlySet<string>, key: Uint8Array): Promise<void> {
  const name = Buffer.from(key).toString('hex');
  if (indexed.has(name)) return;
  const repaired = !(await findings.isMoved()) && (await findings.repair([{ key, value: null }], async () => false));
  findings.tell('index', `record ${name} of the index is damaged`, repaired);
}
