import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SUITES } from '../../src/linea/suite/suites.js';
import { casesOf } from '../linea/vectors.js';
import { freshFolder, ROOT, rootshift } from './cli.js';
import { startServing } from './serving.js';

const ADDRESS = '0x7d0aa91b12d31755d2fc99d22e09947936e00474';
const blockOf = (...accounts: readonly unknown[]): string =>
  JSON.stringify({ format: 'rootshift-linea-block', version: 1, accounts });
const CREATED = {
  address: ADDRESS,
  after: { nonce: 1, balance: '5', code: '0x6001' },
  slots: [{ slot: '0x0', after: 42 }],
};

async function run(
  folder: string,
  ...args: readonly string[]
): Promise<{ code: number | null; json: Record<string, unknown> }> {
  const { code, stdout } = await rootshift(folder, ['linea', ...args, '--json']);
  return { code, json: JSON.parse(stdout) as Record<string, unknown> };
}

describe('rootshift linea', () => {
  it('does blocks, writes their traces, and verifies them from root to root', async () => {
    const folder = await freshFolder();
    await writeFile(path.join(folder, 'one.json'), blockOf(CREATED));
    await writeFile(path.join(folder, 'two.json'), blockOf({ address: ADDRESS, slots: [{ slot: '0x0', after: 0 }] }));
    const one = await run(folder, 'apply', 'one.json', '--db', 'state', '--out', 'one-traces.json');
    expect(one).toMatchObject({ code: 0, json: { number: 1, traces: 2 } });
    const two = await run(folder, 'apply', 'two.json', '--db', 'state', '--out', 'two-traces.json');
    expect(two).toMatchObject({ code: 0, json: { number: 2, traces: 3, oldRoot: one.json['newRoot'] } });
    expect(await run(folder, 'verify', 'two-traces.json')).toMatchObject({
      code: 0,
      json: { valid: true, oldRoot: two.json['oldRoot'], newRoot: two.json['newRoot'], traces: 3 },
    });
    const traces = await readFile(path.join(folder, 'two-traces.json'), 'utf8');
    await writeFile(path.join(folder, 'bad.json'), traces.replace('"nextFreeNode":3', '"nextFreeNode":4'));
    expect(await run(folder, 'verify', 'bad.json')).toMatchObject({ code: 1, json: { valid: false, block: 0 } });
    const from = ['--old-root', one.json['oldRoot'] as string];
    expect(await run(folder, 'verify', 'two-traces.json', ...from)).toMatchObject({ code: 1, json: { valid: false } });
  });

  it('lists the blocks, takes them back, forgets them, and proves accounts at each that is kept', async () => {
    const folder = await freshFolder();
    await writeFile(path.join(folder, 'one.json'), blockOf(CREATED));
    await writeFile(path.join(folder, 'two.json'), blockOf({ address: ADDRESS, slots: [{ slot: '0x0', after: 0 }] }));
    const db = ['--db', 'state'];
    expect(await run(folder, 'state', ...db)).toMatchObject({ code: 2, json: { error: expect.any(String) } });
    for (const file of ['one.json', 'two.json', 'one.json']) await run(folder, 'apply', file, ...db);
    const state = await run(folder, 'state', ...db);
    expect(state).toMatchObject({ code: 0, json: { suite: 'poseidon2-koalabear', number: 3, first: 0 } });
    const blocks = state.json['blocks'] as { readonly block: number; readonly root: string }[];
    const rootOf = (number: number): string => blocks.find(({ block }) => block === number)!.root;
    const ask = [ADDRESS, '0x0', '0x1', '--out', 'proof.json', ...db];
    for (const [block, value] of [
      [0, 0],
      [1, 42],
    ] as const) {
      const proof = await run(folder, 'proof', ...ask, '--block', String(block));
      expect(proof).toMatchObject({ code: 0, json: { block, root: rootOf(block), isThere: block > 0 } });
      expect(await run(folder, 'verify-proof', 'proof.json', '--root', rootOf(block))).toMatchObject({
        code: 0,
        json: { valid: true, address: ADDRESS, slots: [{ value: `0x${value.toString(16).padStart(64, '0')}` }, {}] },
      });
    }
    expect(await run(folder, 'verify-proof', 'proof.json', '--root', rootOf(3))).toMatchObject({ code: 1 });
    expect(await run(folder, 'rollback', '--blocks', '4', ...db)).toMatchObject({
      code: 2,
      json: { error: expect.stringContaining('has no block -1: it keeps blocks 0 to 3') },
    });
    expect(await run(folder, 'rollback', ...db)).toMatchObject({ code: 0, json: { number: 2, root: rootOf(2) } });
    expect(await run(folder, 'prune', '--keep-last', '1', ...db)).toMatchObject({
      code: 0,
      json: { forgotten: 2, first: 2 },
    });
    expect(await run(folder, 'proof', ...ask, '--block', '1')).toMatchObject({
      code: 2,
      json: { error: expect.stringContaining('it keeps blocks 2 to 2') },
    });
    const outside = await run(folder, 'proof', ADDRESS, '--out', '.', ...db);
    expect(outside).toMatchObject({ code: 2 });
    expect(await run(folder, 'proof', '0x12', '--out', 'proof.json', ...db)).toMatchObject({ code: 2 });
    await writeFile(path.join(folder, 'no.json'), '{"accountProof": 1, "storageProofs": []}');
    expect(await run(folder, 'verify-proof', 'no.json', '--root', '0x1')).toEqual({
      code: 2,
      json: { error: expect.stringContaining('no.json: accountProof: expected an object, got 1') },
    });
  });

  it('lists the slots of an account, and the accounts, page by page, and shows that there are no others', async () => {
    const folder = await freshFolder();
    const slots = ['0x1', '0x2'].map((slot) => ({ slot, after: 7 }));
    await writeFile(path.join(folder, 'one.json'), blockOf({ ...CREATED, slots }));
    const { json } = await run(folder, 'apply', 'one.json', '--db', 'state');
    const root = ['--root', json['newRoot'] as string];
    const out = ['--out', 'list.json', '--db', 'state'];
    expect(await run(folder, 'list', ...out)).toMatchObject({ code: 0, json: { entries: 1, next: null } });
    expect(await run(folder, 'verify-list', 'list.json', ...root)).toMatchObject({
      code: 0,
      json: { isAll: true, address: null, entries: [{ key: ADDRESS }] },
    });
    const first = await run(folder, 'list', ADDRESS, '--limit', '1', ...out);
    expect(first).toMatchObject({ code: 0, json: { entries: 1, next: expect.stringMatching(/^0x/) } });
    await run(folder, 'list', ADDRESS, '--from', first.json['next'] as string, ...out);
    expect(await run(folder, 'verify-list', 'list.json', ...root)).toMatchObject({
      code: 0,
      json: { isAll: false, address: ADDRESS, from: first.json['next'], entries: [{}] },
    });
    expect(await run(folder, 'verify-list', 'list.json', '--root', '0x1')).toMatchObject({ code: 1 });
    const absent = await run(folder, 'list', ADDRESS.replace('7', '8'), ...out);
    expect(absent).toEqual({ code: 2, json: { error: expect.stringContaining('there is no account') } });
    expect(await run(folder, 'list', '--from', '0x0', ...out)).toMatchObject({ code: 2 });
    expect(await run(folder, 'verify-list', 'one.json', ...root)).toMatchObject({
      code: 2,
      json: { error: expect.stringContaining('expected "rootshift-linea-list"') },
    });
  });

  it('checks a database, and makes another of its snapshot', async () => {
    const folder = await freshFolder();
    await writeFile(path.join(folder, 'one.json'), blockOf(CREATED));
    const { json } = await run(folder, 'apply', 'one.json', '--db', 'state');
    const root = json['newRoot'] as string;
    expect(await run(folder, 'fsck', '--db', 'state')).toEqual({
      code: 0,
      json: { whole: true, damages: [], blocks: 2, entries: 2 },
    });
    const written = await run(folder, 'export', '--db', 'state', '--out', 'state.jsonl');
    expect(written).toMatchObject({ code: 0, json: { block: 1, root, pages: 2 } });
    const other = await run(folder, 'import', 'state.jsonl', '--db', 'other', '--root', root);
    expect(other).toMatchObject({ code: 0, json: { number: 1, root, entries: 2 } });
    expect(await run(folder, 'fsck', '--db', 'other')).toMatchObject({ code: 0, json: { blocks: 1 } });
    expect(await run(folder, 'import', 'state.jsonl', '--db', 'other', '--root', root)).toMatchObject({ code: 2 });
    expect(await run(folder, 'import', 'state.jsonl', '--db', 'third', '--root', '0x1')).toEqual({
      code: 2,
      json: { error: 'state.jsonl: line 1: the snapshot is of another root' },
    });
    expect(await run(folder, 'state', '--db', 'third')).toMatchObject({ code: 2 });
  });

  it('serves the state until it is told to stop', async () => {
    const folder = await freshFolder();
    await writeFile(path.join(folder, 'one.json'), blockOf(CREATED));
    const { json } = await run(folder, 'apply', 'one.json', '--db', 'state');
    const refused = await run(folder, 'serve', '--db', 'state', '--listen', '0.0.0.0:0');
    expect(refused).toEqual({ code: 2, json: { error: expect.stringContaining('without TLS') } });
    const server = await startServing(folder, ['--db', 'state'], ['linea', 'serve']);
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'linea_getProof', params: [ADDRESS, ['0x0'], 'latest'] }),
    });
    await writeFile(path.join(folder, 'proof.json'), await response.text());
    expect(await server.end()).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopped.') });
    const root = json['newRoot'] as string;
    expect(await run(folder, 'verify-proof', 'proof.json', '--root', root)).toMatchObject({ code: 0 });
  });

  it('verifies a request to the prover of Linea', async () => {
    const folder = await freshFolder();
    const { data, endRoot } = casesOf<{ file: string; data: unknown; endRoot: string }>('requests').find(({ file }) =>
      file.endsWith('v2-38.json'),
    )!;
    await writeFile(path.join(folder, 'request.json'), JSON.stringify(data));
    const { code, stdout } = await rootshift(folder, ['linea', 'verify', 'request.json', '--suite', 'mimc-bls12377']);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Valid: 12 traces of 1 block lead`)]);
    expect(stdout).toContain(endRoot);
    expect(stdout).toContain('the file does not say which it should be');
    const suite = ['--suite', 'mimc-bls12377'];
    expect(await run(folder, 'verify', 'request.json', ...suite, '--new-root', endRoot)).toMatchObject({ code: 0 });
    expect(await run(folder, 'verify', 'request.json', ...suite, '--new-root', '0x1')).toMatchObject({ code: 1 });
    expect(await run(folder, 'verify', 'request.json')).toMatchObject({ code: 1 });
  });

  it('says what is wrong with a file, and changes nothing', async () => {
    const folder = await freshFolder();
    const wrong = {
      'no.json': ['{}', 'no.json: the file: expected a field "format"'],
      'twice.json': [blockOf(CREATED, CREATED), `twice.json: account ${ADDRESS} is there twice`],
      'gone.json': [blockOf({ address: ADDRESS.replace('7', '8'), destroyed: true }), 'was not there before the block'],
      'key.json': [blockOf({ address: '0x12' }), 'key.json: accounts[0].address: expected 20 bytes'],
    };
    await writeFile(path.join(folder, 'good.json'), blockOf(CREATED));
    await run(folder, 'apply', 'good.json', '--db', 'state', '--suite', 'poseidon-bn254');
    const suite = ['--suite', 'poseidon-bn254'];
    for (const [name, [text, message]] of Object.entries(wrong)) {
      await writeFile(path.join(folder, name), text!);
      const refused = await run(folder, 'apply', name, '--db', 'state', ...suite);
      expect(refused).toEqual({ code: 2, json: { error: expect.stringContaining(message!) } });
    }
    expect(await run(folder, 'apply', 'good.json', '--db', 'state')).toMatchObject({
      code: 2,
      json: { error: expect.stringContaining('has suite poseidon-bn254') },
    });
    await writeFile(path.join(folder, 'empty.json'), blockOf());
    expect(await run(folder, 'apply', 'empty.json', '--db', 'state', ...suite)).toMatchObject({
      code: 0,
      json: { number: 2 },
    });
    expect(await run(folder, 'verify', 'good.json')).toMatchObject({
      code: 2,
      json: { error: 'good.json: the file: expected a field "zkParentStateRootHash", got none' },
    });
  });

  it('offers all suites, and does nothing if the traces cannot be written', async () => {
    const folder = await freshFolder();
    const { stdout } = await rootshift(folder, ['linea', 'verify', '--help']);
    for (const name of Object.keys(SUITES)) expect(stdout).toContain(name);
    await writeFile(path.join(folder, 'block.json'), blockOf(CREATED));
    const refused = await run(folder, 'apply', 'block.json', '--db', 'state', '--out', '.');
    expect(refused).toMatchObject({ code: 2, json: { error: expect.any(String) } });
    expect(await run(folder, 'apply', 'block.json', '--db', 'state')).toMatchObject({ code: 0, json: { number: 1 } });
  });

  it('takes the block of the documents', async () => {
    const folder = await freshFolder();
    const document = await readFile(path.join(ROOT, 'docs', 'linea.md'), 'utf8');
    await writeFile(path.join(folder, 'block.json'), /^```json\n(.*?)^```$/ms.exec(document)![1]!);
    expect(await run(folder, 'apply', 'block.json', '--db', 'state')).toMatchObject({ code: 0, json: { number: 1 } });
  });
});
