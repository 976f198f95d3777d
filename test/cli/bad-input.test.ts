import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseBatch } from '../../src/state/batch/parse.js';
import { openDatabase } from '../../src/engine/database.js';
import { loadState } from '../../src/engine/load-state.js';
import { startingState } from '../../src/engine/starting-state.js';
import { execute } from '../../src/machine/executor/executor.js';
import { formatProof } from '../../src/proof/prover/proof-file.js';
import { formatTrace } from '../../src/machine/trace/file.js';
import { contentOf, expectRefusal, freshFolder, put, rootshift } from './cli.js';

const ADDRESS = `0x${'ab'.repeat(20)}`;
const WORD = (digit: string): string => `0x${digit.repeat(64)}`;
const write = (fields: object) => ({
  accesses: [{ op: 'write', address: ADDRESS, slot: '0x1', value: '0x2', ...fields }],
});
const keys = (count: number) => ({
  accesses: Array.from({ length: count }, (_, i) => ({ op: 'write', key: `${i + 1}`, value: '1' })),
});
const PRESTATE = [
  { key: '0x1', value: '0x5' },
  { key: '0x2', value: '0x6' },
];
const GOOD = { accesses: [{ op: 'read', key: '0x2', value: '0x6' }] };

/** A directory in which everything is there that a command may be given: entries loaded, then one of them changed. */
let template: string;

beforeAll(async () => {
  template = await freshFolder();
  const folder = path.join(template, '.rootshift', 'db');
  const batch = parseBatch(
    JSON.stringify({ prestate: PRESTATE, accesses: [{ op: 'write', key: '0x1', value: '0x7' }] }),
  );
  await loadState((options) => openDatabase(folder, options), [batch.prestate]);
  const db = await openDatabase(folder);
  const { reader, root } = await startingState(db, batch);
  const { trace, change } = await execute(reader, root, batch);
  await db.commit({ ...change, origin: 'prove' });
  await db.close();
  await mkdir(path.join(template, '.rootshift', 'proofs'));
  await put(template, 'good.json', GOOD);
  await put(template, 'trace.json', formatTrace(trace));
  const point = ['1', '2', '1'] as const;
  const pair = ['1', '2'] as const;
  await put(
    template,
    'proof.json',
    formatProof({
      chunks: [
        {
          circuit: { name: 's14', digest: '0'.repeat(64) },
          setup: 'development',
          verificationKey: '0'.repeat(64),
          publicSignals: trace.publics,
          proof: { pi_a: point, pi_b: [pair, pair, ['1', '0']], pi_c: point, protocol: 'groth16', curve: 'bn128' },
          log: trace.log,
        },
      ],
    }),
  );
});

interface Case {
  /** Files put beside those of the template. */
  readonly files?: Readonly<Record<string, unknown>>;
  readonly args: readonly string[];
  /** What the sentence must say. */
  readonly says: RegExp;
}

/** A verification key of seven public signals, as snarkjs writes it, made of generators: it is no proof's. */
const G1 = ['1', '2', '1'];
const G2 = [
  [
    '10857046999023057135944570762232829481370756359578518086990519993285655852781',
    '11559732032986387107991004021392285783925812861821192530917403151452391805634',
  ],
  [
    '8495653923123431417604973247489272438418190587263600148770280649306958101930',
    '4082367875863433681332203403145435568316851327593401208105741076214120093531',
  ],
  ['1', '0'],
];
const HALF = [
  ['1', '0'],
  ['0', '0'],
  ['0', '0'],
];
const OTHER_KEY = {
  protocol: 'groth16',
  curve: 'bn128',
  nPublic: 7,
  vk_alpha_1: G1,
  vk_beta_2: G2,
  vk_gamma_2: G2,
  vk_delta_2: G2,
  vk_alphabeta_12: [HALF, HALF],
  IC: Array.from({ length: 8 }, () => G1),
};

const prove = (batch: unknown, says: RegExp): Case => ({
  files: { 'batch.json': batch },
  args: ['prove', 'batch.json', '--circuit', 's14'],
  says,
});

