/** From a proof to a chain, and to snarkjs, by the command line. */
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { decodeFunctionData, encodeFunctionData } from 'viem';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../../src/base/field/fr.js';
import { parseProof } from '../../src/proof/prover/proof-file.js';
import type { ChunkProof } from '../../src/proof/prover/proof-file.js';
import { VERIFIER_ABI } from '../../src/proof/verifier/calldata.js';
import { merkleProofsOf, parseEthProof } from '../../src/proof/verifier/eth-proof.js';
import { parseMerkleProof } from '../../src/proof/verifier/merkle-proof.js';
import type { MerkleProof } from '../../src/proof/verifier/merkle-proof.js';
import { stateProofCalldata } from '../../src/proof/verifier/state-proofs.js';
import { exportVerifier, verifierArguments } from '../../src/proof/verifier/solidity.js';
import { PUBLIC_SIGNALS } from '../../src/machine/trace/trace.js';
import { circuit, keys } from '../proof/prover/prover.js';
import { BIN, contentOf, expectRefusal, freshFolder, inShell, put, rootshift } from './cli.js';
import type { Run } from './cli.js';

const BATCH = {
  accesses: [
    { op: 'write', key: '1', value: '100' },
    { op: 'read', key: '1' },
  ],
};
/** Two chunks: seven accesses of one key. */
const LONG = { accesses: Array.from({ length: 7 }, (_, i) => ({ op: 'write', key: '1', value: String(i + 1) })) };

const SNARKJS_PROGRAM = path.join(path.dirname(createRequire(import.meta.url).resolve('snarkjs')), 'cli.cjs');

let folder: string;
let chunk: ChunkProof;
let chunks: readonly ChunkProof[];
const cli = (...args: string[]): Promise<Run> => rootshift(folder, args);
const snarkjs = (...args: string[]): Run => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SNARKJS_PROGRAM, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
};
const read = async (name: string): Promise<string> => readFile(path.join(folder, name), 'utf8');

beforeAll(async () => {
  folder = await freshFolder();
  await put(folder, 'batch.json', BATCH);
  await put(folder, 'long.json', LONG);
  for (const [batch, out] of [
    ['batch.json', 'proof.json'],
    ['long.json', 'chunks.json'],
  ] as const) {
    expect(await cli('prove', batch, '--circuit', 's14', '--prover', 'snarkjs', '--out', out)).toMatchObject({
      code: 0,
    });
  }
  [chunk] = parseProof(await read('proof.json')).chunks as [ChunkProof];
  ({ chunks } = parseProof(await read('chunks.json')));
  expect(chunks).toHaveLength(2);
});

describe('calldata', () => {
  it('prints what calls verifyTransition, and nothing else, for each chunk or for one', async () => {
    const lines = await Promise.all(['proof.json', 'chunks.json'].map((file) => cli('calldata', file)));
    for (const [i, expectedChunks] of [[chunk], chunks].entries()) {
      const { code, stdout, stderr } = lines[i]!;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const decoded = stdout
        .trimEnd()
        .split('\n')
        .map((data) => decodeFunctionData({ abi: VERIFIER_ABI, data: data as `0x${string}` }));
      expect(decoded).toEqual(
        expectedChunks.map((one) => ({
          functionName: 'verifyTransition',
          args: Object.values(verifierArguments(one)),
        })),
      );
    }
    expect((await cli('calldata', 'chunks.json', '--chunk', '1')).stdout).toBe(`${lines[1]!.stdout.split('\n')[1]}\n`);
  });

  it('gives the arguments as JSON, too', async () => {
    const { signature, calls } = JSON.parse((await cli('calldata', 'chunks.json', '--json')).stdout);
    expect(signature).toBe(
      `verifyTransition((${PUBLIC_SIGNALS.map(() => 'uint256').join(',')}),(uint256[2],uint256[2][2],uint256[2]))`,
    );
    expect(calls).toMatchObject(
      chunks.map((_, i) => ({ chunk: i, circuit: 's14', verificationKey: keys.verificationKeyHash })),
    );
    for (const { transition, proof, calldata } of calls)
      expect(
        encodeFunctionData({ abi: VERIFIER_ABI, functionName: 'verifyTransition', args: [transition, proof] }),
      ).toBe(calldata);
  });

  it('prints what calls requireValue for a Merkle proof', async () => {
    expect(await cli('get', '1', '--proof', 'entry.json')).toMatchObject({ code: 0 });
    const proof = parseMerkleProof(await read('entry.json'));
    expect(await cli('calldata', 'entry.json')).toEqual({
      code: 0,
      stdout: `${stateProofCalldata(proof)}\n`,
      stderr: '',
    });
    const { signature, calls } = JSON.parse((await cli('calldata', 'entry.json', '--json')).stdout);
    expect(signature).toBe(
      'requireValue(uint256,(uint8,address,uint256),uint256,(uint8,uint256[],bool,uint256,uint256))',
    );
    expect(calls).toMatchObject([{ root: String(proof.root), value: '7', calldata: stateProofCalldata(proof) }]);
    expectRefusal(
      await cli('calldata', 'entry.json', '--chunk', '0'),
      /entry\.json: expected the proof of a batch with --chunk, got a Merkle proof/,
    );
  });

  it.each([
    [
      'a chunk that is not there',
      ['chunks.json', '--chunk', '2'],
      /--chunk: expected a whole number from 0 to 1, got 2/,
    ],
    ['no number of a chunk', ['chunks.json', '--chunk', '-1'], /--chunk: expected a whole number from 0 to 1, got -1/],
    ['a batch for a proof', ['batch.json'], /batch\.json: .*expected a field "format", got none/],
  ])('refuses %s', async (_, args, says) => expectRefusal(await cli('calldata', ...args), says));
});

