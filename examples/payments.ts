// Payments whose rules are proven. Alice makes a key from her Ethereum wallet, and pays Bob. The operator proves the
// batch by two chains of proofs, one of the rules and one of the storage. A follower rebuilds the state from what was
// posted.
//   npx tsx examples/payments.ts
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ArtifactStore,
  describeRulesVerdict,
  formatRulesProof,
  openDatabase,
  parseRulesProof,
  proveRules,
  verifyRulesProof,
  WorkingState,
} from 'rootshift';
import {
  accountEntry,
  accountOf,
  decodePayment,
  deriveKey,
  encodePayment,
  FOREVER,
  keyHashOf,
  PAYMENTS,
  publicKeyOf,
  RecordingView,
  replayPosted,
  signingDomain,
  signPayment,
} from 'rootshift/rules';
import type { QueueOperation } from 'rootshift/rules';
import { privateKeyToAccount } from 'viem/accounts';

const deployment = { chainId: 31337n, contract: 0xc0ffeen, version: PAYMENTS.version };
const domain = signingDomain(deployment);

// --- Alice's wallet: her key for payments comes from a signature of her Ethereum wallet ---

const wallet = privateKeyToAccount(`0x${'11'.repeat(32)}`);
const alice = BigInt(wallet.address);
const bob = 0xb0bn;
const operator = 0xfeen;
const purpose = { origin: 'https://pay.example', ...deployment, address: alice };
const privateKey = await deriveKey(purpose, (text) => wallet.signMessage({ message: text }));
const payment = { kind: 'transfer', from: alice, to: bob, amount: 300n, fee: 1n, validUntil: FOREVER } as const;
const sent = encodePayment(signPayment(payment, 0n, domain, privateKey));
console.log(`Alice signs a payment of ${sent.length} bytes.`);

// --- the operator: takes her deposit from the queue, her payment from the pool, and proves both ---

const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-example-'));
const received = decodePayment(sent);
PAYMENTS.check(received, domain);
const keyHash = keyHashOf(publicKeyOf(privateKey));
const deposit: QueueOperation = { kind: 'deposit', to: alice, keyHash, amount: 10n ** 18n };
const context = { batchNumber: 1n, timestamp: 1_800_000_000n, feeRecipient: operator };
const { proof, keys, receipts } = await proveRules({
  openDb: (options) => openDatabase(path.join(folder, 'state'), options),
  rules: PAYMENTS,
  instructions: [deposit, received, { kind: 'collect' }],
  deployment,
  context,
  rulesCircuit: 'pay3',
  circuit: 's16',
  store: new ArtifactStore('.rootshift/artifacts'),
});
const posted = PAYMENTS.post(receipts.map(({ record }) => record));
console.log(`The operator posts ${posted.length} bytes, and a proof.`);

// --- anyone: verifies the file with keys of their own ---

const file = formatRulesProof(proof);
const { oldRoot } = proof.storageChunks[0]!.publicSignals;
const verdict = await verifyRulesProof({
  proof: parseRulesProof(file),
  rules: PAYMENTS,
  keys,
  acceptedRoots: [oldRoot],
});
console.log(describeRulesVerdict(verdict));

// --- a follower: has the posted bytes and the queue, and no signature ---

const follower = await openDatabase(path.join(folder, 'follower'), { createIfMissing: true });
const state = new WorkingState(follower, (await follower.current()).root);
for (const { value, ...entry } of PAYMENTS.genesis) state.set(entry, value);
const view = new RecordingView(state);
await replayPosted(view, posted, [deposit], { ...context, domain });
for (const { op, value, ...entry } of view.log) if (op === 'write') state.set(entry, value);
const { root } = await state.commit();
const balanceOf = async (address: bigint): Promise<bigint> => accountOf(await state.get(accountEntry(address))).balance;
console.log(`From what was posted: Bob has ${await balanceOf(bob)} wei, the operator ${await balanceOf(operator)}.`);
console.log(`The root is ${verdict.valid && verdict.statement.newRoot === root ? 'the proven one' : 'another'}.`);

await follower.close();
await rm(folder, { recursive: true });
