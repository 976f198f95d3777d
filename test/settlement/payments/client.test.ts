/** The payments client, on a chain whose verifiers accept everything: what is sent, and what is believed. */
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { toHex } from 'viem';
import type { Hex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signingDomain } from '../../../src/rules/common/context.js';
import { keyHashOf, publicKeyOf } from '../../../src/rules/eddsa/eddsa.js';
import { accountEntry, accountOf } from '../../../src/rules/payments/account.js';
import { recordOfPayment } from '../../../src/rules/payments/operation.js';
import type { SignedPayment } from '../../../src/rules/payments/operation.js';
import { FOREVER } from '../../../src/rules/payments/record.js';
import { signPayment } from '../../../src/rules/payments/wallet.js';
import { depositPayment, exitPayments } from '../../../src/settlement/payments/ask.js';
import { forcePayments } from '../../../src/settlement/payments/force.js';
import { genesisRoot, syncPayments, virtualPayments } from '../../../src/settlement/payments/follow.js';
import { dropPayments, revokePaymentsVersion } from '../../../src/settlement/payments/leave.js';
import { resumeSettlement, stopSettlement } from '../../../src/settlement/administer.js';
import { ChainError } from '../../../src/settlement/chain-error.js';
import { KeptPayments } from '../../../src/settlement/payments/kept.js';
import { readPayments, waitingOperations } from '../../../src/settlement/payments/ledger.js';
import { postPayments } from '../../../src/settlement/payments/post.js';
import { LocalQueue } from '../../../src/proof/prover/queue.js';
import { ArtifactStore } from '../../../src/machine/circuit/artifacts.js';
import { openEndpoint } from '../../../src/settlement/provider.js';
import type { Sender } from '../../../src/settlement/sender.js';
import type { HashDb } from '../../../src/state/hashdb/hashdb.js';
import { endpointBefore, endpointUntil } from '../endpoint.js';
import { emptyState } from '../world.js';
import { consolidateUnproven, DELAYS, startPayments } from './world.js';
import type { PaymentsWorld } from './world.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
const ETHER = 10n ** 18n;
const SECRET = new Uint8Array(32).fill(7);
const KEY_HASH = keyHashOf(publicKeyOf(SECRET));

let world: PaymentsWorld;
let fresh: Hex;
let operator: Sender;
let alice: Sender;
let db: HashDb;
let kept: KeptPayments;
let files = 0;
beforeAll(async () => {
  world = await startPayments();
  fresh = await world.tools.snapshot();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  await world.tools.revert({ id: fresh });
  fresh = await world.tools.snapshot();
  operator = await world.senderOf('operator');
  alice = await world.senderOf('alice');
  db = await emptyState();
  kept = await KeptPayments.open(path.join(world.folder, `kept-${files++}.txt`));
});

const at = (sender: Sender) => ({ sender, contract: world.contract });
const ledgerBy = async (url = world.url) => readPayments(openEndpoint(url), world.contract);
const post = async (...payments: SignedPayment[]): Promise<number[]> => {
  const ledger = await ledgerBy();
  await syncPayments(db, ledger);
  return postPayments(
    { ...at(operator), db, kept, feeRecipient: operator.address, recordsAtOnce: 100 },
    ledger,
    payments,
  );
};
const consolidate = async (): Promise<void> => {
  const ledger = await ledgerBy();
  await consolidateUnproven(
    operator,
    world.contract,
    db,
    ledger.batches.find(({ root }) => root === null)!,
  );
  await syncPayments(db, await ledgerBy());
};
const transfer = (amount: bigint, nonce: bigint, secret = SECRET): SignedPayment => {
  const domain = signingDomain({ chainId: 31_337n, contract: BigInt(world.contract), version: 1 });
  const shared = { from: BigInt(alice.address), fee: 1n, validUntil: FOREVER };
  return signPayment({ ...shared, kind: 'transfer', to: 5n, amount }, nonce, domain, secret);
};
const deposit = () => depositPayment(at(alice), { amount: ETHER, keyHash: KEY_HASH });