describe('export-verifier', () => {
  it('exports the contract of the circuit and keys that a proof names', async () => {
    expect(await cli('export-verifier', 'proof.json', '--out', 'own.sol', '--allow-development-keys')).toMatchObject({
      code: 0,
    });
    expect(await read('own.sol')).toBe(await exportVerifier(keys, circuit, { allowDevelopment: true }));
  });

  it('works as its help says by an example', async () => {
    const { stdout } = await cli('export-verifier', '--help');
    const example = /^Example:\n {2}npx rootshift (.*)$/m.exec(stdout)![1]!;
    const empty = await freshFolder();
    expect(await rootshift(empty, example.split(' '))).toMatchObject({ code: 0 });
    expect(await readFile(path.join(empty, 'Verifier.sol'), 'utf8')).toContain('contract RootshiftVerifier');
  });

  it('has the ABI that programs are given for it', async () => {
    const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string };
    const sources = { 'own.sol': { content: await exportVerifier(keys, circuit, { allowDevelopment: true }) } };
    const output = JSON.parse(
      solc.compile(
        JSON.stringify({ language: 'Solidity', sources, settings: { outputSelection: { '*': { '*': ['abi'] } } } }),
      ),
    );
    const compiled: { name: string; type: string }[] = output.contracts['own.sol'].RootshiftVerifier.abi;
    const plain = (item: object): unknown =>
      JSON.parse(JSON.stringify(item, (key, value: unknown) => (key === 'internalType' ? undefined : value)));
    for (const item of VERIFIER_ABI)
      expect(compiled.filter(({ name }) => name === item.name).map(plain)).toEqual([item]);
    expect(compiled.filter(({ type }) => type === 'error')).toHaveLength(
      VERIFIER_ABI.filter(({ type }) => type === 'error').length,
    );
  });

  it('refuses another circuit than the proof’s, and development keys without consent, and writes nothing', async () => {
    const before = await contentOf(folder);
    expectRefusal(
      await cli('export-verifier', 'proof.json', '--circuit', 's16', '--out', 'no.sol', '--allow-development-keys'),
      /--circuit: expected a circuit that proof\.json uses with one key, s14, got s16/,
    );
    expectRefusal(
      await cli('export-verifier', 'proof.json', '--out', 'no.sol'),
      /development keys.*--allow-development-keys/,
    );
    expectRefusal(
      await cli('export-verifier', 'proof.json', '--out', 'no.sol', '--allow-development-keys', '--artifacts', 'none'),
      /expected the keys that the proof names, with verification key [0-9a-f]{64} of circuit s14, in .*none, did not find them/,
    );
    const two = (await read('proof.json')).replace(
      '\n  ]\n}\n',
      `,${(await read('proof.json')).split('"chunks": [')[1]!.replace('"s14"', '"deep"').replace(keys.verificationKeyHash, '0'.repeat(64))}`,
    );
    await put(folder, 'two.json', two);
    expectRefusal(
      await cli('export-verifier', 'two.json', '--out', 'no.sol', '--allow-development-keys'),
      /two\.json: expected a proof with one circuit, or the option --circuit, got a proof with s14 and deep/,
    );
    expect(
      Object.keys(((await contentOf(folder)) as { files: object }).files).filter((name) => name !== 'two.json'),
    ).toEqual(Object.keys((before as { files: object }).files));
  });
});

