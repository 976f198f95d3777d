// Writes circuits/pins.json: constraints, wires and digest of every circuit of the catalogue, as they are now.
// A test holds the circuits to the file, so that a change shows in review.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const { ArtifactStore } = await import('../dist/circuit/artifacts.js');
const { CIRCUIT_NAMES } = await import('../dist/circuit/catalogue.js');
const { compileCircuit } = await import('../dist/circuit/compile.js');

const store = new ArtifactStore(path.join(ROOT, '.rootshift', 'artifacts'));
const pins = {};
for (const name of CIRCUIT_NAMES) {
  const { constraints, wires, digest, compiler } = await compileCircuit(store, name, (phase) => console.log(phase));
  pins[name] = { constraints, wires, digest, compiler };
}
writeFileSync(path.join(ROOT, 'circuits', 'pins.json'), `${JSON.stringify(pins, null, 2)}\n`);
console.table(Object.fromEntries(Object.entries(pins).map(([name, { constraints, wires }]) => [name, { constraints, wires }])));