const BATCHES: Readonly<Record<string, Case>> = {
  'not JSON': prove('{"accesses": [', /batch\.json: not JSON: line 1, column 15: expected a value/),
  'a key twice in one object': prove(
    '{"accesses": [{"op": "read", "op": "write", "key": "1", "value": "1"}]}',
    /"op" twice/,
  ),
  'an unknown op': prove(write({ op: 'delete' }), /accesses\[0\]\.op: expected "read" or "write", got "delete"/),
  'an unknown kind': prove(write({ kind: 'colour' }), /accesses\[0\]\.kind: expected .*, got "colour"/),
  'an address of 21 bytes': prove(
    write({ address: `0x${'ab'.repeat(21)}` }),
    /accesses\[0\]\.address: expected 20 bytes.*got 21 bytes/,
  ),
  'a slot over 256 bits': prove(
    write({ slot: `0x1${'0'.repeat(64)}` }),
    /accesses\[0\]\.slot: expected at most 32 bytes, got 33/,
  ),
  'a value over 256 bits': prove(
    write({ value: `${2n ** 256n}` }),
    /accesses\[0\]\.value: expected a number of at most 256 bits/,
  ),
  'a negative number': prove(
    write({ value: -1 }),
    /accesses\[0\]\.value: expected a number that is not negative, got -1/,
  ),
  'an unknown version': prove({ format: 'rootshift-batch', version: 2, ...GOOD }, /version: expected 1, .*got 2/),
  'a read of another value': prove(
    { accesses: [{ op: 'read', key: '0x2', value: '0x9' }] },
    /batch\.json: accesses\[0\]: the read states value 0x0+9, but the state has 0x0+6/,
  ),
  'a tree that the circuit is not for': {
    files: { 'batch.json': keys(1) },
    args: ['prove', 'batch.json', '--circuit', 's14b'],
    says: /circuit s14b is for binary trees, but the database has a quad tree; see `rootshift circuits`/,
  },
  'a prestate that has changed since it was loaded': prove(
    { prestate: PRESTATE, ...GOOD },
    /the prestate states 0x0+5 for the storage of 0x0+ at 0x0+1, as it was loaded, but batches have since changed it to 0x0+7/,
  ),
  'a prestate of another state': prove(
    { prestate: [{ key: '0x2', value: '0x1' }], ...GOOD },
    /the prestate states 0x0+1 for the .*, but the state holds 0x0+6: .*--db PLACE/,
  ),
};