describe('an operation', () => {
  it('is asked for once, whatever call its command is killed at', async () => {
    let kills = 0;
    for (let call = 1; ; call += LONG ? 1 : 4) {
      let isDone = false;
      for (const when of ['before', 'after'] as const) {
        const before = (await ledgerBy()).operations.length;
        const { url, reached } = await endpointUntil(world.url, { call, when });
        const killed = await world.senderOf('alice', { url });
        const ended = depositPayment(at(killed), { amount: ETHER }).then(() => null);
        ended.catch(() => {});
        isDone = (await Promise.race([reached, ended])) === null;
        if (isDone) break;
        // The next command, with the same journal.
        const again = await world.senderOf('alice', { journal: killed.journal });
        await depositPayment(at(again), { amount: ETHER });
        expect((await ledgerBy()).operations.length - before, `${when} call ${call}`).toBe(1);
        kills++;
      }
      if (isDone) break;
    }
    expect(kills).toBeGreaterThan(LONG ? 20 : 5);
  });

  it('is not asked for again though an endpoint says over and over that it reverted, and shows its event', async () => {
    const url = await endpointBefore(world.url, async ({ method }, answer) => {
      if (method !== 'eth_getTransactionReceipt') return null;
      const { result } = await answer();
      return result === null ? null : { result: { ...result, status: '0x0', logs: [] } };
    });
    const lied = await world.senderOf('alice', { url });
    const again = () => depositPayment(at(lied), { amount: ETHER });
    await expect(again()).rejects.toThrow('the next command looks once more');
    for (let i = 0; i < 2; i++) await expect(again()).rejects.toThrow('but it also shows events of it; it stays in');
    await depositPayment(at(await world.senderOf('alice', { journal: lied.journal })), { amount: ETHER });
    expect((await ledgerBy()).operations).toHaveLength(1);
  });

  it('costs its fee; what was sent in excess is owed back, and each tells when it is due', async () => {
    const { index, fee, due } = await deposit();
    const { timestamp } = await world.reader.getBlock();
    expect([index, fee, due]).toEqual([0, 10n * 10n ** 9n, Number(timestamp) + 7200]);
    expect(await world.reader.getBalance({ address: world.contract })).toBe(ETHER + 2n * fee);
    expect((await exitPayments(at(alice))).index).toBe(1);
  });
});

describe('operations are forced', () => {
  const force = () =>
    forcePayments({
      ...at(alice),
      openDb: emptyState,
      store: new ArtifactStore(world.folder),
      newQueue: () => new LocalQueue({ programs: [] }),
      signatures: path.join(world.folder, `kept-${files++}.txt`),
      unfinished: path.join(world.folder, 'proofs'),
    });

  it('only once one has waited for the force delay', async () => {
    await deposit();
    await expect(force()).rejects.toThrow(
      `expected an operation that waits in the queue of ${world.contract} for longer than its force delay, found none`,
    );
    await world.pass(7200);
    // The contract's stand-ins for verifiers do not say which keys they have.
    await expect(force()).rejects.toThrow('could not read the settlement at');
  });

  it('only behind batches that are proven', async () => {
    await deposit();
    await post();
    await exitPayments(at(alice));
    await world.pass(7200);
    await expect(force()).rejects.toThrow(
      `expected no batch of ${world.contract} that waits for its proof, found batch 1: once it has waited for too long, drop it`,
    );
  });
});

describe('a guardian', () => {
  const drop = async () => dropPayments(at(alice), await ledgerBy());

  it('revokes a version, whose batch anyone then drops until it has matured', async () => {
    await deposit();
    await post();
    await consolidate();
    await expect(drop()).rejects.toThrow('expected a batch');
    await expect(revokePaymentsVersion(at(alice), 1)).rejects.toThrow(ChainError);
    await revokePaymentsVersion(at(operator), 1);
    expect(await drop()).toBe(1);
    const ledger = await ledgerBy();
    expect(ledger.batches).toEqual([]);
    expect(await syncPayments(db, ledger)).toMatchObject({ root: await genesisRoot() });
    expect(waitingOperations(ledger)).toHaveLength(1);
  });

  it('cannot have a batch dropped that has matured', async () => {
    await deposit();
    await post();
    await consolidate();
    await revokePaymentsVersion(at(operator), 1);
    await world.pass(DELAYS.alarmDelay);
    await expect(drop()).rejects.toThrow('expected a batch');
  });

  it('stops parts of it as those of a settlement', async () => {
    await stopSettlement(at(operator), ['forcing'], 60);
    await expect(deposit()).rejects.toThrow(ChainError);
    await resumeSettlement(at(operator), ['forcing']);
    expect((await deposit()).index).toBe(0);
  });
});

