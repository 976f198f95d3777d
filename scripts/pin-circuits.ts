// Writes circuits/pins.json: constraints, wires and digest of every circuit of the catalogue, as they are now.
// src/machine/circuit/pinned.ts has the same for browsers. circuits/templates.json has the constraints by template.
// Tests compare the circuits with these files, so a change shows in review.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ALL_CIRCUIT_NAMES, ArtifactStore, compileCircuit } from 'rootshift';
import type { AnyCircuitName, CircuitManifest } from 'rootshift';
import { templateCosts, totalOf } from '#dist/inspect/template-costs.js';
import type { TemplateCost } from '#dist/inspect/template-costs.js';
import { compileSources, sourcesOf } from '#dist/machine/circuit/compile.js';
import { ROOT } from './ready.mjs';

const store = new ArtifactStore(path.join(ROOT, '.rootshift', 'artifacts'));
const pins: Partial<Record<AnyCircuitName, CircuitManifest>> = {};
for (const name of ALL_CIRCUIT_NAMES) {
  const { constraints, wires, digest, compiler } = await compileCircuit(store, name, {
    onProgress: (phase, done) => {
      if (done === 0) console.log(phase);
    },
  });
  pins[name] = { constraints, wires, digest, compiler };
}
writeFileSync(path.join(ROOT, 'circuits', 'pins.json'), `${JSON.stringify(pins, null, 2)}\n`);
const pinned = Object.entries(pins) as [AnyCircuitName, CircuitManifest][];
const PINNED = path.join(ROOT, 'src', 'machine', 'circuit', 'pinned.ts');
const source = `import type { CircuitManifest } from './compile.js';

/** What circuits/pins.json has; \`npm run circuits:pin\` writes both. */
export const PINNED: Readonly<Partial<Record<string, CircuitManifest>>> = ${JSON.stringify(pins)};
`;
writeFileSync(PINNED, await format(source, { ...(await resolveConfig(PINNED)), filepath: PINNED }));
console.table(Object.fromEntries(pinned.map(([name, { constraints, wires }]) => [name, { constraints, wires }])));

const TEMPLATES = path.join(ROOT, 'circuits', 'templates.json');
interface PinnedCost {
  readonly digest: string;
  readonly cost: TemplateCost;
}
const known: Readonly<Record<string, PinnedCost>> = JSON.parse(readFileSync(TEMPLATES, 'utf8'));
const templates: Record<string, PinnedCost> = {};
for (const [name, { digest, constraints }] of pinned) {
  const earlier = known[name];
  const { cost } = earlier?.digest === digest ? earlier : { cost: await costOf(name) };
  templates[name] = { digest, cost };
  const total = totalOf(cost);
  if (total !== constraints) throw new Error(`${name} has ${constraints} constraints, by template ${total}`);
  // Written one by one: the largest takes minutes.
  const lines = Object.entries({ ...known, ...templates }).map(([each, of]) => `  "${each}": ${JSON.stringify(of)}`);
  writeFileSync(TEMPLATES, `{\n${lines.join(',\n')}\n}\n`);
}

async function costOf(name: AnyCircuitName): Promise<TemplateCost> {
  console.log(`constraints of ${name} by template`);
  const folder = mkdtempSync(path.join(ROOT, '.rootshift', 'templates-'));
  try {
    const { main, sources } = await sourcesOf(name);
    await compileSources(folder, main, sources, { optimisation: '--O0', isNamed: true });
    const [, template = ''] = /=\s*(\w+)\(/.exec(main)!;
    const files = { r1cs: path.join(folder, 'main.r1cs'), sym: path.join(folder, 'main.sym') };
    return await templateCosts({ ...files, main: template });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
