// One measurement in a process of its own, so that its memory is its own: node child.mjs KIND OPTIONS, both from
// measure.mjs, which takes the result, JSON, from stdout.
const { executorRates } = await import('./executor.mjs');
const { proofSizes } = await import('./proofs.mjs');
const { provingTimes } = await import('./proving.mjs');
const { stateRates } = await import('./states.mjs');
const { treeRates } = await import('./trees.mjs');
const rootshift = await import('../../dist/index.js');

const [kind, options] = process.argv.slice(2);
const measure = {
  executor: executorRates,
  proofs: proofSizes,
  proving: provingTimes,
  state: stateRates,
  tree: treeRates,
}[kind];
const result = await measure(rootshift, JSON.parse(options));
// The peers' threads keep the process alive.
process.stdout.write(JSON.stringify(result), () => process.exit(0));
