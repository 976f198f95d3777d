// The peer of our circuits: circomlib's SMTVerifier for each read and its SMTProcessor for each write, one after another, at
// 32 levels, compiled with --O2. (Of a million random keys some hundred lie deeper: the peer could not prove those.)
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { newMemEmptyTrie } from 'circomlibjs';

export const LEVELS = 32;

const step = {
  read: (i) => `  component step${i} = SMTVerifier(${LEVELS});
  step${i}.enabled <== 1;
  step${i}.fnc <== fnc[${i}][0];
  step${i}.root <== root[${i}];
  step${i}.key <== leaf[${i}][0];
  step${i}.value <== leaf[${i}][1];`,
  write: (i) => `  component step${i} = SMTProcessor(${LEVELS});
  step${i}.fnc <== fnc[${i}];
  step${i}.oldRoot <== root[${i}];
  step${i}.newKey <== leaf[${i}][0];
  step${i}.newValue <== leaf[${i}][1];`,
};

const source = (ops) => `pragma circom 2.0.0;
include "circomlib/circuits/smt/smtverifier.circom";
include "circomlib/circuits/smt/smtprocessor.circom";
template Peer() {
  signal input oldRoot;
  signal input siblings[${ops.length}][${LEVELS}];
  signal input fnc[${ops.length}][2];
  signal input old[${ops.length}][3];
  signal input leaf[${ops.length}][2];
  signal output newRoot;
  signal root[${ops.length + 1}];
  root[0] <== oldRoot;
${ops
  .map(
    (op, i) => `${step[op](i)}
  step${i}.siblings <== siblings[${i}];
  step${i}.oldKey <== old[${i}][0];
  step${i}.oldValue <== old[${i}][1];
  step${i}.isOld0 <== old[${i}][2];
  root[${i + 1}] <== ${op === 'read' ? `root[${i}]` : `step${i}.newRoot`};`,
  )
  .join('\n')}
  newRoot <== root[${ops.length}];
}
component main {public [oldRoot]} = Peer();
`;

/** Compiles a circuit for a list of operations, and keeps it in `store`. */
export async function peerCircuit(store, ops) {
  const scratch = path.dirname(store.directory);
  const text = source(ops);
  const artifact = await store.ensure('peer', [text], async (folder) => {
    mkdirSync(scratch, { recursive: true });
    const work = mkdtempSync(path.join(scratch, 'peer-'));
    try {
      // The compiler sees only files below its working directory.
      const { resolve } = createRequire(import.meta.url);
      cpSync(path.dirname(resolve('circomlib/circuits/poseidon.circom')), path.join(work, 'circomlib', 'circuits'), {
        recursive: true,
        dereference: true,
      });
      writeFileSync(path.join(work, 'peer.circom'), text);
      const printed = execFileSync(
        process.execPath,
        [resolve('circom2/cli.js'), 'peer.circom', '--r1cs', '--wasm', '--O2', '-l', '.', '-o', '.'],
        { cwd: work, encoding: 'utf8' },
      );
      renameSync(path.join(work, 'peer.r1cs'), path.join(folder, 'peer.r1cs'));
      renameSync(path.join(work, 'peer_js', 'peer.wasm'), path.join(folder, 'peer.wasm'));
      const count = (label) => Number(new RegExp(`^${label}: (\\d+)`, 'm').exec(printed)[1]);
      return { constraints: count('non-linear constraints') + count('linear constraints') };
    } finally {
      rmSync(work, { recursive: true });
    }
  });
  return {
    ...artifact.manifest,
    text,
    r1cs: path.join(artifact.folder, 'peer.r1cs'),
    wasm: path.join(artifact.folder, 'peer.wasm'),
  };
}

/** Development keys of such a circuit. */
export async function peerKeys(store, { text, r1cs }, developmentSetup) {
  const { folder } = await store.ensure('peer-keys', [text], async (made) => {
    await developmentSetup({ r1cs, zkey: path.join(made, 'peer.zkey') });
    return {};
  });
  return path.join(folder, 'peer.zkey');
}

/** What circomlibjs's tree does for each access, as the circuit's inputs. */
export async function peerInputs(rootshift, prestate, accesses) {
  const tree = await newMemEmptyTrie();
  const { F } = tree;
  const keyOf = (entry) => F.e(rootshift.treeKey(entry));
  const valueOf = (value) => F.e(rootshift.leafValue(value));
  for (const entry of prestate) await tree.insert(keyOf(entry), valueOf(entry.value));
  const number = (x) => F.toObject(x);
  const inputs = { oldRoot: number(tree.root), siblings: [], fnc: [], old: [], leaf: [] };
  const add = (result, fnc, leaf, otherKey, otherValue) => {
    const siblings = result.siblings.map(number);
    inputs.siblings.push([...siblings, ...Array.from({ length: LEVELS - siblings.length }, () => 0n)]);
    inputs.fnc.push(fnc);
    inputs.old.push(
      result.isOld0
        ? [0n, 0n, 1n]
        : [otherKey === undefined ? 0n : number(otherKey), otherValue === undefined ? 0n : number(otherValue), 0n],
    );
    inputs.leaf.push(leaf.map(number));
  };
  for (const access of accesses) {
    const key = keyOf(access);
    const found = await tree.find(key);
    if (access.op === 'read') {
      if (found.found) add({ ...found, isOld0: false }, [0n, 0n], [key, found.foundValue]);
      else add(found, [1n, 0n], [key, F.e(0n)], found.notFoundKey, found.notFoundValue);
    } else if (access.value === 0n) {
      const result = await tree.delete(key);
      add(result, [1n, 1n], [result.delKey, result.delValue], result.oldKey, result.oldValue);
    } else if (found.found) {
      const result = await tree.update(key, valueOf(access.value));
      add({ ...result, isOld0: false }, [0n, 1n], [result.newKey, result.newValue], result.oldKey, result.oldValue);
    } else {
      const result = await tree.insert(key, valueOf(access.value));
      add(result, [1n, 0n], [key, valueOf(access.value)], result.oldKey, result.oldValue);
    }
  }
  return inputs;
}
