/** What calls cost, held to contracts/gas.json within 1 percent: points of proofs are random, and their zero bytes are cheaper. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Abi, concat, createWalletClient, encodeFunctionData, type Hex, keccak256, parseEventLogs, size, toHex } from 'viem';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { logHash } from '../../src/batch/log.js';
import { CHAIN_VERIFIER_ABI, SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import { type Write } from '../../src/settlement/data.js';
import { readsPoint } from '../../src/settlement/point.js';
import { exportVerifier, verifierArguments } from '../../src/verifier/solidity.js';
import { PUBLIC_SIGNALS } from '../../src/trace/trace.js';
import { run, write } from '../circuits/world.js';
import { circuit, keys, provenTrace } from '../prover/prover.js';
import {
  ADMIN, dataOf, emptyState, pointOf, poseidon, PROVER, proveLog, put, SEQUENCER, type SettlementWorld, startSettlement, storageOf, ZERO_ADDRESS,
} from './world.js';

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
  const receipt = await world.reader.waitForTransactionReceipt({ hash: await wallet.sendTransaction({ to, data, gas: 16_000_000n }) });
  expect(receipt.status).toBe('success');
  return Number(receipt.gasUsed);
}

/** A realistic write: hashed slots of one contract, a value of eight bytes. */
const aWrite = (i: number): Write => storageOf(BigInt(keccak256(toHex(i % 7))) >> 96n, BigInt(keccak256(toHex(i))), BigInt(keccak256(toHex(i + 1000))) >> 192n);
const writes = (count: number): Write[] => Array.from({ length: count }, (_, i) => aWrite(i));

it('verifying n proofs at once', async () => {
  const proof = await provenTrace((await run([], [write(1n, 5n)], 2)).trace);
  const { a, b, c } = verifierArguments(proof).proof;
  const words = [...a, ...b.flat(), ...c, ...PUBLIC_SIGNALS.map((name) => proof.publicSignals[name])];
  const statement = concat(words.map((word) => toHex(word, { size: 32 })));
  for (const n of [1, 2, 4, 8, 16]) {
    const data = encodeFunctionData({ abi: CHAIN_VERIFIER_ABI, functionName: 'verify', args: [concat(Array.from({ length: n }, () => statement))] });
    gas[`verify ${n} at once`] = await gasOf(world.usual, data);
  }
  const single = compile(await exportVerifier(keys, circuit, { allowDevelopment: true }), 'RootshiftVerifier');
  const address = await deploy(single);
  gas['verify 1 by the exported verifier'] = await gasOf(address, encodeFunctionData({ abi: single.abi, functionName: 'verifyTransition', args: Object.values(verifierArguments(proof)) }));
});

