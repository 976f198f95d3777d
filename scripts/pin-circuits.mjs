// Writes circuits/pins.json, and src/machine/circuit/pinned.ts, which has the same for browsers: constraints, wires and
// digest of every circuit of the catalogue, as they are now; and circuits/templates.json: their constraints by template. Tests hold the circuits to the files, so that a change
// shows in review.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, ensureInstalled, ROOT } from './ready.mjs';

ensureInstalled();
ensureBuilt();
const { ArtifactStore } = await import('../dist/machine/circuit/artifacts.js');
const { CATALOGUE, CIRCUIT_NAMES, mainSource } = await import('../dist/machine/circuit/catalogue.js');
const { circuitSources, compileCircuit, compileSources } = await import('../dist/machine/circuit/compile.js');
const { templateCosts, totalOf } = await import('../dist/inspect/template-costs.js');

const store = new ArtifactStore(path.join(ROOT, '.rootshift', 'artifacts'));
const pins = {};
for (const name of CIRCUIT_NAMES) {
  const { constraints, wires, digest, compiler } = await compileCircuit(store, name, (phase) => console.log(phase));
  pins[name] = { constraints, wires, digest, compiler };
}
writeFileSync(path.join(ROOT, 'circuits', 'pins.json'), `${JSON.stringify(pins, null, 2)}\n`);
const rows = Object.entries(pins).map(
  ([name, pin]) =>
    `  ${name}: { constraints: ${pin.constraints}, wires: ${pin.wires}, digest: '${pin.digest}', compiler: '${pin.compiler}' },`,
);
writeFileSync(
  path.join(ROOT, 'src', 'machine', 'circuit', 'pinned.ts'),
  `import type { CircuitName } from './catalogue.js';
import type { CircuitManifest } from './compile.js';

/** What circuits/pins.json has; \`npm run circuits:pin\` writes both. */
export const PINNED: Readonly<Partial<Record<CircuitName, CircuitManifest>>> = {
${rows.join('\n')}
};
`,
);
console.table(
  Object.fromEntries(Object.entries(pins).map(([name, { constraints, wires }]) => [name, { constraints, wires }])),
);

const TEMPLATES = path.join(ROOT, 'circuits', 'templates.json');
const known = JSON.parse(readFileSync(TEMPLATES, 'utf8'));
const templates = {};
for (const [name, { digest, constraints }] of Object.entries(pins)) {
  templates[name] = known[name]?.digest === digest ? known[name] : { digest, cost: await costOf(name) };
  const total = totalOf(templates[name].cost);
  if (total !== constraints) throw new Error(`${name} has ${constraints} constraints, by template ${total}`);
  // Written one by one: the largest takes minutes.
  const lines = Object.entries({ ...known, ...templates }).map(
    ([each, pinned]) => `  "${each}": ${JSON.stringify(pinned)}`,
  );
  writeFileSync(TEMPLATES, `{\n${lines.join(',\n')}\n}\n`);
}

async function costOf(name) {
  console.log(`constraints of ${name} by template`);
  const folder = mkdtempSync(path.join(ROOT, '.rootshift', 'templates-'));
  try {
    await compileSources(folder, mainSource(CATALOGUE[name]), await circuitSources(), {
      optimisation: '--O0',
      isNamed: true,
    });
    return await templateCosts({ r1cs: path.join(folder, 'main.r1cs'), sym: path.join(folder, 'main.sym') });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
