import * as prometheus from 'prom-client';
import { addGauge } from '../../server/gauge.js';
import type { PageContext } from './context.js';

/** What a node counts, for Prometheus. */
export class NodeMetrics {
  readonly registry = new prometheus.Registry();
  readonly #ends: (() => unknown)[] = [];

  /** Node.js's own metrics (memory, processor time, event loop) are among them. */
  private constructor({ store, pool }: PageContext) {
    prometheus.collectDefaultMetrics({ register: this.registry });
    addGauge(this.registry, 'rootshift_node_height', 'Number of the newest block.', async () =>
      Number(await store.height()),
    );
    addGauge(this.registry, 'rootshift_node_head_timestamp_seconds', "The newest block's Unix time.", async () =>
      Number((await store.block(await store.height()))?.timestamp ?? 0n),
    );
    addGauge(this.registry, 'rootshift_node_batch', 'Number of the newest batch.', async () =>
      Number((await store.newestBatch())?.number ?? 0n),
    );
    addGauge(this.registry, 'rootshift_pool_pending', 'Transactions that can run.', () => pool.status().pending);
    addGauge(
      this.registry,
      'rootshift_pool_queued',
      'Transactions behind a missing nonce.',
      () => pool.status().queued,
    );
  }

  /**
   * Counts from now on.
   * @param onBug told of what fails
   * @throws {SqlError} new blocks cannot be listened to
   */
  static async begin(context: PageContext, onBug: (error: unknown) => void): Promise<NodeMetrics> {
    const metrics = new NodeMetrics(context);
    await metrics.#count(context, onBug);
    return metrics;
  }

  async close(): Promise<void> {
    await Promise.all(this.#ends.map((end) => end()));
  }

  async #count({ store, pool }: PageContext, onBug: (error: unknown) => void): Promise<void> {
    const blocks = this.#counter('rootshift_node_blocks_total', 'Blocks since this process began.');
    const transactions = this.#counter('rootshift_node_transactions_total', 'Transactions in these blocks.');
    const gas = this.#counter('rootshift_node_gas_total', 'Gas that they used.');
    const arrived = this.#counter('rootshift_pool_ready_total', 'Transactions that became ready in the pool.');
    const dropped = this.#counter('rootshift_pool_dropped_total', 'Transactions that left the pool, by reason.', [
      'reason',
    ]);
    const end = await store.onBlock((number) => {
      store.block(number).then((block) => {
        // Taken back meanwhile.
        if (block === null) return;
        blocks.inc();
        transactions.inc(block.transactions.length);
        gas.inc(Number(block.gasUsed));
      }, onBug);
    });
    this.#ends.push(
      end,
      pool.onReady(() => arrived.inc()),
      pool.onDropped(({ reason }) => dropped.inc({ reason })),
    );
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): prometheus.Counter {
    return new prometheus.Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }
}