describe('export-snarkjs', () => {
  beforeAll(async () => {
    expect(await cli('export-snarkjs', 'proof.json', '--out-dir', 'snarkjs')).toMatchObject({ code: 0, stderr: '' });
    expect(await cli('export-snarkjs', 'chunks.json', '--out-dir', 'several')).toMatchObject({ code: 0 });
  });

  it('writes what snarkjs says OK to, chunk by chunk', async () => {
    expect((await readdir(path.join(folder, 'snarkjs'))).sort()).toEqual([
      'batch.json',
      'proof.json',
      'public.json',
      'verification_key.json',
    ]);
    for (const at of ['snarkjs', 'several/chunk-0', 'several/chunk-1']) {
      const verified = snarkjs(
        'groth16',
        'verify',
        `${at}/verification_key.json`,
        `${at}/public.json`,
        `${at}/proof.json`,
      );
      expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('OK!') });
    }
    expect(
      snarkjs(
        'groth16',
        'verify',
        'snarkjs/verification_key.json',
        'several/chunk-0/public.json',
        'snarkjs/proof.json',
      ),
    ).toMatchObject({ code: 1 });
  });

  const pair = ['verify', 'snarkjs/proof.json', '--public', 'snarkjs/public.json'];

  it('verify reads it, with the accesses, as the proof that it was', async () => {
    const whole = await cli('verify', 'proof.json', '--batch', 'batch.json');
    expect(await cli(...pair, '--batch', 'snarkjs/batch.json', '--circuit', 's14')).toEqual(whole);
    const given = await cli(
      ...pair,
      '--batch',
      'snarkjs/batch.json',
      '--circuit',
      's14',
      '--key',
      'snarkjs/verification_key.json',
      '--artifacts',
      'none',
    );
    expect(given).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /accept it only if you know that snarkjs\/verification_key\.json is the key of circuit s14 with digest [0-9a-f]{64}/,
      ),
    });
  });

  it('verify does not take it for other accesses, signals, points or keys', async () => {
    const at = {
      batch: 'snarkjs/batch.json',
      public: 'snarkjs/public.json',
      proof: 'snarkjs/proof.json',
      key: 'snarkjs/verification_key.json',
    };
    const verify = (changed: Partial<typeof at>): Promise<Run> => {
      const { proof, ...others } = { ...at, ...changed };
      return cli(
        'verify',
        proof,
        ...Object.entries(others).flatMap(([name, file]) => [`--${name}`, file]),
        '--circuit',
        's14',
      );
    };
    expect(await verify({})).toMatchObject({ code: 0 });
    await put(folder, 'other-batch.json', (await read(at.batch)).replace('"0x64"', '"0x65"'));
    expect(await verify({ batch: 'other-batch.json' })).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Not valid: the log in the file gives logHash/),
    });
    const signals = JSON.parse(await read(at.public)) as string[];
    await put(folder, 'other-public.json', signals.with(1, '5'));
    expect(await verify({ public: 'other-public.json' })).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Not valid: the proof does not verify/),
    });
    expect(await verify({ proof: 'several/chunk-0/proof.json' })).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Not valid: the proof does not verify/),
    });
    const key = JSON.parse(await read(at.key)) as { IC: string[][] };
    await put(folder, 'other-key.json', { ...key, IC: key.IC.with(2, key.IC[1]!) });
    expect(await verify({ key: 'other-key.json' })).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Not valid: the proof does not verify/),
    });
  });

  it.each<[string, string[], RegExp]>([
    [
      'without its signals',
      ['verify', 'snarkjs/proof.json', '--batch', 'snarkjs/batch.json', '--circuit', 's14'],
      /needs --public, --batch and --circuit: --public is missing/,
    ],
    ['without the accesses', [...pair, '--circuit', 's14'], /--batch is missing/],
    ['without its circuit', [...pair, '--batch', 'snarkjs/batch.json'], /--circuit is missing/],
    [
      'with a read that has no value',
      [...pair, '--batch', 'batch.json', '--circuit', 's14'],
      /batch\.json: accesses\[1\]: expected a value, .*got a read without one/,
    ],
    [
      'with keys that are not there',
      [...pair, '--batch', 'snarkjs/batch.json', '--circuit', 's14', '--artifacts', 'none'],
      /expected keys of circuit s14 in .*none, found none; give the verification key that you trust with --key/,
    ],
    [
      'with a proof for its signals',
      [
        'verify',
        'snarkjs/proof.json',
        '--public',
        'snarkjs/proof.json',
        '--batch',
        'snarkjs/batch.json',
        '--circuit',
        's14',
      ],
      /snarkjs\/proof\.json: the file: expected a list, got an object/,
    ],
    [
      'with two keys',
      [...pair, '--batch', 'snarkjs/batch.json', '--circuit', 's14', '--key', 'a', 'b'],
      /--key: expected one verification key for a proof in snarkjs format, got 2/,
    ],
  ])('verify refuses it %s', async (_, args, says) => expectRefusal(await cli(...args), says));

  it('verify refuses signals that are too few, or not reduced', async () => {
    const signals = JSON.parse(await read('snarkjs/public.json')) as string[];
    const verify = (file: string): Promise<Run> =>
      cli('verify', 'snarkjs/proof.json', '--public', file, '--batch', 'snarkjs/batch.json', '--circuit', 's14');
    await put(folder, 'few.json', signals.slice(1));
    expectRefusal(await verify('few.json'), /few\.json: the file: expected 7 public signals, got 6/);
    await put(folder, 'alias.json', signals.with(0, String(BigInt(signals[0]!) + FIELD_ORDER)));
    expectRefusal(await verify('alias.json'), /alias\.json: \[0\]: expected a field element/);
    expectRefusal(
      await cli('verify', 'proof.json', '--public', 'snarkjs/public.json'),
      /proof\.json: expected a proof in snarkjs format with --public, got a rootshift-proof/,
    );
  });

  it('refuses a proof whose keys are not there, and writes nothing', async () => {
    expectRefusal(
      await cli('export-snarkjs', 'proof.json', '--out-dir', 'nothing', '--artifacts', 'none'),
      /expected the verification key that the proof names/,
    );
    expect((await readdir(folder)).includes('nothing')).toBe(false);
  });
});

