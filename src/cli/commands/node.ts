import path from 'node:path';
import { readTextFile } from '../../base/files/input.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import type { Beginning } from '../../node/main/genesis.js';
import { checkAddresses } from '../../server/address.js';

import { InputError, parseAddress } from '../input.js';
import { count, table } from '../io.js';
import type { Outcome } from '../io.js';
import { openLog } from '../log.js';
import type { LogOptions } from '../log.js';
import type { Places } from '../places.js';
import { shortPath } from '../places.js';
import { queueOpener } from '../proving.js';
import { signalled } from '../signals.js';
import { version } from '../version.js';

export interface NodeCommandOptions extends LogOptions {
  readonly http: string;
  readonly open?: boolean;
  readonly tracing?: boolean;
  readonly allowOrigin?: string;
  readonly chainDb?: string;
  readonly poolDb?: string;
  readonly genesis?: string;
  readonly chainId: number;
  readonly mnemonic: string;
  readonly accounts: number;
  readonly balance: number;
  readonly blockMs: number;
  readonly blockGas: number;
  readonly batchAge: number;
  readonly prove?: CircuitName;
  readonly prover: string;
  readonly queue?: string;
  readonly feesTo: string;
  readonly leastTip: string;
  readonly callGas: number;
  readonly logBlocks: number;
  readonly logResults: number;
  readonly batchCalls: number;
  readonly bodyBytes: number;
  readonly connections: number;
  readonly callsPerSecond?: number;
}

const ETHER = 10n ** 18n;
/** Bytes of an answer, at most. */
const MOST_ANSWER = 64 << 20;

/**
 * What can go wrong though the program is right, by name: their classes are in the node, which the other commands must
 * not load.
 */
const EXPECTED: readonly string[] = [
  'EmbeddedServerError',
  'GenesisError',
  'MigrationError',
  'MnemonicError',
  'OtherTreeError',
  'SqlError',
  'StoredChainError',
];

/** Runs until SIGINT or SIGTERM, or until no more blocks can be made. */
export async function nodeCommand(places: Places, options: NodeCommandOptions): Promise<Outcome> {
  try {
    return await runNode(places, options);
  } catch (error) {
    if (!(error instanceof Error) || !EXPECTED.includes(error.name)) throw error;
    throw new InputError(error.message, { cause: error });
  }
}

async function runNode(places: Places, options: NodeCommandOptions): Promise<Outcome> {
  checkAddresses({ listen: options.http, insecure: options.open ?? false, tls: undefined, metrics: undefined });
  const { startNode } = await loadNode();
  const beginning = await beginningOf(options);
  const log = openLog(options);
  const { chainId } = beginning.genesis.chain;
  const toldToStop = signalled();
  const home = path.join(places.home, 'node');
  const own = places.namedDb ?? path.join(home, 'state');
  const { DEFAULT_SETTINGS } = await import('../../node/sequencer/settings.js');
  const proving =
    options.prove === undefined
      ? null
      : {
          circuit: options.prove,
          artifacts: places.store,
          openQueue: await queueOpener(options, (warning) => log.warn(warning)),
        };
  await using node = await startNode({
    home,
    stateDb: own,
    chainDb: options.chainDb,
    poolDb: options.poolDb ?? options.chainDb,
    beginning,
    settings: {
      ...DEFAULT_SETTINGS,
      beatMs: options.blockMs,
      blockGasLimit: beginning.block.gasLimit,
      feeRecipient: parseAddress('--fees-to', options.feesTo),
      mostAgeMs: options.batchAge * 1000,
    },
    proving,
    leastTip: parseWei('--least-tip', options.leastTip),
    tracing: options.tracing ?? false,
    rpc: {
      listen: options.http,
      origins: (options.allowOrigin ?? '').split(',').filter((origin) => origin !== ''),
      maxBodyBytes: options.bodyBytes,
      maxAnswerBytes: MOST_ANSWER,
      maxBatch: options.batchCalls,
      maxConnections: options.connections,
      callsPerSecond: options.callsPerSecond,
    },
    limits: {
      callGas: BigInt(options.callGas),
      logBlocks: options.logBlocks,
      logs: options.logResults,
      filters: 1_000,
    },
    clientVersion: `rootshift/${await version()}`,
    onEvent: (event) => {
      switch (event.kind) {
        case 'doing':
          return log.info(event.message);
        case 'warning':
          return log.warn(event.message);
        case 'bug':
          return log.error({ error: event.error }, 'a call failed; its caller was not told why');
      }
    },
  });
  const { url, height } = node;
  const databases = options.chainDb === undefined ? `${shortPath(home)} (state and PostgreSQL)` : shortPath(own);
  log.info(
    { url, chainId: Number(chainId), height: Number(height) },
    `chain ${chainId} at block ${height}, in ${databases}`,
  );
  if (options.genesis === undefined) tellAccounts(options, beginning, (message) => log.info(message));
  log.info({ url }, `JSON-RPC, and WebSockets on the same port, at ${url}`);
  const end = await Promise.race([toldToStop, node.stopped]);
  if (end instanceof Error) {
    log.error({ error: end }, 'no more blocks are made; stopping');
    throw end;
  }
  log.info({ signal: end }, 'stopping: storing what is under way');
  return {
    text: `Stopped.\n${table([
      ['by', end],
      ['served', url],
    ])}`,
    json: { url, chainId: Number(chainId), stoppedBy: end },
  };
}

/** The packages of the node are optional: who left them out is told how to get them. */
async function loadNode() {
  try {
    return await import('../../node/main/start.js');
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND' &&
      (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND'
    )
      throw error;
    throw new InputError(
      `expected the optional packages that a node needs, got none of them: install rootshift without --omit=optional`,
      { cause: error },
    );
  }
}

async function beginningOf(options: NodeCommandOptions): Promise<Beginning> {
  const { accountsOf, developmentChain, readBeginning } = await import('../../node/main/genesis.js');
  if (options.genesis !== undefined) return readBeginning(await readTextFile(options.genesis));
  const accounts = accountsOf(options.mnemonic, options.accounts);
  return developmentChain(BigInt(options.chainId), accounts, BigInt(options.balance) * ETHER, BigInt(options.blockGas));
}

function tellAccounts(
  { mnemonic, balance }: NodeCommandOptions,
  beginning: Beginning,
  tell: (message: string) => void,
): void {
  const { entries } = beginning.genesis;
  tell(
    `${count(entries.length, 'account')} began with ${balance} ether, those of "${mnemonic}"; their keys are no secret:`,
  );
  for (const { address } of entries) tell(`  0x${address.toString(16).padStart(40, '0')}`);
}

function parseWei(name: string, text: string): bigint {
  if (/^\d{1,30}$/.test(text)) return BigInt(text);
  throw new InputError(`${name}: expected a number of wei, got ${text}`);
}
