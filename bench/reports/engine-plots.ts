// The results of npm run bench, drawn.
import type { YcsbName } from '../harness/workloads.js';
import type { WorkloadRates } from '../measures/executor.js';
import { besidePeers, peerNames, proofsOf, proversOf, under } from './engine-figures.js';
import type { EngineResults } from './engine-figures.js';
import { figure } from './format.js';
import { bars, plot, stackedBars } from './plot.js';
import type { Line } from './plot.js';

/** SVG files by their names. */
export function plots({ executor, proving }: EngineResults): Readonly<Record<string, string>> {
  const cost = (name: YcsbName, rateOf: (of: WorkloadRates) => number | undefined): Line['points'] =>
    executor.states.flatMap(({ size, workloads }) => {
      const rate = rateOf(workloads[name]);
      return rate === undefined ? [] : [[size, 1e6 / rate] as const];
    });
  const ours = (name: YcsbName): Line => ({
    name: `YCSB ${name}`,
    points: cost(name, (of) => of.executedAndCommitted.clock),
  });
  const peer = (name: string): Line => ({ name: `${name}, A`, points: cost('A', (of) => of.peers?.[name]?.clock) });
  const updatesAndReads: readonly YcsbName[] = ['A', 'C', 'D'];
  return {
    'growth-executor.svg': plot({
      title: 'An access, executed and committed, as the state grows',
      x: 'entries',
      y: 'microseconds',
      lines: [...updatesAndReads.map(ours), ...peerNames(besidePeers(executor)).map(peer)],
    }),
    'growth-proof.svg': plot({
      title: 'One proof, as the circuit grows',
      x: 'constraints',
      y: 'seconds',
      lines: proversOf(proving).map((prover) => ({
        name: prover,
        points: proving.growth.map(({ constraints, provers }) => [constraints, under(provers, prover).prove]),
      })),
    }),
    'provers.svg': bars({
      title: 'One proof: how many times as fast as snarkjs',
      bars: proofsOf(proving).map(({ circuit, provers, prover, times }) => {
        const value = under(provers, 'snarkjs').prove / times.prove;
        return { name: `${circuit}, ${prover}`, value, label: `${figure(value)} times (${figure(times.prove)} s)` };
      }),
    }),
    'proof-steps.svg': stackedBars({
      title: 'Where the time of one proof goes',
      bars: proofsOf(proving).map(({ circuit, execute, prover, times: { witness, prove, verify } }) => ({
        name: `${circuit}, ${prover}`,
        total: `${figure(execute + witness + prove + verify)} s`,
        parts: { execute, witness, prove, verify },
      })),
    }),
  };
}
