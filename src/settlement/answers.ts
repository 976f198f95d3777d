import { BaseError } from 'viem';

/** The endpoint answers a call with something that cannot be its answer. */
export class AnswerError extends BaseError {
  override readonly name = 'AnswerError';
  constructor(method: string, expected: string, came: unknown) {
    const json = (JSON.stringify(came) ?? 'nothing').slice(0, 60);
    const sentence = `expected the endpoint to answer ${method} with ${expected}, got ${json}`;
    super(sentence, { details: sentence });
  }
}

type Check = (answer: unknown) => boolean;

const matches =
  (pattern: RegExp): Check =>
  (answer) =>
    typeof answer === 'string' && pattern.test(answer);
const number = matches(/^0x[0-9a-fA-F]{1,64}$/);
const bytes = matches(/^0x(?:[0-9a-fA-F]{2})*$/);
const hash = matches(/^0x[0-9a-fA-F]{64}$/);
const address = matches(/^0x[0-9a-fA-F]{40}$/);
const orNothing =
  (check: Check): Check =>
  (answer) =>
    answer === null || answer === undefined || check(answer);
const listOf =
  (check: Check): Check =>
  (answer) =>
    Array.isArray(answer) && answer.every(check);
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (answer) =>
    typeof answer === 'object' &&
    answer !== null &&
    !Array.isArray(answer) &&
    Object.entries(fields).every(([name, check]) => check((answer as Record<string, unknown>)[name]));

const log = object({
  address,
  topics: listOf(hash),
  data: bytes,
  blockNumber: number,
  blockHash: hash,
  logIndex: number,
  transactionHash: hash,
});
const block = object({
  number,
  hash,
  timestamp: number,
  baseFeePerGas: orNothing(number),
  transactions: Array.isArray,
});
const receipt = object({
  transactionHash: hash,
  blockNumber: number,
  status: number,
  gasUsed: number,
  logs: listOf(log),
});
const transaction = object({ hash, from: address, nonce: number, input: bytes });

/** What each call that is made here is answered with. */
const ANSWERS: Readonly<Record<string, readonly [expected: string, check: Check]>> = {
  eth_chainId: ['a number', number],
  eth_blockNumber: ['a number', number],
  eth_gasPrice: ['a number', number],
  eth_maxPriorityFeePerGas: ['a number', number],
  eth_estimateGas: ['a number', number],
  eth_getTransactionCount: ['a number', number],
  eth_call: ['bytes', bytes],
  eth_getCode: ['bytes', bytes],
  eth_sendRawTransaction: ['a hash', hash],
  eth_getLogs: ['a list of events', listOf(log)],
  eth_getBlockByNumber: ['a block', orNothing(block)],
  eth_getTransactionReceipt: ['a receipt or null', orNothing(receipt)],
  eth_getTransactionByHash: ['a transaction or null', orNothing(transaction)],
};

/**
 * An answer as it came, if it has the form that it must have.
 * @throws {AnswerError}
 */
export function checkAnswer(method: string, answer: unknown): unknown {
  const [expected, check] = ANSWERS[method] ?? ['a result', () => true];
  if (answer === undefined || !check(answer)) throw new AnswerError(method, expected, answer);
  return answer;
}
