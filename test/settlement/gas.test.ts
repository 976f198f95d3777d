/**
 * What calls cost, held to contracts/gas.json within 1 percent: points of proofs are random, and their zero bytes are
 * cheaper.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { concat, createWalletClient, encodeFunctionData, keccak256, parseEventLogs, size, toHex } from 'viem';
import type { Abi, Hex } from 'viem';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { logHash } from '../../src/state/batch/log.js';
import { CHAIN_VERIFIER_ABI, SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import type { Write } from '../../src/settlement/data.js';
import { readsPoint } from '../../src/settlement/point.js';
import { exportVerifier, verifierArguments } from '../../src/proof/verifier/solidity.js';
import { PUBLIC_SIGNALS } from '../../src/machine/trace/trace.js';
import { run, write } from '../machine/circuits/world.js';
import { circuit, keys, provenTrace } from '../proof/prover/prover.js';
import {
  ADMIN,
  dataOf,
  emptyState,
  pointOf,
  PROVER,
  proveLog,
  put,
  SEQUENCER,
  startSettlement,
  storageOf,
  ZERO_ADDRESS,
} from './world.js';
import type { Chunks, SettlementWorld } from './world.js';

const FILE = fileURLToPath(new URL('../../contracts/gas.json', import.meta.url));

let world: SettlementWorld;
const gas: Record<string, number> = {};
beforeAll(async () => {
  world = await startSettlement();
});
afterAll(() => world?.stop());

/** Gas of a transaction with this calldata. */
async function gasOf(to: Hex, data: Hex): Promise<number> {
  const wallet = createWalletClient({ chain: foundry, transport: world.transport, account: ADMIN });
  const receipt = await world.receiptOf(await wallet.sendTransaction({ to, data, gas: 16_000_000n }));
  expect(receipt.status).toBe('success');
  return Number(receipt.gasUsed);
}

/** A realistic write: hashed slots of one contract, a value of eight bytes. */
const aWrite = (i: number): Write =>
  storageOf(
    BigInt(keccak256(toHex(i % 7))) >> 96n,
    BigInt(keccak256(toHex(i))),
    BigInt(keccak256(toHex(i + 1000))) >> 192n,
  );
const writes = (count: number): Write[] => Array.from({ length: count }, (_, i) => aWrite(i));

it('verifying n proofs at once', async () => {
  const proof = await provenTrace((await run([], [write(1n, 2n)], 2)).trace);
  const { a, b, c } = verifierArguments(proof).proof;
  const words = [...a, ...b.flat(), ...c, ...PUBLIC_SIGNALS.map((name) => proof.publicSignals[name])];
  const statement = concat(words.map((word) => toHex(word, { size: 32 })));
  for (const n of [1, 2, 4, 8, 16]) {
    const data = encodeFunctionData({
      abi: CHAIN_VERIFIER_ABI,
      functionName: 'verify',
      args: [concat(Array.from({ length: n }, () => statement))],
    });
    gas[`verify ${n} at once`] = await gasOf(world.usual, data);
  }
  const single = compile(await exportVerifier(keys, circuit, { allowDevelopment: true }), 'RootshiftVerifier');
  const address = await deploy(single);
  gas['verify 1 by the exported verifier'] = await gasOf(
    address,
    encodeFunctionData({
      abi: single.abi,
      functionName: 'verifyTransition',
      args: Object.values(verifierArguments(proof)),
    }),
  );
});

