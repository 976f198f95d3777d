// One measurement in a process of its own: node child.mjs KIND OPTIONS, both from harness/measure.ts, which takes the
// result, JSON, from stdout.
import { blockProof } from './block.js';
import { executorRates } from './executor.js';
import { proofSizes } from './proofs.js';
import { provingTimes } from './proving.js';
import { stateRates } from './states.js';
import { treeRates } from './trees.js';

const MEASURES = {
  block: blockProof,
  executor: executorRates,
  proofs: proofSizes,
  proving: provingTimes,
  state: stateRates,
  tree: treeRates,
};
export type Measures = typeof MEASURES;

const [kind, options] = process.argv.slice(2);
const measure = Object.entries(MEASURES).find(([name]) => name === kind)?.[1] as
  ((options: unknown) => Promise<unknown>) | undefined;
if (measure === undefined || options === undefined)
  throw new Error(`expected a measurement and its options, got ${kind}`);
const result = JSON.stringify(await measure(JSON.parse(options)));
// The peers' threads keep the process alive.
process.stdout.write(result, () => process.exit(0));
