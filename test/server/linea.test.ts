import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryDriver } from '../../src/state/hashdb/memory.js';
import { POSEIDON_BN254 as suite } from '../../src/linea/suite/poseidon.js';
import { StateDb } from '../../src/linea/store/state-db.js';
import { parseAccountProof } from '../../src/linea/proof/json.js';
import { verifyAccountProof } from '../../src/linea/proof/account-proof.js';
import { digestToHex } from '../../src/linea/trace/json.js';
import { parseTraces, verifyRange } from '../../src/linea/trace/range.js';
import { ServeError } from '../../src/server/address.js';
import { serveLinea } from '../../src/server/serve-linea.js';
import { ACCOUNTS, addressOf, draws, Model, slotOf } from '../linea/world/blocks.js';

const BLOCKS = 5;

async function served() {
  const db = await StateDb.open(new MemoryDriver(), suite, { createIfMissing: true });
  const model = new Model();
  const draw = draws(11);
  for (let i = 0; i < BLOCKS; i++) await db.apply(model.next(draw));
  const bugs: unknown[] = [];
  const options = { listen: '127.0.0.1:0', version: 'here', insecure: false, onBug: (bug: unknown) => bugs.push(bug) };
  const serving = await serveLinea(db, options);
  onTestFinished(() => serving.close());
  const post = async (body: unknown): Promise<string> => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(serving.url, { method: 'POST', headers, body: JSON.stringify(body) })).text();
  };
  const ask = (method: string, ...params: unknown[]) => post({ jsonrpc: '2.0', id: 1, method, params });
  const errorOf = async (method: string, ...params: unknown[]) => JSON.parse(await ask(method, ...params)).error;
  return { db, bugs, options, serving, post, ask, errorOf };
}

describe("Linea's state over JSON-RPC", () => {
  it('answers traces of any kept blocks, which lead from root to root', async () => {
    const { db, ask } = await served();
    for (const [start, end] of [
      [1, BLOCKS],
      [2, '3'],
      ['0x4', '0x4'],
    ] as const) {
      const range = { startBlockNumber: start, endBlockNumber: end, zkStateManagerVersion: '2.3.0' };
      const text = await ask('rollup_getZkEVMStateMerkleProofV0', range);
      expect(Object.keys(JSON.parse(text).result)).toEqual([
        'zkParentStateRootHash',
        'zkEndStateRootHash',
        'zkStateMerkleProof',
        'zkStateManagerVersion',
      ]);
      const traces = parseTraces(text);
      expect(traces.oldRoot).toBe(await db.root(Number(start) - 1));
      expect(traces.blocks).toHaveLength(Number(end) - Number(start) + 1);
      const newRoot = await db.root(Number(end));
      expect(await verifyRange(suite, traces)).toEqual({ isAccepted: true, newRoot });
    }
  });

  it('answers proofs of accounts at any kept block, by number or name, and by its older name', async () => {
    const { db, ask, bugs } = await served();
    expect(JSON.parse(await ask('rollup_getZkEVMBlockNumber')).result).toBe(`0x${BLOCKS.toString(16)}`);
    await db.prune(2);
    for (const [method, block, number] of [
      ['linea_getProof', 'latest', BLOCKS],
      ['rollup_getProof', '0x3', 3],
      ['linea_getProof', 4, 4],
      ['linea_getProof', 'earliest', 2],
    ] as const) {
      for (let i = 0; i <= ACCOUNTS; i++) {
        const text = await ask(method, addressOf(i).toUpperCase().replace('X', 'x'), ['0x1', slotOf(1)], block);
        const verdict = await verifyAccountProof(suite, await db.root(number), parseAccountProof(suite, text));
        expect(verdict).toMatchObject({ isAccepted: true, address: addressOf(i), slots: [{}, { slot: slotOf(1) }] });
      }
    }
    expect(bugs).toEqual([]);
  });

  it('says which blocks there are if others are asked for', async () => {
    const { db, errorOf, ask } = await served();
    await db.prune(2);
    const traces = 'rollup_getZkEVMStateMerkleProofV0';
    expect(await errorOf(traces, { startBlockNumber: 2, endBlockNumber: 3 })).toEqual({
      code: -32602,
      message: 'BLOCK_MISSING_IN_CHAIN - block 2 is missing: of traces, there are those of blocks 3 to 5',
    });
    expect(await errorOf(traces, { startBlockNumber: 5, endBlockNumber: 6 })).toMatchObject({
      message: expect.stringContaining('block 6 is missing'),
    });
    expect(await errorOf('linea_getProof', addressOf(1), [], 1)).toEqual({
      code: -32600,
      message: 'BLOCK_MISSING_IN_CHAIN - block is missing: there are blocks 2 to 5',
    });
    expect(JSON.parse(await ask(traces, { startBlockNumber: 3, endBlockNumber: 3 }))).toHaveProperty('result');
  });

  it('tells what was expected of bad input, with the code for it', async () => {
    const { errorOf, bugs, post } = await served();
    const traces = 'rollup_getZkEVMStateMerkleProofV0';
    const wrong: readonly (readonly [string, readonly unknown[], string])[] = [
      [traces, [], 'expected one parameter, {"startBlockNumber", "endBlockNumber"}, got []'],
      [traces, [7], 'expected {"startBlockNumber", "endBlockNumber"}, got 7'],
      [traces, [{ startBlockNumber: 1 }], 'expected endBlockNumber to be the number of a block, got nothing'],
      [traces, [{ startBlockNumber: -1, endBlockNumber: 1 }], 'expected startBlockNumber to be the number of a block'],
      [traces, [{ startBlockNumber: 2, endBlockNumber: 1 }], 'expected an endBlockNumber of at least 2, got 1'],
      [traces, [{ startBlockNumber: 1, endBlockNumber: 1000 }], 'expected at most 100 blocks, got 1000'],
      ['linea_getProof', ['0x12', [], 'latest'], 'expected an address of 20 bytes, got "0x12"'],
      ['linea_getProof', [addressOf(1), '0x1', 'latest'], 'expected a list of at most 1000 slots, got "0x1"'],
      ['linea_getProof', [addressOf(1), ['zero'], 'latest'], 'expected a slot of 32 bytes, got "zero"'],
      ['linea_getProof', [addressOf(1), [], `0x${'0'.repeat(64)}`], 'expected block to be the number of a block'],
      ['rollup_getZkEVMBlockNumber', [1], 'expected no parameters, got [1]'],
    ];
    for (const [method, params, message] of wrong) {
      expect(await errorOf(method, ...params)).toEqual({ code: -32602, message: expect.stringContaining(message) });
    }
    expect(await errorOf('eth_call')).toEqual({ code: -32601, message: expect.stringContaining('linea_getProof') });
    const named = { jsonrpc: '2.0', id: 1, method: 'linea_getProof', params: { address: 1 } };
    expect(JSON.parse(await post(named)).error.message).toContain('expected parameters in a list');
    const batch = [1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'rollup_getZkEVMBlockNumber' }));
    expect(JSON.parse(await post(batch))).toMatchObject([{ result: '0x5' }, { result: '0x5' }]);
    expect(bugs).toEqual([]);
  });

  it('does not listen where it cannot, or would be open to others', async () => {
    const { db, options, serving } = await served();
    await expect(serveLinea(db, { ...options, listen: '0.0.0.0:0' })).rejects.toThrow(ServeError);
    const taken = serving.url.replace('http://', '');
    await expect(serveLinea(db, { ...options, listen: taken })).rejects.toThrow(`could not listen on ${taken}`);
    expect(digestToHex(await db.root(0))).toMatch(/^0x/);
  });
});
