// A key-value store whose answers can be checked. The server keeps everything in a database; the client keeps one root,
// 32 bytes, and believes nothing that does not follow from it.
//   npx tsx examples/key-value-store.ts
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  formatCombinedProof,
  formatMerkleProof,
  openDatabase,
  parseCombinedProof,
  parseMerkleProof,
  proveEntries,
  proveEntry,
  verifyCombinedProof,
  verifyMerkleProof,
  WorkingState,
} from 'rootshift';
import type { EntryKey } from 'rootshift';

/** A name's place in the state: a plain key is a slot of address 0, and has 256 bits. */
const entry = (name: string): EntryKey => ({
  address: 0n,
  kind: 'storage',
  slot: BigInt(`0x${createHash('sha256').update(name).digest('hex')}`),
});

// --- the server ---

const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-example-'));
const db = await openDatabase(path.join(folder, 'state'), { createIfMissing: true });

/** Writes all of them, or none: together they make the next root. */
async function put(values: Readonly<Record<string, bigint>>): Promise<bigint> {
  const state = new WorkingState(db, (await db.current()).root);
  for (const [name, value] of Object.entries(values)) state.set(entry(name), value);
  return (await state.commit()).root;
}

/** What goes over the network: text. */
const serve = async (name: string, root?: bigint): Promise<string> =>
  formatMerkleProof(await proveEntry(db, entry(name), { root }));
const serveMany = async (names: readonly string[], root?: bigint): Promise<string> =>
  formatCombinedProof(await proveEntries(db, names.map(entry), { root }));

// --- the client ---

/** The value of what was asked for, in the state with the root that the client knows; 0 if it is absent there. */
function check(name: string, root: bigint, answer: string): bigint {
  const proof = parseMerkleProof(answer);
  const isAnswer =
    proof.root === root && proof.slot === entry(name).slot && proof.address === 0n && proof.kind === 'storage';
  if (!isAnswer) throw new Error(`this proves something else than ${name}`);
  const verdict = verifyMerkleProof(proof);
  if (!verdict.valid) throw new Error(`the server lies: ${verdict.reason}`);
  return proof.value;
}

/** The same for many, by one proof, which is smaller than one for each. */
async function checkMany(names: readonly string[], root: bigint, answer: string): Promise<bigint[]> {
  const proof = parseCombinedProof(answer);
  const verdict = await verifyCombinedProof(proof);
  if (proof.root !== root || !verdict.valid) throw new Error('the server lies');
  return names.map((name) => {
    const shown = proof.entries.find(
      ({ address, kind, slot }) => slot === entry(name).slot && address === 0n && kind === 'storage',
    );
    if (shown === undefined) throw new Error(`this proves nothing of ${name}`);
    return shown.value;
  });
}

// --- both ---

try {
  const first = await put({ apples: 3n, pears: 5n, plums: 8n });
  const second = await put({ pears: 4n, plums: 0n }); // 0 deletes
  console.log(`apples: ${check('apples', second, await serve('apples'))}`);
  console.log(`plums: ${check('plums', second, await serve('plums'))}, which is absent, and proven to be`);
  console.log(`pears, before: ${check('pears', first, await serve('pears', first))}`);
  const names = ['apples', 'pears', 'plums'];
  const values = await checkMany(names, second, await serveMany(names, second));
  console.log(`apples, pears and plums, by one proof: ${values.join(', ')}`);

  const lie = (await serve('apples')).replace(/("value": "0x0*)3"/, '$14"');
  try {
    check('apples', second, lie);
  } catch (error) {
    console.log(`apples, by a server that says 4: ${(error as Error).message}`);
  }
} finally {
  await db.close();
  await rm(folder, { recursive: true });
}