it('posting writes, and consolidating them', async () => {
  for (const [name, count] of [['1', 1], ['10', 10], ['100', 100], ['500', 500]] as const) {
    const batch = { data: dataOf(writes(count)), prover: PROVER.address, logHash: logHash(poseidon, writes(count)) };
    const number = Number(await world.read('lastVirtual')) + 1;
    const fresh = await world.tools.snapshot();
    gas[`post ${name}`] = Number((await world.send(SEQUENCER, 'sequenceBatches', [number, [batch]])).gasUsed);
    await world.tools.revert({ id: fresh });
  }
  // One chunk, and two; the data evaluated when it was posted, or given again.
  const [first, second] = [[put(1n, 5n)], [put(1n, 6n), put(1n, 7n), put(1n, 8n), put(2n, 9n)]];
  const db = await emptyState();
  const chunks = [
    await proveLog(db, first, pointOf(world.contract, 1, dataOf(first), first), { commit: true }),
    await proveLog(db, second, pointOf(world.contract, 2, dataOf(second), second), { commit: true }),
  ];
  for (const isEvaluated of [false, true]) {
    const fresh = await world.tools.snapshot();
    const batch = (some: Write[]) => ({ data: dataOf(some), prover: isEvaluated ? PROVER.address : ZERO_ADDRESS, logHash: isEvaluated ? logHash(poseidon, some) : 0n });
    const { logs } = await world.send(SEQUENCER, 'sequenceBatches', [1, [batch(first), batch(second)]]);
    const posted = parseEventLogs({ abi: SETTLEMENT_ABI, logs, eventName: 'BatchPosted' }).map(({ args }) => args.posted);
    for (const [i, some] of [first, second].entries()) {
      const proven = { posted: posted[i]!, data: isEvaluated ? ('0x' as const) : dataOf(some), chunks: chunks[i]! };
      const name = `consolidate ${chunks[i]!.length} chunk${i === 0 ? '' : 's'}${isEvaluated ? '' : `, data of ${some.length} given again`}`;
      gas[name] = Number((await world.send(PROVER, 'verifyBatches', [i + 1, [proven]])).gasUsed);
    }
    if (!isEvaluated) await world.tools.revert({ id: fresh });
  }
  const held = [put(1n, 8n), put(2n, 9n)];
  const read = await proveLog(db, held, readsPoint(keccak256(dataOf(held)), logHash(poseidon, held)));
  gas['checkReads 2 entries, as a transaction'] = await gasOf(world.contract, encodeFunctionData({ abi: SETTLEMENT_ABI, functionName: 'checkReads', args: [dataOf(held), read] }));
});

it('the same writes without proofs', async () => {
  const baselines = compile(readFileSync(fileURLToPath(new URL('Baselines.sol', import.meta.url)), 'utf8'), 'Baselines');
  const address = await deploy(baselines);
  const call = (functionName: string, args: unknown[]): Promise<number> => gasOf(address, encodeFunctionData({ abi: baselines.abi, functionName, args }));
  for (const count of [10, 100]) {
    const slots = writes(count).map(({ slot, value }) => [toHex(slot + BigInt(count), { size: 32 }), toHex(value, { size: 32 })]);
    gas[`SSTORE ${count} new slots`] = await call('store', [slots]);
    gas[`SSTORE ${count} slots again`] = await call('store', [slots.map(([key]) => [key, toHex(7n, { size: 32 })])]);
    const siblings = Array.from({ length: 26 }, (_, i) => keccak256(toHex(i)));
    // One leaf over and over: what it costs is the same wherever the leaves are.
    const value = (i: number): Hex => keccak256(toHex(1000 + count + i));
    const updates = Array.from({ length: count }, (_, i) => ({ path: 5n, before: i === 0 && count === 10 ? value(-1) : i === 0 ? keccak256(toHex(1019)) : value(i - 1), value: value(i), siblings }));
    gas[`Merkle update ${count}, 26 levels`] = await call('update', [updates]);
  }
});

it('is what the file says', () => {
  if (!existsSync(FILE) || process.env['ROOTSHIFT_GAS'] === 'write') writeFileSync(FILE, `${JSON.stringify(gas, null, 2)}\n`);
  const pinned = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number>;
  expect(Object.keys(gas)).toEqual(Object.keys(pinned));
  for (const [name, amount] of Object.entries(pinned)) expect(Math.abs(gas[name]! / amount - 1), `${name}: ${gas[name]}, pinned ${amount}`).toBeLessThan(0.01);
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
  const settings = { viaIR: true, evmVersion: 'cancun', optimizer: { enabled: true, runs: 1000 }, outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } };
  const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources: { 'a.sol': { content: source } }, settings }))) as {
    contracts: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>;
  };
  const { abi, evm } = output.contracts['a.sol']![name]!;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}

async function deploy(contract: Contract): Promise<Hex> {
  const wallet = createWalletClient({ chain: foundry, transport: world.transport, account: ADMIN });
  const hash = await wallet.deployContract(contract);
  return (await world.reader.waitForTransactionReceipt({ hash })).contractAddress!;
}