const FILES: Readonly<Record<string, Case>> = {
  'a batch that is missing': {
    args: ['prove', 'missing.json'],
    says: /could not read missing\.json: no such file or directory/,
  },
  'a folder for a batch': { args: ['prove', '.rootshift'], says: /could not read \.rootshift: it is a directory/ },
  'a batch for a proof': {
    args: ['verify', 'good.json'],
    says: /good\.json: expected a file of format rootshift-proof, rootshift-rules-proof, rootshift-merkle-proof or rootshift-combined-proof, got a file without a format/,
  },
  'a proof for a trace': {
    args: ['check', 'proof.json'],
    says: /proof\.json: format: expected "rootshift-trace", got "rootshift-proof"/,
  },
  'a proof for keys that are not there': {
    args: ['verify', 'proof.json'],
    says: /expected the verification key that the proof names, 0{64} of circuit s14.*--key/,
  },
  'another verification key': {
    files: { 'key.json': OTHER_KEY },
    args: ['verify', 'proof.json', '--key', 'key.json'],
    says: /made with other keys/,
  },
  'a verification key that is cut short': {
    files: { 'key.json': { protocol: 'groth16', curve: 'bn128', nPublic: 7, IC: [] } },
    args: ['verify', 'proof.json', '--key', 'key.json'],
    says: /key\.json: expected a verification key/,
  },
  'no verification key': {
    args: ['verify', 'proof.json', '--key', 'good.json'],
    says: /good\.json: expected a verification key/,
  },
  'a Merkle proof of a later version': {
    files: { 'entry.json': { format: 'rootshift-merkle-proof', version: 7 } },
    args: ['verify', 'entry.json'],
    says: /entry\.json: version: expected 2,.*got 7/,
  },
  'the batch of a Merkle proof': {
    files: { 'entry.json': { format: 'rootshift-merkle-proof' } },
    args: ['verify', 'entry.json', '--batch', 'good.json'],
    says: /expected the proof of a batch with --batch/,
  },
  'a combined proof that is spelled otherwise': {
    files: {
      'all.json': JSON.stringify({
        format: 'rootshift-combined-proof',
        version: 2,
        root: WORD('0'),
        bitsPerLevel: 2,
        entries: [],
        shape: 'e',
        siblings: [],
        otherLeaves: [],
      }),
    },
    args: ['verify', 'all.json'],
    says: /all\.json: the file: expected the canonical encoding of this proof, got another encoding of it/,
  },
  'a combined proof of a later version': {
    files: { 'all.json': { format: 'rootshift-combined-proof', version: 7 } },
    args: ['verify', 'all.json'],
    says: /all\.json: version: expected 2,.*got 7/,
  },
  'the key of a combined proof': {
    files: { 'all.json': { format: 'rootshift-combined-proof' } },
    args: ['verify', 'all.json', '--key', 'good.json'],
    says: /expected the proof of a batch with --key/,
  },
  'a list of entries that is none': {
    files: { 'entries.csv': 'key\n1\nx\n' },
    args: ['get', '--entries', 'entries.csv'],
    says: /entries\.csv: line 3, key: expected a whole number/,
  },
  'a list of no entries': {
    files: { 'entries.csv': 'key\n' },
    args: ['get', '--entries', 'entries.csv'],
    says: /entries\.csv: expected at least one entry, got none/,
  },
  'a batch without a prestate to load': {
    args: ['load', 'good.json'],
    says: /good\.json: expected at least one entry \(a prestate or a genesis, for example\), got none/,
  },
  'entries for a state that is there': {
    files: { 'batch.json': { prestate: PRESTATE, ...GOOD } },
    args: ['load', 'batch.json'],
    says: /only into an empty database.*--db PLACE/,
  },
  'a directory where the proof goes': {
    args: ['prove', 'good.json', '--out', '.rootshift'],
    says: /could not write \.rootshift: it is a directory/,
  },
  'a file where a directory of the proof goes': {
    args: ['prove', 'good.json', '--out', 'good.json/x/proof.json'],
    says: /could not write good\.json\/x\/proof\.json: not a directory/,
  },
  'a directory where the trace goes': {
    args: ['execute', 'good.json', '--out', '.'],
    says: /could not write \.: it is a directory/,
  },
};

const ARGUMENTS: Readonly<Record<string, Case>> = {
  'an unknown command': { args: ['porve'], says: /unknown command 'porve'/ },
  'an unknown option': { args: ['state', '--jsn'], says: /unknown option '--jsn' \(Did you mean --json\?\)/ },
  'a missing argument': { args: ['prove'], says: /missing required argument 'batch'/ },
  'an argument too many': { args: ['state', 'x'], says: /too many arguments/ },
  'an unknown circuit': {
    args: ['prove', 'good.json', '--circuit', 's99'],
    says: /'s99' is invalid\. Allowed choices are s14, s16, s18/,
  },
  'a prover that is not in the PATH': {
    args: ['prove', 'good.json', '--prover', 'no-such-prover'],
    says: /expected a program no-such-prover in one of the directories of PATH, found none\n/,
  },
  'a prover that cannot be run': {
    args: ['prove', 'good.json', '--prover', './good.json'],
    says: /expected a prover at \.\/good\.json, found no program that can be run/,
  },
  'no number of transactions': {
    args: ['prove', 'good.json', '--transactions', '0'],
    says: /--transactions: expected a whole number of at least 1, got 0/,
  },
  'more transactions than there are': {
    args: ['prove', 'good.json', '--transactions', '2'],
    says: /good\.json: expected a number of transactions from 1 to 1, got 2/,
  },
  'transactions of no batch': {
    args: ['verify', 'proof.json', '--transactions', '1'],
    says: /--transactions: expected --batch BATCH too/,
  },
  'a root above the field': {
    args: ['get', '1', '--root', WORD('f')],
    says: /--root: expected a root, below the order of BN254/,
  },
  'a root that never was': { args: ['get', '1', '--root', '0x5'], says: /root 0x0+5 is not in the history/ },
  'a key that is no number': { args: ['get', 'key'], says: /KEY: expected a whole number/ },
  'nothing to get': { args: ['get'], says: /expected an ADDRESS, a KEY or --entries FILE, got none/ },
  'a key beside a list of entries': {
    args: ['get', '1', '--entries', 'good.json'],
    says: /--entries: expected no ADDRESS or KEY, got 1/,
  },
  'an address without a slot': { args: ['get', ADDRESS], says: /expected a SLOT or a --kind with the address/ },
  'an address of 21 bytes': { args: ['get', `${ADDRESS}ab`, '0x1'], says: /ADDRESS: expected 20 bytes.*got 21 bytes/ },
  'a slot of a kind without slots': {
    args: ['get', ADDRESS, '0x1', '--kind', 'nonce'],
    says: /only storage has slots/,
  },
  'a verifier for development keys': {
    args: ['export-verifier', '--circuit', 's14'],
    says: /development keys.*--allow-development-keys/,
  },
};

