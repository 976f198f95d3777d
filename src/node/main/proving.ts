import { Aggregator } from '../aggregator/aggregator.js';
import type { AggregatorEvent } from '../aggregator/aggregator.js';
import type { ProvingParts } from '../aggregator/prove-checked.js';
import type { NodeEvent } from './event.js';

/** With what a node proves its batches. */
export type ProvingOptions = Pick<ProvingParts, 'circuit' | 'artifacts' | 'openQueue'>;

/** Milliseconds from one line on a proof's progress to the next, at least. */
const TELL_EVERY_MS = 10_000;

/**
 * Starts the aggregator, and tells of it in sentences.
 * @throws {OtherTreeError} the circuit is for another tree than the state's
 */
export function startProving(
  chain: Pick<ProvingParts, 'db' | 'store' | 'unfinished'>,
  options: ProvingOptions,
  tell: (event: NodeEvent) => void,
): Aggregator {
  let told = 0;
  const warned = new Set<string>();
  const warn = (message: string): void => {
    if (!warned.has(message)) tell({ kind: 'warning', message });
    warned.add(message);
  };
  const doing = (message: string): void => {
    told = performance.now();
    tell({ kind: 'doing', message });
  };
  const onEvent = (event: AggregatorEvent): void => {
    const name = event.batch === null ? 'the next batch' : `batch ${event.batch.number}`;
    switch (event.kind) {
      case 'begun': {
        const proofs = event.proofs === 1 ? '1 proof' : `${event.proofs} proofs`;
        return doing(`${name}: proving its ${event.batch.writes} writes, in ${proofs}`);
      }
      case 'progress': {
        const { phase, done, total } = event;
        const share = total === 0 ? '' : ` ${Math.floor((100 * done) / total)} %`;
        if (performance.now() - told >= TELL_EVERY_MS) doing(`${name}: ${phase}${share}`);
        return;
      }
      case 'proven':
        event.warnings.forEach(warn);
        return doing(`${name} is proven, in ${(event.milliseconds / 1000).toFixed(1)} s`);
      case 'failed': {
        const again = `trying again in ${event.againMs / 1000} s`;
        return tell({ kind: 'warning', message: `${name} is not proven: ${event.error.message}; ${again}` });
      }
    }
  };
  return Aggregator.start({ ...chain, ...options, onEvent });
}
