/**
 * Random transactions, executed here and by another EVM (revm, in foundry's anvil): gas, status, logs, every change,
 * and the storage that was read. Where the two disagree, the test says which transaction it was.
 */
import { hexToBytes } from 'viem';
import type { Hex } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EvmBatch } from '../../../src/rules/evm/batch.js';
import type { ExecutedTransaction } from '../../../src/rules/evm/batch.js';
import { EvmChain } from '../../../src/rules/evm/chain.js';
import { decodeTransaction } from '../../../src/rules/evm/decode.js';
import { TransactionRejectedError } from '../../../src/rules/evm/rejection.js';
import type { Entry } from '../../../src/state/batch/batch.js';
import { keccak256 } from '../../../src/state/batch/import/keccak.js';
import { startChain } from '../../proof/verifier/anvil.js';
import type { Chain } from '../../proof/verifier/anvil.js';
import { MapState } from './map-state.js';
import { deployedAt, Random, randomRequest } from './random-transaction.js';
import type { RandomRequest } from './random-transaction.js';

const COUNT = process.env['ROOTSHIFT_LONG'] === undefined ? 120 : 2_000;
const SEED = Number(process.env['ROOTSHIFT_SEED'] ?? 1);
const SIGNERS = Array.from({ length: 4 }, (_, addressIndex) =>
  mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex }),
);
const FEE_RECIPIENT = '0x00000000000000000000000000000000000000fe';

let peer: Chain;
beforeAll(async () => {
  peer = await startChain('--hardfork', 'prague', '--no-mining', '--accounts', '4');
  await peer.reader.request({ method: 'anvil_setCoinbase', params: [FEE_RECIPIENT] } as never);
});
afterAll(() => peer.stop());

interface Traced {
  readonly balance?: Hex;
  readonly nonce?: number;
  readonly code?: Hex;
  readonly storage?: Readonly<Record<Hex, Hex>>;
}
type Trace = Readonly<Record<Hex, Traced>>;

const ask = (method: string, ...params: unknown[]): Promise<never> =>
  peer.reader.request({ method, params } as never) as Promise<never>;

/** A diff of prestateTracer for the last transaction, as entries and their values after it. */
async function changesOf({ pre, post }: { readonly pre: Trace; readonly post: Trace }): Promise<Map<string, bigint>> {
  const changes = new Map<string, bigint>();
  const note = (account: string, name: string, before: bigint, after: bigint): void => {
    if (before !== after) changes.set(`${BigInt(account).toString(16)} ${name}`, after);
  };
  const codeOf = (code: Hex | undefined): bigint =>
    code === undefined || code === '0x' ? 0n : keccak256(hexToBytes(code));
  for (const account of new Set([...Object.keys(pre), ...Object.keys(post)]) as Set<Hex>) {
    const before = pre[account] ?? {};
    const isGone = post[account] === undefined;
    // What a diff's `post` leaves out is as before, but for an account that is gone, and slots that are 0 now.
    const after = post[account] ?? {};
    for (const part of ['balance', 'nonce'] as const) {
      const old = BigInt(before[part] ?? 0);
      note(account, part, old, isGone ? 0n : BigInt(after[part] ?? old));
    }
    // A diff does not say that a code was removed (EIP-7702), only that there was one.
    const isUnsaid = !isGone && after.code === undefined && before.code !== undefined;
    const newCode = isUnsaid ? await peer.reader.getCode({ address: account }) : (after.code ?? '0x');
    note(account, 'code', codeOf(before.code), codeOf(newCode));
    for (const slot of new Set([
      ...Object.keys(before.storage ?? {}),
      ...Object.keys(after.storage ?? {}),
    ]) as Set<Hex>) {
      note(account, BigInt(slot).toString(16), BigInt(before.storage?.[slot] ?? 0), BigInt(after.storage?.[slot] ?? 0));
    }
  }
  return changes;
}

/** The same of our writes; what a code's length is follows from the code. */
const ourChanges = ({ writes }: ExecutedTransaction): Map<string, bigint> =>
  new Map(
    writes
      .filter(({ kind }) => kind !== 'length')
      .map(({ address, kind, slot, value }) => [
        `${address.toString(16)} ${kind === 'storage' ? slot.toString(16) : kind}`,
        value,
      ]),
  );

const nameOf = (request: RandomRequest, number: number): string =>
  `transaction ${number} of seed ${SEED}: ${JSON.stringify(request, (_, x) => (typeof x === 'bigint' ? `${x}` : (x as unknown)))}`;

const sorted = (changes: Map<string, bigint>): string[] =>
  [...changes].map(([name, value]) => `${name} = 0x${value.toString(16)}`).toSorted();