const PROOFS: Readonly<Record<string, readonly [damage: (text: string) => string, says: RegExp]>> = {
  'cut short': [
    (text) => text.slice(0, -10),
    /proof\.json: not JSON: line \d+, column \d+: expected '\}'|proof\.json: not JSON/,
  ],
  'of a later version': [
    (text) => text.replace('"version": 2', '"version": 3'),
    /version: expected 2, the only version of rootshift-proof known here, got 3/,
  ],
  'of an unknown circuit': [
    (text) => text.replace('"name":"s14"', '"name":"s99"'),
    /chunks\[0\]\.circuit\.name: expected "s14" or .*, got "s99"/,
  ],
  'with a signal above the field': [
    (text) => text.replace(/"newRoot": "0x[0-9a-f]{64}"/, `"newRoot": "${WORD('f')}"`),
    /chunks\[0\]\.publicSignals\.newRoot: expected a field element, below the order of BN254/,
  ],
  'with a field twice': [(text) => text.replace('"setup":', '"setup": "development", "setup":'), /"setup" twice/],
};

describe.concurrent.each(Object.entries({ batch: BATCHES, file: FILES, argument: ARGUMENTS }))(
  'a bad %s',
  (_, cases) => {
    it.each(Object.entries(cases))(
      '(%s) is refused in one sentence, and changes nothing',
      async (_name, { files = {}, args, says }) => {
        const folder = await freshFolder(template);
        for (const [name, content] of Object.entries(files)) await put(folder, name, content);
        const before = await contentOf(folder);
        expectRefusal(await rootshift(folder, args), says);
        expect(await contentOf(folder)).toEqual(before);
      },
    );
  },
);

describe.concurrent('a proof file', () => {
  it.each(Object.entries(PROOFS))('%s is bad input, not a proof that is not valid', async (_name, [damage, says]) => {
    const folder = await freshFolder(template);
    const text = await readFile(path.join(folder, 'proof.json'), 'utf8');
    expect(damage(text)).not.toBe(text);
    await put(folder, 'proof.json', damage(text));
    expectRefusal(await rootshift(folder, ['verify', 'proof.json']), says);
  });
});

it('what is not text is refused', async () => {
  const folder = await freshFolder();
  await writeFile(path.join(folder, 'batch.json'), Uint8Array.of(0x7b, 0xff, 0x7d));
  expectRefusal(await rootshift(folder, ['prove', 'batch.json']), /could not read batch\.json: expected text in UTF-8/);
});

it('with --json, an error is an object on stdout too', async () => {
  const folder = await freshFolder();
  const { code, stdout, stderr } = await rootshift(folder, ['state', '--json']);
  const { error } = JSON.parse(stdout) as { error: string };
  expect({ code, stderr }).toEqual({ code: 2, stderr: `error: ${error}\n` });
  expect(error).toMatch(/^there is no database at \.rootshift\/db; /);
});