describe('get --eth-proof', () => {
  it('writes an account and slots in the shape of eth_getProof, which verify and calldata read', async () => {
    const account = `0x${'0'.repeat(40)}`;
    const got = await cli('get', account, '1', '2', '--eth-proof', 'account.json');
    const lines = [
      'balance: absent',
      'nonce: absent',
      'code hash: absent',
      `storage at 0x${'0'.repeat(63)}1: 0x${'0'.repeat(63)}7`,
      `storage at 0x${'0'.repeat(63)}2: absent`,
    ];
    expect(got).toEqual({ code: 0, stderr: '', stdout: `${lines.join('\n')}\n` });
    expect(JSON.parse(await read('account.json'))).toMatchObject({
      address: account,
      balance: '0x0',
      storageProof: [{ value: '0x7' }, { value: '0x0', proof: [expect.any(String)] }],
    });
    const verified = await cli('verify', 'account.json');
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Valid: in the state with root 0x[0-9a-f]{64}, balance, nonce, code hash and 2 slots of 0x0{40} are as the proof says; accept it only if/,
      ),
    });
    expect(verified.stdout).toMatch(/checked: the root is number \d in the history of the database/);
    const proofs = merkleProofsOf(parseEthProof(await read('account.json'))) as MerkleProof[];
    expect((await cli('calldata', 'account.json')).stdout).toBe(
      proofs.map((proof) => `${stateProofCalldata(proof)}\n`).join(''),
    );
    await put(folder, 'wrong-account.json', (await read('account.json')).replace('"0x7"', '"0x8"'));
    expect(await cli('verify', 'wrong-account.json')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Not valid: storage of 0x0{40} at 0x0{63}1: /),
    });
  });

  it.each<[string, string[], RegExp]>([
    ['no address', [], /--eth-proof: expected an ADDRESS, got none/],
    ['a plain key', ['1'], /ADDRESS: expected 20 bytes/],
    ['a kind', [`0x${'0'.repeat(40)}`, '--kind', 'nonce'], /--kind: not allowed with --eth-proof/],
    ['another proof', [`0x${'0'.repeat(40)}`, '--proof', 'p.json'], /--proof: not allowed with --eth-proof/],
  ])('refuses %s', async (_, args, says) => expectRefusal(await cli('get', ...args, '--eth-proof', 'no.json'), says));

  it('without it, get takes one slot', async () =>
    expectRefusal(await cli('get', `0x${'0'.repeat(40)}`, '1', '2'), /expected one SLOT, or --eth-proof, got 2 slots/));
});

