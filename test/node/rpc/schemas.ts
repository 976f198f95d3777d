/**
 * What each method's answer must look like, from the specification of Ethereum's JSON-RPC
 * (https://github.com/ethereum/execution-apis, src/schemas and src/eth; CC0). Objects have no fields but those named.
 */
import * as z from 'zod';

const hex = (pattern: RegExp, what: string) => z.string().regex(pattern, `expected ${what}`);
const UINT = hex(/^0x(0|[1-9a-f][0-9a-f]*)$/, 'a number without leading zeros');
const UINT64 = hex(/^0x(0|[1-9a-f][0-9a-f]{0,15})$/, 'a number of 64 bits');
const UINT256 = hex(/^0x(0|[1-9a-f][0-9a-f]{0,63})$/, 'a number of 256 bits');
const BYTE = hex(/^0x[0-9a-f]{1,2}$/, 'a byte');
const BYTES = hex(/^0x([0-9a-f]{2})*$/, 'bytes');
const ADDRESS = hex(/^0x[0-9a-f]{40}$/i, 'an address');
const HASH = hex(/^0x[0-9a-f]{64}$/, 'a hash');
const sized = (bytes: number) => hex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`), `${bytes} bytes`);

const ACCESS_LIST = z.array(z.strictObject({ address: ADDRESS, storageKeys: z.array(HASH) }));

/** What all transactions say of themselves. */
const COMMON = { nonce: UINT, gas: UINT, value: UINT, input: BYTES, from: ADDRESS, hash: HASH, r: UINT, s: UINT };
const TO = { to: ADDRESS.nullable() };
const TYPED = { chainId: UINT, accessList: ACCESS_LIST, yParity: BYTE, v: BYTE.optional() };
const FEES = { maxFeePerGas: UINT, maxPriorityFeePerGas: UINT, gasPrice: UINT };
const AUTHORIZATION = z.strictObject({
  chainId: UINT,
  nonce: UINT,
  address: ADDRESS,
  yParity: BYTE,
  r: UINT256,
  s: UINT256,
});

/** Transactions of each type that there is here, with what says where they are. */
const transactionWith = <Place extends z.ZodRawShape>(place: Place) =>
  z.discriminatedUnion('type', [
    z.strictObject({
      ...COMMON,
      ...TO,
      ...place,
      type: z.literal('0x0'),
      gasPrice: UINT,
      v: UINT,
      chainId: UINT.optional(),
    }),
    z.strictObject({ ...COMMON, ...TO, ...TYPED, ...place, type: z.literal('0x1'), gasPrice: UINT }),
    z.strictObject({ ...COMMON, ...TO, ...TYPED, ...FEES, ...place, type: z.literal('0x2') }),
    z.strictObject({
      ...COMMON,
      ...TYPED,
      ...FEES,
      ...place,
      type: z.literal('0x4'),
      to: ADDRESS,
      authorizationList: z.array(AUTHORIZATION),
    }),
  ]);

const TRANSACTION = transactionWith({
  blockHash: HASH,
  blockNumber: UINT,
  blockTimestamp: UINT,
  transactionIndex: UINT,
});
const PENDING_TRANSACTION = transactionWith({
  blockHash: z.null(),
  blockNumber: z.null(),
  blockTimestamp: z.null(),
  transactionIndex: z.null(),
});

const HEADER = {
  hash: HASH,
  parentHash: HASH,
  sha3Uncles: HASH,
  miner: ADDRESS,
  stateRoot: HASH,
  transactionsRoot: HASH,
  receiptsRoot: HASH,
  logsBloom: sized(256),
  difficulty: UINT,
  number: UINT,
  gasLimit: UINT,
  gasUsed: UINT,
  timestamp: UINT,
  extraData: BYTES,
  mixHash: HASH,
  nonce: sized(8),
  baseFeePerGas: UINT,
  withdrawalsRoot: HASH,
  blobGasUsed: UINT,
  excessBlobGas: UINT,
  parentBeaconBlockRoot: HASH,
  requestsHash: HASH,
};
const BLOCK = z.strictObject({
  ...HEADER,
  size: UINT,
  transactions: z.union([z.array(HASH), z.array(TRANSACTION)]),
  withdrawals: z.array(z.strictObject({ index: UINT64, validatorIndex: UINT64, address: ADDRESS, amount: UINT256 })),
  uncles: z.array(HASH),
});

const LOG = z.strictObject({
  removed: z.boolean(),
  logIndex: UINT,
  transactionIndex: UINT,
  transactionHash: HASH,
  blockHash: HASH,
  blockNumber: UINT,
  blockTimestamp: UINT.optional(),
  address: ADDRESS,
  data: BYTES,
  topics: z.array(HASH).max(4),
});

const RECEIPT = z.strictObject({
  type: BYTE,
  transactionHash: HASH,
  transactionIndex: UINT,
  blockHash: HASH,
  blockNumber: UINT,
  from: ADDRESS,
  to: ADDRESS.nullable(),
  cumulativeGasUsed: UINT,
  gasUsed: UINT,
  contractAddress: ADDRESS.nullable(),
  logs: z.array(LOG),
  logsBloom: sized(256),
  status: UINT,
  effectiveGasPrice: UINT,
});

const FEE_HISTORY = z.strictObject({
  oldestBlock: UINT,
  baseFeePerGas: z.array(UINT),
  baseFeePerBlobGas: z.array(UINT),
  gasUsedRatio: z.array(z.number().min(0).max(1)),
  blobGasUsedRatio: z.array(z.number().min(0).max(1)),
  reward: z.array(z.array(UINT)).optional(),
});

const PROOF = z.strictObject({
  address: ADDRESS,
  accountProof: z.array(BYTES),
  balance: UINT256,
  codeHash: HASH,
  nonce: UINT64,
  storageHash: HASH,
  storageProof: z.array(
    z.strictObject({ key: hex(/^0x[0-9a-f]{0,64}$/, 'at most 32 bytes'), value: UINT256, proof: z.array(BYTES) }),
  ),
});

const LOGS_OR_HASHES = z.union([z.array(HASH), z.array(LOG)]);
const POOLED = z.record(z.string().regex(/^\d+$/), PENDING_TRANSACTION);
const POOL = z.strictObject({ pending: z.record(ADDRESS, POOLED), queued: z.record(ADDRESS, POOLED) });
const SUMMARIES = z.record(ADDRESS, z.record(z.string().regex(/^\d+$/), z.string()));

/**
 * The answers, by method. The specification lacks those of net_listening, net_peerCount, txpool_inspect, web3_ and the
 * counts of uncles: these are as geth has them.
 */
export const ANSWERS: Readonly<Record<string, z.ZodType>> = {
  eth_accounts: z.array(ADDRESS),
  eth_blobBaseFee: UINT,
  eth_blockNumber: UINT,
  eth_call: BYTES,
  eth_chainId: UINT,
  eth_createAccessList: z.strictObject({ accessList: ACCESS_LIST, gasUsed: UINT, error: z.string().optional() }),
  eth_estimateGas: UINT,
  eth_feeHistory: FEE_HISTORY,
  eth_gasPrice: UINT,
  eth_getBalance: UINT,
  eth_getBlockByHash: BLOCK.nullable(),
  eth_getBlockByNumber: BLOCK.nullable(),
  eth_getBlockReceipts: z.array(RECEIPT).nullable(),
  eth_getBlockTransactionCountByHash: UINT.nullable(),
  eth_getBlockTransactionCountByNumber: UINT.nullable(),
  eth_getCode: BYTES,
  eth_getFilterChanges: LOGS_OR_HASHES,
  eth_getFilterLogs: z.array(LOG),
  eth_getLogs: z.array(LOG),
  eth_getProof: PROOF,
  eth_getStorageAt: sized(32),
  eth_getTransactionByBlockHashAndIndex: TRANSACTION.nullable(),
  eth_getTransactionByBlockNumberAndIndex: TRANSACTION.nullable(),
  // The specification has none that waits; nodes give one as the pool's methods do.
  eth_getTransactionByHash: z.union([TRANSACTION, PENDING_TRANSACTION, z.null()]),
  eth_getTransactionCount: UINT,
  eth_getTransactionReceipt: RECEIPT.nullable(),
  eth_getUncleCountByBlockHash: UINT.nullable(),
  eth_getUncleCountByBlockNumber: UINT.nullable(),
  eth_maxPriorityFeePerGas: UINT,
  eth_newBlockFilter: UINT,
  eth_newFilter: UINT,
  eth_newPendingTransactionFilter: UINT,
  eth_sendRawTransaction: HASH,
  eth_syncing: z.literal(false),
  eth_uninstallFilter: z.boolean(),
  net_listening: z.boolean(),
  net_peerCount: UINT,
  net_version: z.string().regex(/^(0|[1-9][0-9]*)$/),
  txpool_content: POOL,
  txpool_contentFrom: z.strictObject({ pending: POOLED, queued: POOLED }),
  txpool_inspect: z.strictObject({ pending: SUMMARIES, queued: SUMMARIES }),
  txpool_status: z.strictObject({ pending: UINT, queued: UINT }),
  web3_clientVersion: z.string(),
  web3_sha3: HASH,
};

/** What newHeads tells: a header. */
export const HEAD = z.strictObject(HEADER);

/** Namespaces that are this node's own, or have no schemas. */
const IS_ELSEWHERE = /^(debug|rootshift|zkevm)_/;

/** An answer has another shape than the specification says. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

/** @throws {AnswerError} with the method, and where in its answer is what */
export function checkAnswer(method: string, answer: unknown): void {
  if (IS_ELSEWHERE.test(method)) return;
  const schema = ANSWERS[method];
  if (schema === undefined) throw new AnswerError(`expected a schema of what ${method} answers`);
  const read = schema.safeParse(answer);
  if (!read.success) throw new AnswerError(`${method}: ${z.prettifyError(read.error)}\n${JSON.stringify(answer)}`);
}
