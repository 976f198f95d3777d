/** A server of JSON-RPC over a chain in memory, and who talks to it. */
import { createWalletClient, defineChain, http, publicActions } from 'viem';
import type { Hex } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import type { RpcContext } from '../../../src/node/rpc/context.js';
import { DEFAULT_LIMITS } from '../../../src/node/rpc/limits.js';
import type { RpcLimits } from '../../../src/node/rpc/limits.js';
import { Filters } from '../../../src/node/rpc/filters.js';
import type { Methods } from '../../../src/node/rpc/method.js';
import { PUBLIC_METHODS } from '../../../src/node/rpc/methods/index.js';
import { serveRpc } from '../../../src/node/rpc/server.js';
import type { RpcServer, RpcServerOptions } from '../../../src/node/rpc/server.js';
import { checkAnswer } from './schemas.js';
import { BASE_FEE, MemoryChain, START } from './memory-chain.js';

export const MNEMONIC = 'test test test test test test test test test test test junk';
export const ACCOUNTS = [0, 1, 2].map((addressIndex) => mnemonicToAccount(MNEMONIC, { addressIndex }));
const [alice, bob, carol] = ACCOUNTS;
export const ALICE = alice!;
export const BOB = bob!;
export const CAROL = carol!;
type Account = ReturnType<typeof mnemonicToAccount>;
export const ETHER = 10n ** 18n;

export interface RpcWorld extends AsyncDisposable {
  readonly chain: MemoryChain;
  readonly server: RpcServer;
  readonly bugs: unknown[];
  readonly url: string;
  /** Posts a message as it is. */
  readonly post: (
    body: string,
    headers?: Record<string, string>,
  ) => Promise<{ readonly status: number; readonly headers: Headers; readonly body: unknown }>;
  /** What a method answers. */
  readonly ask: (method: string, ...params: readonly unknown[]) => Promise<unknown>;
  /** The error that a method answers with. */
  readonly fail: (
    method: string,
    ...params: readonly unknown[]
  ) => Promise<{ code: number; message: string; data?: unknown }>;
}

export async function rpcWorld(
  options: Partial<RpcServerOptions> = {},
  limits: Partial<RpcLimits> = {},
): Promise<RpcWorld> {
  const funds = ACCOUNTS.map(
    ({ address }) => ({ address: BigInt(address), kind: 'balance', slot: 0n, value: 10_000n * ETHER }) as const,
  );
  const chain = await MemoryChain.begin(funds);
  const bugs: unknown[] = [];
  const all = { ...DEFAULT_LIMITS, ...limits };
  const context: RpcContext = {
    chain: chain.chain,
    store: chain,
    state: chain.state,
    pool: chain.pool,
    limits: all,
    nextBaseFee: () => BASE_FEE,
    clientVersion: 'rootshift/test',
    filters: new Filters(chain, chain.pool, all),
    now: () => Number(START) * 1000,
  };
  const { methods, ...others } = options;
  const server = await serveRpc(context, {
    listen: '127.0.0.1:0',
    origins: [],
    maxBodyBytes: 1 << 20,
    maxAnswerBytes: 1 << 24,
    maxBatch: 100,
    maxConnections: 100,
    methods: checked(methods ?? PUBLIC_METHODS),
    onBug: (error) => bugs.push(error),
    ...others,
  });
  const post: RpcWorld['post'] = async (body, headers = {}) => {
    const response = await fetch(server.url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  const talk = async (method: string, params: readonly unknown[]) =>
    (await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))).body as {
      readonly result: unknown;
      readonly error?: { code: number; message: string; data?: unknown };
    };
  return {
    chain,
    server,
    bugs,
    url: server.url,
    post,
    ask: async (method, ...params) => {
      const { result, error } = await talk(method, params);
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result;
    },
    fail: async (method, ...params) => {
      const { result, error } = await talk(method, params);
      if (error === undefined) throw new Error(`${method}: expected an error, got ${JSON.stringify(result)}`);
      return error;
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await chain[Symbol.asyncDispose]();
    },
  };
}

/** Each method, held to the specification: an answer of another shape is a bug. */
const checked = (methods: Methods): Methods =>
  Object.fromEntries(
    Object.entries(methods).map(([name, work]): [string, Methods[string]] => [
      name,
      async (context, params) => {
        const answer = await work(context, params);
        checkAnswer(name, answer);
        return answer;
      },
    ]),
  );

/** A viem client with Alice's key. */
export const viemOf = (url: string, account: Account = ALICE) =>
  createWalletClient({
    account,
    chain: defineChain({
      id: 31337,
      name: 'rootshift',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [url] } },
    }),
    transport: http(url, { retryCount: 0 }),
    pollingInterval: 20,
  }).extend(publicActions);

export const hexOf = (value: bigint): Hex => `0x${value.toString(16)}`;
/** Of so many bytes. */
export const wordOf = (value: bigint, size: number): Hex => `0x${value.toString(16).padStart(2 * size, '0')}`;