describe('a pipe', () => {
  const account = `0x${'0'.repeat(40)}`;
  beforeAll(async () => {
    for (const args of [
      ['get', '1', '--proof', 'entry.json'],
      ['get', '--entries', 'batch.json', '--proof', 'entries.json'],
      ['get', account, '1', '--eth-proof', 'account.json'],
      ['execute', 'batch.json', '--out', 'trace.json'],
      ['export-snarkjs', 'proof.json', '--out-dir', 'snarkjs'],
    ])
      expect(await cli(...args)).toMatchObject({ code: 0 });
    await put(folder, 'names.csv', 'key\n1\n2\n');
  });

  it.each<[command: string, file: string, rest?: string]>([
    ['verify', 'proof.json'],
    ['verify', 'chunks.json'],
    ['verify', 'entry.json'],
    ['verify', 'entries.json'],
    ['verify', 'account.json'],
    ['verify', 'snarkjs/proof.json', '--public snarkjs/public.json --batch snarkjs/batch.json --circuit s14'],
    ['verify proof.json --batch', 'batch.json'],
    ['verify proof.json --key', 'snarkjs/verification_key.json'],
    ['calldata', 'proof.json'],
    ['calldata', 'entry.json'],
    ['calldata', 'account.json'],
    ['export-verifier', 'proof.json', '--out piped.sol --allow-development-keys'],
    ['export-snarkjs', 'proof.json', '--out-dir piped'],
    ['get --entries', 'batch.json'],
    ['get --entries', 'names.csv'],
    ['execute', 'batch.json', '--out piped-trace.json'],
    ['check', 'trace.json'],
    ['inspect', 'trace.json'],
    ['inspect', 'proof.json'],
    ['inspect', 'batch.json'],
    ['plan', 'batch.json', '--circuit s14'],
  ])('%s takes %s through one, too', async (command, file, rest = '') => {
    // Times differ, and so do the names of what was read.
    const same = ({ code, stdout }: Run): unknown => [
      code,
      stdout.replaceAll(/\/dev\/(stdin|fd\/\d+)/g, file).replaceAll(/\d+(\.\d)? (s|ms|MiB)\b/g, '…'),
    ];
    const whole = same(await inShell(folder, `rootshift ${command} ${file} ${rest}`));
    expect(whole).toMatchObject([0, expect.stringMatching(/./)]);
    expect(same(await inShell(folder, `cat ${file} | rootshift ${command} /dev/stdin ${rest}`))).toEqual(whole);
    expect(same(await inShell(folder, `rootshift ${command} <(cat ${file}) ${rest}`))).toEqual(whole);
  });

  it.each(['verify', 'calldata', 'inspect', 'get --entries', 'load --db new'])(
    '%s reads no more of one than --max-input',
    async (command) => {
      const endless = `yes '"key": 1,' | rootshift ${command} /dev/stdin --max-input 1K`;
      expectRefusal(
        await inShell(folder, `{ echo '{'; ${endless.replace(' |', '; } |')}`),
        /could not read \/dev\/stdin: expected at most 1,024 bytes, got more; use --max-input SIZE for larger files/,
      );
    },
  );

  it('may be a socket, as Node gives its children', async () => {
    const { status, stdout } = spawnSync(process.execPath, [BIN, 'calldata', '/dev/stdin'], {
      cwd: folder,
      input: await read('proof.json'),
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: (await cli('calldata', 'proof.json')).stdout });
  });
});