it(`${COUNT} random transactions do here what they do in revm`, async () => {
  const random = new Random(SEED);
  const funds = SIGNERS.map(({ address }): Entry => ({
    address: BigInt(address),
    kind: 'balance',
    slot: 0n,
    value: 10_000n * 10n ** 18n,
  }));
  const chain = new EvmChain(31337n);
  // What every anvil begins with: the deterministic deployer.
  const deployer = '0x4e59b44847b379578588920ca78fbf26c0b4956c';
  const deployerCode = hexToBytes((await peer.reader.getCode({ address: deployer }))!);
  const codeHash = keccak256(deployerCode);
  const deployed: Entry[] = [
    { address: BigInt(deployer), kind: 'code', slot: 0n, value: codeHash },
    { address: BigInt(deployer), kind: 'length', slot: 0n, value: BigInt(deployerCode.length) },
    {
      address: BigInt(deployer),
      kind: 'nonce',
      slot: 0n,
      value: BigInt(await peer.reader.getTransactionCount({ address: deployer })),
    },
  ];
  const state = new MapState([...funds, ...deployed.filter(({ value }) => value !== 0n)]);
  const batch = await EvmBatch.begin(chain, state, new Map([[codeHash, deployerCode]]));
  const contracts: Hex[] = [deployer];
  const ancestors: bigint[] = [BigInt((await peer.reader.getBlock()).hash)];
  const seen = { succeeded: 0, failed: 0, refused: 0, logs: 0, storageReads: 0 };

  for (let done = 0; done < COUNT; done++) {
    const request = randomRequest(
      random,
      SIGNERS.map(({ address }) => address),
      contracts,
    );
    const { from, authorization, ...fields } = request;
    // A signer that delegated may have made contracts since: its nonce is asked for.
    const nonce = await peer.reader.getTransactionCount({ address: SIGNERS[from]!.address });
    const price =
      request.type === 'legacy' || request.type === 'eip2930'
        ? { gasPrice: 3n * 10n ** 9n }
        : { maxFeePerGas: 5n * 10n ** 9n, maxPriorityFeePerGas: 10n ** 9n };
    const authorizationList =
      authorization === undefined
        ? {}
        : {
            authorizationList: [
              await SIGNERS[authorization.signer]!.signAuthorization!({
                chainId: 31337,
                address: authorization.target,
                nonce:
                  (await peer.reader.getTransactionCount({ address: SIGNERS[authorization.signer]!.address })) +
                  authorization.off +
                  (authorization.signer === from ? 1 : 0),
              }),
            ],
          };
    const signed = await SIGNERS[from]!.signTransaction({
      ...fields,
      ...authorizationList,
      chainId: 31337,
      nonce,
      ...price,
    } as never);
    let hash: Hex;
    try {
      hash = await peer.reader.sendRawTransaction({ serializedTransaction: signed });
    } catch {
      // What anvil's pool does not take, such as a gas limit below what data costs, our decoder need not take either.
      continue;
    }
    await ask('evm_mine');
    const block = await peer.reader.getBlock();
    batch.enterBlock({
      number: block.number,
      timestamp: block.timestamp,
      gasLimit: block.gasLimit,
      baseFeePerGas: block.baseFeePerGas!,
      prevRandao: BigInt((block as unknown as { readonly mixHash: Hex }).mixHash),
      feeRecipient: BigInt(FEE_RECIPIENT),
      ancestors: ancestors.slice(0, 256),
    });
    ancestors.unshift(BigInt(block.hash));
    const name = nameOf(request, done);
    const execute = async (): Promise<ExecutedTransaction> =>
      batch.execute(decodeTransaction(hexToBytes(signed), chain));
    if (!block.transactions.includes(hash)) {
      // What cannot be in a block, as the sender has too little: neither takes it.
      await expect(execute(), name).rejects.toThrow(TransactionRejectedError);
      await ask('anvil_dropTransaction', hash);
      seen.refused++;
      continue;
    }
    const receipt = await peer.reader.getTransactionReceipt({ hash });
    const executed = await execute();
    const { logs, status, gasUsed, contractAddress } = executed.receipt;
    expect({ status, gasUsed, logs: logs.length }, name).toEqual({
      status: receipt.status === 'success' ? 'succeeded' : 'failed',
      gasUsed: receipt.gasUsed,
      logs: receipt.logs.length,
    });
    logs.forEach(({ address, topics, data }, i) => {
      const theirs = receipt.logs[i]!;
      expect(address, name).toBe(BigInt(theirs.address));
      expect(topics, name).toEqual(theirs.topics.map(BigInt));
      expect(data, name).toEqual(hexToBytes(theirs.data));
    });
    const diff = await ask('debug_traceTransaction', hash, {
      tracer: 'prestateTracer',
      tracerConfig: { diffMode: true },
    });
    expect(sorted(ourChanges(executed)), name).toEqual(sorted(await changesOf(diff)));
    const touched = (await ask('debug_traceTransaction', hash, { tracer: 'prestateTracer' })) as Trace;
    const ours = new Set(
      [...executed.reads, ...executed.writes]
        .filter(({ kind }) => kind === 'storage')
        .map(({ address, slot }) => `${address.toString(16)} ${slot.toString(16)}`),
    );
    for (const [account, { storage = {} }] of Object.entries(touched)) {
      for (const slot of Object.keys(storage)) {
        expect(ours, name).toContain(`${BigInt(account).toString(16)} ${BigInt(slot).toString(16)}`);
        seen.storageReads++;
      }
    }
    seen[status]++;
    seen.logs += logs.length;
    if (contractAddress !== null) contracts.push(deployedAt(SIGNERS[from]!.address, BigInt(nonce)));
    if (contracts.length > 24) contracts.splice(1, 1);
  }
  // At the end, both have the same balances.
  const changed = new Map(batch.netChanges().writes.map((write) => [`${write.kind} ${write.address}`, write.value]));
  for (const { address } of SIGNERS) {
    expect(changed.get(`balance ${BigInt(address)}`)).toBe(await peer.reader.getBalance({ address }));
  }
  expect(changed.get(`balance ${BigInt(FEE_RECIPIENT)}`)).toBe(
    await peer.reader.getBalance({ address: FEE_RECIPIENT }),
  );
  // The comparison must have had something to compare.
  expect(seen.succeeded).toBeGreaterThan(COUNT / 4);
  expect(seen.failed).toBeGreaterThan(COUNT / 20);
  expect(seen.storageReads).toBeGreaterThan(COUNT / 4);
});