describe('payments', () => {
  beforeEach(async () => {
    await deposit();
    await post();
    await consolidate();
  });

  it('are posted once, though the command is run again before the batch is proven', async () => {
    const before = await world.reader.getTransactionCount({ address: operator.address });
    expect(await post(transfer(3n, 0n), transfer(4n, 1n))).toEqual([2]);
    expect(await post(transfer(3n, 0n), transfer(4n, 1n))).toEqual([2]);
    expect(await world.reader.getTransactionCount({ address: operator.address })).toBe(before + 1);
    await consolidate();
    const { state } = await virtualPayments(db, await ledgerBy());
    expect(accountOf(await state.get(accountEntry(5n))).balance).toBe(7n);
  });

  it.each([
    ['of more than there is', () => transfer(2n * ETHER, 0n)],
    ['by another key', () => transfer(3n, 0n, new Uint8Array(32).fill(8))],
    ['with a nonce that is not the next', () => transfer(3n, 1n)],
  ])('%s are refused, and nothing is posted', async (_, payment) => {
    await expect(post(payment())).rejects.toThrow(/^instruction 0: /);
    expect((await ledgerBy()).batches).toHaveLength(1);
  });

  it('are kept with their signatures, whatever else is in the file', async () => {
    const file = path.join(world.folder, `kept-${files++}.txt`);
    const first = await KeptPayments.open(file);
    await first.add([transfer(3n, 0n)]);
    await appendFile(file, '0x12ab\nsomething else\n0x1');
    await first.add([transfer(4n, 1n)]);
    const second = await KeptPayments.open(file);
    for (const payment of [transfer(3n, 0n), transfer(4n, 1n)])
      expect(second.find(recordOfPayment(payment.payment), payment.nonce)).toEqual(payment);
    expect(second.find(recordOfPayment(transfer(3n, 0n).payment), 1n)).toBeUndefined();
  });
});

/** An endpoint that changes one word of events that begin with a topic. */
const changing = (topicOf: (log: { topics: Hex[]; data: Hex }) => boolean, word: number): Promise<string> =>
  endpointBefore(world.url, async ({ method }, answer) => {
    if (method !== 'eth_getLogs') return null;
    const logs = (await answer()).result as { topics: Hex[]; data: Hex }[];
    const place = 2 + 64 * word + 63;
    const changed = (data: Hex): string => {
      const digit = (Number.parseInt(data[place]!, 16) ^ 1).toString(16);
      return `${data.slice(0, place)}${digit}${data.slice(place + 1)}`;
    };
    return { result: logs.map((log) => (topicOf(log) ? { ...log, data: changed(log.data) } : log)) };
  });

describe('an endpoint is not believed', () => {
  const isDeposit = ({ data, topics }: { data: Hex; topics: Hex[] }): boolean =>
    topics.length === 3 && data.startsWith(toHex(4n, { size: 32 }));
  const isBatch = ({ data }: { data: Hex }): boolean => data.length > 1000;
  beforeEach(async () => {
    await deposit();
    await post();
  });

  it.each([
    ['the key of a deposit that was posted', isDeposit, 1],
    ["a deposit's amount", isDeposit, 2],
    ["a batch's data's hash", isBatch, 0],
    ["a batch's payouts", isBatch, 2],
    ["a batch's context", isBatch, 3],
    ["a batch's time", isBatch, 4],
    ["a batch's fee", isBatch, 10],
    ["a batch's value at the point", isBatch, 15],
  ])('in %s', async (_, isIt, word) => {
    const url = await changing(isIt, word);
    await expect(ledgerBy(url)).rejects.toThrow(
      `the endpoint's event of batch 1 of ${world.contract} differs from what the contract has stored`,
    );
    expect((await ledgerBy()).batches).toHaveLength(1);
  });

  it('in events that it keeps back', async () => {
    const url = await endpointBefore(world.url, async ({ method }, answer) => {
      if (method !== 'eth_getLogs') return null;
      return { result: ((await answer()).result as { data: Hex }[]).filter((log) => !isBatch(log)) };
    });
    await expect(ledgerBy(url)).rejects.toThrow(
      /events of 0x\w+ are incomplete: they contain 1 operations and 0 batches/,
    );
  });
});
