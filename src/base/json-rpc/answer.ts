/** A call failed in a way that its caller is told of. */
export class RpcError extends Error {
  override readonly name = 'RpcError';

  /**
   * @param code of JSON-RPC 2.0, or one of the server's own
   * @param data JSON for programs, beside the message for people
   */
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Codes that the specification of JSON-RPC 2.0 fixes. */
export const RPC = {
  parse: -32700,
  invalidRequest: -32600,
  noMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
} as const;

/** What a call gives: by position, or by name. */
export type RpcParams = readonly unknown[] | Readonly<Record<string, unknown>>;

export interface AnswerOptions {
  /**
   * Does a call; what it gives is written as JSON.
   * @throws {RpcError} the caller is told why it failed; of any other error, only that there was one
   */
  readonly call: (method: string, params: RpcParams) => Promise<unknown>;
  /** Calls in a batch, at most. */
  readonly maxBatch: number;
  /** Bytes of an answer, at most: a call of a batch whose answer would exceed them fails, as do those after it. */
  readonly maxAnswerBytes: number;
  /** Told of errors that are no `RpcError`. */
  readonly onBug: (error: unknown) => void;
}

type Id = string | number | null;

/**
 * Answers a text of JSON-RPC 2.0: one call, or a batch of them, which are done one after another.
 * @returns JSON; null if there is nothing to answer, as all calls were notifications
 * @see https://www.jsonrpc.org/specification
 */
export async function answer(text: string, options: AnswerOptions): Promise<string | null> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return failure(null, new RpcError(RPC.parse, 'expected JSON, got a text that is none'));
  }
  if (!Array.isArray(message)) return answerOne(message, options);
  if (message.length === 0)
    return failure(null, new RpcError(RPC.invalidRequest, 'expected a call, got an empty batch'));
  if (message.length > options.maxBatch) {
    const got = `expected a batch of at most ${options.maxBatch} calls, got ${message.length}`;
    return failure(null, new RpcError(RPC.invalidRequest, got));
  }
  const answers: string[] = [];
  let left = options.maxAnswerBytes;
  for (const one of message) {
    const text = await answerOne(one, { ...options, maxAnswerBytes: left });
    if (text === null) continue;
    answers.push(text);
    left -= Math.min(left, Buffer.byteLength(text));
  }
  return answers.length === 0 ? null : `[${answers.join(',')}]`;
}

async function answerOne(message: unknown, options: AnswerOptions): Promise<string | null> {
  const id = idOf(message);
  try {
    const { method, params } = requestOf(message);
    const result = (await options.call(method, params)) ?? null;
    const text = JSON.stringify({ jsonrpc: '2.0', id: id ?? null, result });
    if (Buffer.byteLength(text) > options.maxAnswerBytes) {
      throw new RpcError(RPC.internal, `the answer has more bytes than allowed, ask for less in one call or batch`);
    }
    return id === undefined ? null : text;
  } catch (error) {
    if (!(error instanceof RpcError)) options.onBug(error);
    const told = error instanceof RpcError ? error : new RpcError(RPC.internal, 'internal error');
    // A notification is not answered; but what is no request at all is, with the id null.
    return id === undefined && told.code !== RPC.invalidRequest ? null : failure(id ?? null, told);
  }
}

function requestOf(message: unknown): { readonly method: string; readonly params: RpcParams } {
  const refuse = (reason: string): never => {
    throw new RpcError(RPC.invalidRequest, reason);
  };
  if (!isObject(message)) return refuse('expected a call, which is an object');
  const { jsonrpc, method, params = [], id } = message;
  if (jsonrpc !== '2.0') refuse('expected "jsonrpc": "2.0"');
  if (typeof method !== 'string') return refuse('expected "method" to be a text');
  if (!Array.isArray(params) && !isObject(params)) return refuse('expected "params" to be a list or an object');
  if ('id' in message && !isId(id)) refuse('expected "id" to be a text, a number or null');
  return { method, params };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isId = (id: unknown): id is Id => id === null || typeof id === 'string' || typeof id === 'number';

/** Undefined: a notification, or no request. */
const idOf = (message: unknown): Id | undefined =>
  isObject(message) && 'id' in message && isId(message['id']) ? message['id'] : undefined;

const failure = (id: Id, { code, message, data }: RpcError): string =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } });
