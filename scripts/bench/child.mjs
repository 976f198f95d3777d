// One measurement in a process of its own, so that its memory is its own: node child.mjs KIND OPTIONS, both from
// bench-hashdb.mjs, which takes the result, JSON, from stdout.
const { proofSizes } = await import('./proofs.mjs');
const { stateRates } = await import('./states.mjs');
const { treeRates } = await import('./trees.mjs');
const rootshift = await import('../../dist/index.js');

const [kind, options] = process.argv.slice(2);
const measure = { proofs: proofSizes, state: stateRates, tree: treeRates }[kind];
const result = await measure(rootshift, await rootshift.loadPoseidon(), JSON.parse(options));
// The peers' threads keep the process alive.
process.stdout.write(JSON.stringify(result), () => process.exit(0));
