import { RPC, RpcError } from '../base/json-rpc/answer.js';
import type { RpcParams } from '../base/json-rpc/answer.js';
import { proveAccount } from '../linea/proof/account-proof.js';
import { accountProofToJson } from '../linea/proof/json.js';
import type { ProofJson } from '../linea/proof/json.js';
import { NoSuchBlockError } from '../linea/store/state-db.js';
import type { StateDb } from '../linea/store/state-db.js';
import { TrieInputError } from '../linea/suite/kind.js';
import type { Hex } from '../linea/suite/suite.js';
import { digestToHex, traceToJson } from '../linea/trace/json.js';

/** Blocks whose traces are asked for at once, and slots of one account: more take too long, and are too large. */
const MOST_BLOCKS = 100;
const MOST_SLOTS = 1000;

type Method = (params: readonly unknown[]) => Promise<unknown>;

/**
 * The methods of Shomei that read, over a database of Linea's state.
 * @param version what the answers name as the state manager's version
 */
export function lineaMethods(db: StateDb, version: string): (method: string, params: RpcParams) => Promise<unknown> {
  const getProof: Method = (params) => accountProof(db, params);
  const methods = new Map<string, Method>([
    ['rollup_getZkEVMStateMerkleProofV0', (params) => traces(db, version, params)],
    ['linea_getProof', getProof],
    ['rollup_getProof', getProof],
    [
      'rollup_getZkEVMBlockNumber',
      async (params) => {
        expectCount(params, 0, 'no parameters');
        return `0x${(await db.head()).number.toString(16)}`;
      },
    ],
  ]);
  return async (name, params) => {
    const method = methods.get(name);
    if (method === undefined) {
      throw new RpcError(RPC.noMethod, `expected one of the methods ${[...methods.keys()].join(', ')}, got ${name}`);
    }
    return method(Array.isArray(params) ? params : refuse('parameters in a list', params));
  };
}

async function traces(db: StateDb, version: string, params: readonly unknown[]): Promise<unknown> {
  expectCount(params, 1, 'one parameter, {"startBlockNumber", "endBlockNumber"}');
  const [range] = params;
  if (typeof range !== 'object' || range === null) refuse('{"startBlockNumber", "endBlockNumber"}', range);
  const fields = range as Readonly<Record<string, unknown>>;
  const start = blockNumber('startBlockNumber', fields['startBlockNumber']);
  const end = blockNumber('endBlockNumber', fields['endBlockNumber']);
  if (end < start) refuse(`an endBlockNumber of at least ${start}`, end);
  if (end - start >= MOST_BLOCKS) refuse(`at most ${MOST_BLOCKS} blocks`, end - start + 1);
  const { number, first } = await db.head();
  const blocks: unknown[] = [];
  for (let block = start; block <= end; block++) {
    const has = number === first ? 'there are none' : `there are those of blocks ${first + 1} to ${number}`;
    const missing = `BLOCK_MISSING_IN_CHAIN - block ${block} is missing: of traces, ${has}`;
    const redone = await kept(RPC.invalidParams, missing, () => db.redo(block));
    blocks.push(redone.traces.map(traceToJson));
  }
  return {
    zkParentStateRootHash: digestToHex(await db.root(start - 1)),
    zkEndStateRootHash: digestToHex(await db.root(end)),
    zkStateMerkleProof: blocks,
    zkStateManagerVersion: version,
  };
}

async function accountProof(db: StateDb, params: readonly unknown[]): Promise<ProofJson> {
  expectCount(params, 3, 'three parameters, an address, a list of slots and a block');
  const [address, slots, block] = params;
  const account = bytes('an address', address, 20);
  if (!Array.isArray(slots) || slots.length > MOST_SLOTS) return refuse(`a list of at most ${MOST_SLOTS} slots`, slots);
  const keys = slots.map((slot) => bytes('a slot', slot, 32));
  const { number, first } = await db.head();
  const wanted = block === 'latest' ? number : block === 'earliest' ? first : blockNumber('block', block);
  const missing = `BLOCK_MISSING_IN_CHAIN - block is missing: there are blocks ${first} to ${number}`;
  const view = await kept(RPC.invalidRequest, missing, () => db.at(wanted));
  try {
    return accountProofToJson(db.suite, await proveAccount(db.suite, view, account, keys));
  } catch (cause) {
    if (!(cause instanceof TrieInputError)) throw cause;
    throw new RpcError(RPC.invalidParams, cause.message, undefined, { cause });
  }
}

/** What `work` gives; of a block that is not kept, an error with a message. */
async function kept<T>(code: number, message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof NoSuchBlockError)) throw cause;
    throw new RpcError(code, message, undefined, { cause });
  }
}

const MOST_SHOWN = 80;

function refuse(expected: string, got: unknown): never {
  const text = JSON.stringify(got) ?? 'nothing';
  const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
  throw new RpcError(RPC.invalidParams, `expected ${expected}, got ${shown}`);
}

function expectCount(params: readonly unknown[], length: number, what: string): void {
  if (params.length !== length) refuse(what, params);
}

/** A number of JSON, decimal digits, or `0x` and hexadecimal ones: all three are in use. */
function blockNumber(what: string, value: unknown): number {
  const isText = typeof value === 'string' && /^(0x[0-9a-fA-F]{1,13}|[0-9]{1,15})$/.test(value);
  const number = isText || typeof value === 'number' ? Number(value) : NaN;
  return Number.isSafeInteger(number) && number >= 0 ? number : refuse(`${what} to be the number of a block`, value);
}

/** Exactly so many bytes; of a slot, leading zeros may be left out. */
function bytes(what: string, value: unknown, length: number): Hex {
  const isAny = typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value) && value.length <= 2 + 2 * length;
  if (!isAny || (length === 20 && value.length !== 42)) return refuse(`${what} of ${length} bytes`, value);
  return `0x${value
    .slice(2)
    .toLowerCase()
    .padStart(2 * length, '0')}`;
}
