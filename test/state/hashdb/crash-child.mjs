// Commits batches to the database at the location given until it is killed, and prunes it at the same time. Says
// `making NUMBER` right before each commit and `made NUMBER ROOT` right after it. Needs the build in dist.
import { writeSync } from 'node:fs';
import { openDriver } from '../../../dist/engine/database.js';
import { HashDb } from '../../../dist/state/hashdb/hashdb.js';
import { NodeOverlay } from '../../../dist/state/tree/store.js';
import { writeLeaf } from '../../../dist/state/tree/write.js';
import { batchOf, entryOf, scheme } from './crash-model.mjs';

const create = { createIfMissing: true };
const db = await HashDb.open(await openDriver(process.argv[2], create), scheme, create);
let { number, root: parent } = await db.current();
let pruning;
for (;;) {
  number++;
  const overlay = new NodeOverlay(db);
  const keyPreimages = new Map();
  const valuePreimages = new Map();
  let root = parent;
  let entriesDelta = 0;
  for (const [key, value] of batchOf(number)) {
    const result = await writeLeaf(overlay, scheme, root, key, value);
    overlay.add(result.nodes);
    root = result.root;
    if (value !== 0n) {
      keyPreimages.set(key, entryOf(key));
      valuePreimages.set(value, value);
    }
    const { kind } = result.transition;
    entriesDelta += kind.startsWith('create') ? 1 : kind.startsWith('delete') ? -1 : 0;
  }
  writeSync(1, `making ${number}\n`);
  await db.commit({ parent, root, nodes: overlay.nodes, keyPreimages, valuePreimages, entriesDelta, origin: 'load' });
  writeSync(1, `made ${number} ${root}\n`);
  parent = root;
  if (number % 3 === 0) pruning ??= db.prune({ keepLast: 3 }).finally(() => (pruning = undefined));
}
