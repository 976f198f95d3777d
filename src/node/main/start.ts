import path from 'node:path';
import { openDatabase } from '../../engine/database.js';
import { Closing } from '../../base/tasks/closing.js';
import { openNodePage } from '../page/serve.js';
import { openPool } from '../pool/pool.js';
import { Filters } from '../rpc/filters.js';
import type { RpcLimits } from '../rpc/limits.js';
import { DEBUG_METHODS } from '../rpc/methods/debug.js';
import { PUBLIC_METHODS } from '../rpc/methods/index.js';
import { serveRpc } from '../rpc/server.js';
import type { RpcServerOptions } from '../rpc/server.js';
import { nextBaseFee } from '../sequencer/base-fee.js';
import { beginChain } from '../sequencer/begin-chain.js';
import { followSql } from '../sequencer/follow-sql.js';
import { Sequencer } from '../sequencer/sequencer.js';
import { storedAccounts } from '../sequencer/stored-accounts.js';
import type { SequencerSettings } from '../sequencer/settings.js';
import { EmbeddedServer } from '../sql/embedded.js';
import { openSql } from '../sql/postgres.js';
import { StateStore } from '../store/state-store.js';
import type { Beginning } from './genesis.js';
import type { NodeEvent } from './event.js';
import { startProving } from './proving.js';
import type { ProvingOptions } from './proving.js';

export interface NodeOptions {
  /** The directory of the PostgreSQL that the node runs itself, if it does. */
  readonly home: string;
  /** Where the state is: see `openDatabase`. It is created, if it is missing. */
  readonly stateDb: string;
  /** The PostgreSQL for blocks, and the one for the pool; undefined for one that the node runs itself. */
  readonly chainDb: string | undefined;
  readonly poolDb: string | undefined;
  readonly beginning: Beginning;
  readonly settings: SequencerSettings;
  /** What proves batches; null if nothing does. */
  readonly proving: ProvingOptions | null;
  /** The least `maxPriorityFeePerGas` of a transaction, in wei. */
  readonly leastTip: bigint;
  /** Answers the methods that trace transactions. */
  readonly tracing: boolean;
  readonly rpc: Omit<RpcServerOptions, 'methods' | 'onBug' | 'page'>;
  readonly limits: RpcLimits;
  /** What `web3_clientVersion` says. */
  readonly clientVersion: string;
  readonly onEvent: (event: NodeEvent) => void;
}

/** A node that runs: pool, sequencer, aggregator and JSON-RPC, in this process. */
export class RunningNode extends Closing {
  constructor(
    /** `http://HOST:PORT`; the same port takes WebSockets. */
    readonly url: string,
    /** The number of the newest block when it started. */
    readonly height: bigint,
    /** Settled with the reason when no more blocks are made. */
    readonly stopped: Promise<Error>,
    private readonly ends: readonly (() => Promise<unknown>)[],
  ) {
    super();
  }

  /** Answers what was asked, stores what is under way, and ends. */
  async close(): Promise<void> {
    for (const end of this.ends.toReversed()) await end();
  }
}

/**
 * Starts a node, or goes on with the chain that is there.
 * @throws {StoredChainError} another chain is there
 * @throws {HashDbError | SqlError | EmbeddedServerError | MigrationError} a database cannot be had
 * @throws {OtherTreeError} the circuit is for another tree than the state's
 * @throws {ServeError} it cannot listen there
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { beginning, settings, proving, onEvent } = options;
  const { chain } = beginning.genesis;
  const ends: (() => Promise<unknown>)[] = [];
  /** Something that was opened: what was opened later ends before it. */
  const opened = <T extends { close(): Promise<unknown> }>(one: T): T => {
    ends.push(() => one.close());
    return one;
  };
  const doing = (message: string): void => onEvent({ kind: 'doing', message });
  try {
    const db = opened(await openDatabase(options.stateDb, { createIfMissing: true }));
    let own: EmbeddedServer | null = null;
    if (options.chainDb === undefined || options.poolDb === undefined) {
      doing('starting PostgreSQL (the first start makes its files, which takes some seconds)');
      own = opened(await EmbeddedServer.start(path.join(options.home, 'postgres')));
    }
    const store = await StateStore.open(opened(openSql(options.chainDb ?? own!.url('chain'))));
    await beginChain({ chain, db, store }, beginning.genesis, beginning.block);
    const height = await store.height();
    // Before the pool asks: what the state has and no stored block did not happen.
    await followSql(db, (await store.block(height))!.stateRoot);
    const pool = opened(
      await openPool(opened(openSql(options.poolDb ?? own!.url('pool'))), chain, storedAccounts({ db, store }), {
        blockGasLimit: settings.blockGasLimit,
        priceFloor: () => options.leastTip,
      }),
    );
    const unfinished = path.join(options.home, 'unfinished-proofs');
    const aggregator = proving === null ? null : opened(startProving({ db, store, unfinished }, proving, onEvent));
    let stop: (error: Error) => void = () => {};
    const stopped = new Promise<Error>((resolve) => {
      stop = resolve;
    });
    opened(
      Sequencer.start({
        chain,
        db,
        store,
        source: pool,
        settings,
        onStep: (step) => {
          if (step === 'checked') aggregator?.checked();
        },
        onWarning: (message) => onEvent({ kind: 'warning', message }),
        onStop: stop,
      }),
    );
    const filters = new Filters(store, pool, options.limits);
    const context = {
      chain,
      store,
      state: db,
      pool,
      filters,
      nextBaseFee,
      limits: options.limits,
      clientVersion: options.clientVersion,
      now: Date.now,
    };
    const onBug = (error: unknown): void => onEvent({ kind: 'bug', error });
    const page = await openNodePage({ chain, store, state: db, pool, version: options.clientVersion }, onBug);
    const methods = options.tracing ? { ...PUBLIC_METHODS, ...DEBUG_METHODS } : PUBLIC_METHODS;
    const rpc = { ...options.rpc, methods, onBug, page: page.listener };
    const server = await serveRpc(context, rpc).catch(async (error: unknown) => {
      await page.close();
      throw error;
    });
    ends.push(async () => {
      // First: else the server would wait for pages that wait for news.
      await page.close();
      await server.close();
    });
    return new RunningNode(server.url, height, stopped, ends);
  } catch (error) {
    for (const end of ends.toReversed()) await end().catch(() => {});
    throw error;
  }
}
