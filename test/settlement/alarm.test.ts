/** The alarm of a settlement by the client, with keys whose maker kept the secrets: two proofs that both verify. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toHex } from 'viem';
import { beforeEach, expect, it } from 'vitest';
import { toFr } from '../../src/base/field/fr.js';
import { PUBLIC_SIGNALS } from '../../src/machine/trace/trace.js';
import { formatProof } from '../../src/proof/prover/proof-file.js';
import type { ProofFile } from '../../src/proof/prover/proof-file.js';
import { SETTLEMENT_ABI } from '../../src/settlement/abi.js';
import { raiseAlarm } from '../../src/settlement/alarm.js';
import { readBatches } from '../../src/settlement/chain.js';
import { Journal } from '../../src/settlement/journal.js';
import type { Address } from '../../src/settlement/point.js';
import { openEndpoint } from '../../src/settlement/provider.js';
import { Sender } from '../../src/settlement/sender.js';
import { freshFolder, rootshift } from '../cli/cli.js';
import { claimed } from './accepting.js';
import { brokenKeys, inFile } from './broken-keys.js';
import { dataOf, pointOf, PROVER, put, SEQUENCER, settlementForTests, STRANGER, USER, ZERO_ADDRESS } from './world.js';

const KEY = toHex(USER.getHdKey().privateKey!);
const WRITES = [put(1n, 2n)];
const DATA = dataOf(WRITES);
const world = settlementForTests();
let keys: Awaited<ReturnType<typeof brokenKeys>>;
let contract: Address;
beforeEach(async () => {
  keys = await brokenKeys();
  const verifier = await world.deployVerifier(keys.key);
  contract = await world.deploySettlement({}, [verifier, verifier]);
  const post = { data: DATA, fee: 0n, prover: ZERO_ADDRESS, logHash: 0n };
  await world.send(SEQUENCER, 'sequenceBatches', [1, [post]], { to: contract });
});

/** A valid proof that the batch leads to any root, for some prover. */
function forged(root: bigint, prover: Address, writes = WRITES): ProofFile {
  const x = pointOf(contract, 1, dataOf(writes), writes, prover);
  const [{ logHash, dataOut } = { logHash: 0n, dataOut: 0n }] = claimed(x, writes, root);
  const publicSignals = {
    oldRoot: toFr(0n),
    newRoot: toFr(root),
    logHashIn: toFr(0n),
    logHash: toFr(logHash),
    x,
    dataIn: toFr(1n),
    dataOut: toFr(dataOut),
  };
  const none = '0'.repeat(64);
  const chunk = {
    circuit: { name: 's14', digest: none },
    setup: 'development',
    verificationKey: none,
    publicSignals,
    proof: inFile(keys.forge(PUBLIC_SIGNALS.map((name) => publicSignals[name]))),
    log: writes,
  } as const;
  return { chunks: [chunk] };
}

it('is raised by two proofs that disagree, and by no others', async () => {
  const folder = await freshFolder();
  const journal = await Journal.open(path.join(folder, 'journal.json'));
  const sender = new Sender({ url: world.url, privateKey: KEY, journal, pollingInterval: 10 });
  const [batch] = await readBatches(openEndpoint(world.url), contract);
  const raise = (one: ProofFile, other: ProofFile) =>
    raiseAlarm({ sender, contract }, batch!, [
      { prover: PROVER.address, proof: one },
      { prover: USER.address, proof: other },
    ]);
  const one = forged(666n, PROVER.address);
  const other = forged(5n, USER.address);
  await expect(raise(one, forged(666n, USER.address))).rejects.toThrow('both lead to 0x29a');
  await expect(raise(one, forged(5n, STRANGER.address))).rejects.toThrow(
    'proof 2: expected one of the data of batch 1',
  );
  await expect(raise(forged(5n, PROVER.address, [put(1n, 3n)]), other)).rejects.toThrow('proof 1: expected one of');
  const [chunk] = other.chunks;
  const changed = { chunks: [{ ...chunk!, publicSignals: { ...chunk!.publicSignals, newRoot: toFr(6n) } }] };
  await expect(raise(one, changed)).rejects.toThrow('InvalidProofs');
  const alarmed = () => world.reader.readContract({ address: contract, abi: SETTLEMENT_ABI, functionName: 'alarmed' });
  expect(await alarmed()).toBe(false);

  await writeFile(path.join(folder, 'one.json'), formatProof(one));
  await writeFile(path.join(folder, 'other.json'), formatProof(other));
  const by = ['--proven-by', PROVER.address, USER.address];
  const args = [
    'settlement',
    'alarm',
    '1',
    'one.json',
    'other.json',
    '--rpc',
    world.url,
    '--contract',
    contract,
    ...by,
  ];
  const { code, stdout, stderr } = await rootshift(folder, args, { ROOTSHIFT_PRIVATE_KEY: KEY });
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/Raised the alarm at 0x\w+: batch 1 was proven to lead to 0x0*29a and to 0x0*5\./);
  expect(await alarmed()).toBe(true);
});