it('posting writes, and consolidating them', async () => {
  for (const [name, count] of [
    ['1', 1],
    ['10', 10],
    ['100', 100],
    ['500', 500],
  ] as const) {
    const batch = { data: dataOf(writes(count)), fee: 0n, prover: PROVER.address, logHash: logHash(writes(count)) };
    const number = Number(await world.read('lastVirtual')) + 1;
    const fresh = await world.tools.snapshot();
    gas[`post ${name}`] = Number((await world.send(SEQUENCER, 'sequenceBatches', [number, [batch]])).gasUsed);
    await world.tools.revert({ id: fresh });
  }
  // So many chunks; the data evaluated when it was posted, or given again.
  const batches: Record<string, Write[]> = {
    'consolidate 1 chunk, the first of all': [put(1n, 5n)],
    'consolidate 1 chunk': [put(1n, 6n)],
    'consolidate 2 chunks': Array.from({ length: 12 }, (_, i) => put(1n, BigInt(100 + i))),
    'consolidate 4 chunks': Array.from({ length: 24 }, (_, i) => put(1n, BigInt(200 + i))),
  };
  const db = await emptyState();
  const chunks: Chunks[] = [];
  for (const [i, some] of Object.values(batches).entries()) {
    chunks.push(await proveLog(db, some, pointOf(world.contract, i + 1, dataOf(some), some), { commit: true }));
  }
  expect(chunks.map(({ length }) => length)).toEqual([1, 1, 2, 4]);
  for (const isEvaluated of [false, true]) {
    const fresh = await world.tools.snapshot();
    const batch = (some: Write[]) => ({
      data: dataOf(some),
      fee: 0n,
      prover: isEvaluated ? PROVER.address : ZERO_ADDRESS,
      logHash: isEvaluated ? logHash(some) : 0n,
    });
    const { logs } = await world.send(SEQUENCER, 'sequenceBatches', [1, Object.values(batches).map(batch)]);
    const posted = parseEventLogs({ abi: SETTLEMENT_ABI, logs, eventName: 'BatchPosted' }).map(
      ({ args }) => args.posted,
    );
    for (const [i, [name, some]] of Object.entries(batches).entries()) {
      const proven = { posted: posted[i]!, data: isEvaluated ? ('0x' as const) : dataOf(some), chunks: chunks[i]! };
      gas[`${name}${isEvaluated ? '' : `, data of ${some.length} given again`}`] = Number(
        (await world.send(PROVER, 'verifyBatches', [i + 1, [proven]])).gasUsed,
      );
    }
    if (!isEvaluated) await world.tools.revert({ id: fresh });
  }
  const held = [put(1n, 223n), put(2n, 0n)];
  const read = await proveLog(db, held, readsPoint(keccak256(dataOf(held)), logHash(held)));
  gas['checkReads 2 entries, as a transaction'] = await gasOf(
    world.contract,
    encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'checkReads', args: [4, 1, dataOf(held), read] }),
  );
});

it('the same writes without proofs', async () => {
  const baselines = compile(
    readFileSync(fileURLToPath(new URL('Baselines.sol', import.meta.url)), 'utf8'),
    'Baselines',
  );
  const address = await deploy(baselines);
  const call = (functionName: string, args: unknown[]): Promise<number> =>
    gasOf(address, encodeFunctionData({ abi: baselines.abi, functionName, args }));
  const siblings = Array.from({ length: 26 }, (_, i) => keccak256(toHex(i)));
  let leaf = keccak256('0x');
  // A thousand are more than a transaction may cost.
  for (const [count, calls] of [
    [10, 1],
    [100, 1],
    [250, 4],
  ] as const) {
    const total = { fresh: 0, again: 0, merkle: 0 };
    for (let i = 0; i < calls; i++) {
      const slots = writes(count).map(({ slot, value }) => [
        toHex(slot + BigInt(count + i), { size: 32 }),
        toHex(value, { size: 32 }),
      ]);
      total.fresh += await call('store', [slots]);
      total.again += await call('store', [slots.map(([key]) => [key, toHex(7n, { size: 32 })])]);
      // One leaf over and over: what it costs is the same wherever the leaves are.
      const updates = Array.from({ length: count }, () => ({
        path: 5n,
        before: leaf,
        value: (leaf = keccak256(leaf)),
        siblings,
      }));
      total.merkle += await call('update', [updates]);
    }
    const name = `${count * calls}`;
    gas[`SSTORE ${name} new slots`] = total.fresh;
    gas[`SSTORE ${name} slots again`] = total.again;
    gas[`Merkle update ${name}, 26 levels`] = total.merkle;
  }
});

it('is what the file says', () => {
  if (!existsSync(FILE) || process.env['ROOTSHIFT_GAS'] === 'write')
    writeFileSync(FILE, `${JSON.stringify(gas, null, 2)}\n`);
  const pinned = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number>;
  expect(Object.keys(gas)).toEqual(Object.keys(pinned));
  for (const [name, amount] of Object.entries(pinned))
    expect(Math.abs(gas[name]! / amount - 1), `${name}: ${gas[name]}, pinned ${amount}`).toBeLessThan(0.01);
});

it('lets a full batch of deepest chunks be consolidated by one transaction', () => {
  const pinned = (name: string): number => gas[name]!;
  const chunk = (pinned('verify 16 at once') - pinned('verify 8 at once')) / 8;
  const data = 16 * size(dataOf(writes(500))) * (512 / 500);
  expect(pinned('consolidate 1 chunk') + data + 170 * chunk).toBeLessThan(2 ** 24);
});

interface Contract {
  readonly abi: Abi;
  readonly bytecode: Hex;
}

function compile(source: string, name: string): Contract {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string };
  const settings = {
    viaIR: true,
    evmVersion: 'cancun',
    optimizer: { enabled: true, runs: 1000 },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify({ language: 'Solidity', sources: { 'a.sol': { content: source } }, settings })),
  ) as { contracts: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>> };
  const { abi, evm } = output.contracts['a.sol']![name]!;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}

async function deploy(contract: Contract): Promise<Hex> {
  const wallet = createWalletClient({ chain: foundry, transport: world.transport, account: ADMIN });
  return (await world.receiptOf(await wallet.deployContract(contract))).contractAddress!;
}
