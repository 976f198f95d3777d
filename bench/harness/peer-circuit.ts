// The peer of our circuits: circomlib's SMTVerifier for each read and its SMTProcessor for each write, one after
// another, at 32 levels, compiled with --O2. (Of a million random keys some hundred lie deeper: the peer could not
// prove those.)
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { newMemEmptyTrie } from 'circomlibjs';
import type { CircomlibElement } from 'circomlibjs';
import { poseidonScheme, treeKey } from 'rootshift';
import type { ArtifactStore, Entry, EntryKey, RequestedAccess } from 'rootshift';
import { developmentSetup } from '#dist/proof/setup/index.js';
import { countsOf } from './circom-output.js';

const LEVELS = 32;

type Op = RequestedAccess['op'];

const step: Readonly<Record<Op, (i: number) => string>> = {
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

const source = (ops: readonly Op[]): string => `pragma circom 2.0.0;
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

export interface PeerCircuit {
  readonly constraints: number;
  readonly text: string;
  readonly r1cs: string;
  readonly wasm: string;
}

/** Compiles a circuit for a list of operations, and keeps it in `store`. */
export async function peerCircuit(store: ArtifactStore, ops: readonly Op[]): Promise<PeerCircuit> {
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
      return { constraints: countsOf(printed).constraints };
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
export async function peerKeys(store: ArtifactStore, { text, r1cs }: PeerCircuit): Promise<string> {
  const { folder } = await store.ensure('peer-keys', [text], async (made) => {
    await developmentSetup({ r1cs, zkey: path.join(made, 'peer.zkey') });
    return {};
  });
  return path.join(folder, 'peer.zkey');
}

type Bits = readonly [bigint, bigint];

export interface PeerInputs {
  readonly oldRoot: bigint;
  readonly siblings: bigint[][];
  readonly fnc: Bits[];
  readonly old: bigint[][];
  readonly leaf: bigint[][];
}

/** What circomlibjs's tree says of one operation. */
interface Step {
  readonly siblings: readonly CircomlibElement[];
  readonly isOld0: boolean;
  readonly fnc: Bits;
  readonly leaf: readonly [key: CircomlibElement, value: CircomlibElement];
  /** The leaf that lay in the place, if there was one. */
  readonly old: readonly [key: CircomlibElement | undefined, value: CircomlibElement | undefined];
}

/** What circomlibjs's tree does for each access, as the circuit's inputs. */
export async function peerInputs(
  prestate: readonly Entry[],
  accesses: readonly RequestedAccess[],
): Promise<PeerInputs> {
  const tree = await newMemEmptyTrie();
  const { F } = tree;
  const keyOf = (entry: EntryKey) => F.e(treeKey(entry));
  const valueOf = (value: bigint) => F.e(poseidonScheme(1).leafValue(value));
  for (const entry of prestate) await tree.insert(keyOf(entry), valueOf(entry.value));
  const number = (x: CircomlibElement) => F.toObject(x);
  const inputs: PeerInputs = { oldRoot: number(tree.root), siblings: [], fnc: [], old: [], leaf: [] };

  for (const access of accesses) {
    const { siblings, isOld0, fnc, leaf, old } = await stepOf(access);
    inputs.siblings.push([...siblings.map(number), ...Array.from({ length: LEVELS - siblings.length }, () => 0n)]);
    inputs.fnc.push(fnc);
    inputs.old.push(isOld0 ? [0n, 0n, 1n] : [...old.map((x) => (x === undefined ? 0n : number(x))), 0n]);
    inputs.leaf.push(leaf.map(number));
  }
  return inputs;

  async function stepOf(access: RequestedAccess): Promise<Step> {
    const key = keyOf(access);
    const found = await tree.find(key);
    if (access.op === 'read') {
      if (found.found)
        return { ...found, isOld0: false, fnc: [0n, 0n], leaf: [key, found.foundValue], old: [undefined, undefined] };
      return { ...found, fnc: [1n, 0n], leaf: [key, F.e(0n)], old: [found.notFoundKey, found.notFoundValue] };
    }
    if (access.value === 0n) {
      const gone = await tree.delete(key);
      return { ...gone, fnc: [1n, 1n], leaf: [gone.delKey, gone.delValue], old: [gone.oldKey, gone.oldValue] };
    }
    const value = valueOf(access.value);
    if (found.found) {
      const made = await tree.update(key, value);
      return {
        ...made,
        isOld0: false,
        fnc: [0n, 1n],
        leaf: [made.newKey, made.newValue],
        old: [made.oldKey, made.oldValue],
      };
    }
    const made = await tree.insert(key, value);
    return { ...made, fnc: [1n, 0n], leaf: [key, value], old: [made.oldKey, made.oldValue] };
  }
}
