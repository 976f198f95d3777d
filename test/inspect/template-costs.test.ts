import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { CATALOGUE, mainSource } from '../../src/machine/circuit/catalogue.js';
import { circuitSources, compileSources } from '../../src/machine/circuit/compile.js';
import { circuitPins } from '../../src/machine/circuit/pins.js';
import { circuitCosts } from '../../src/inspect/circuit-costs.js';
import { templateCosts, TemplateCostError, totalOf } from '../../src/inspect/template-costs.js';

it('the constraints of every circuit by template sum up to all that it has (see `npm run circuits:pin`)', async () => {
  const pins = await circuitPins();
  for (const [name, { digest, cost }] of Object.entries(await circuitCosts())) {
    const pin = pins[name as keyof typeof pins]!;
    expect({ name, digest, constraints: totalOf(cost) }).toEqual({
      name,
      digest: pin.digest,
      constraints: pin.constraints,
    });
  }
});

it('s14 has the constraints by template of circuits/templates.json; an optimised build cannot show them', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-'));
  try {
    await compileSources(folder, mainSource(CATALOGUE.s14), await circuitSources(), {
      optimisation: '--O0',
      isNamed: true,
    });
    const cost = await templateCosts({
      r1cs: path.join(folder, 'main.r1cs'),
      sym: path.join(folder, 'main.sym'),
      main: 'Transition',
    });
    expect(cost).toEqual((await circuitCosts()).s14!.cost);
    const optimised = path.join(folder, 'optimised');
    await compileSources(optimised, mainSource(CATALOGUE.s14), await circuitSources(), { isNamed: true });
    const files = {
      r1cs: path.join(optimised, 'main.r1cs'),
      sym: path.join(optimised, 'main.sym'),
      main: 'Transition',
    };
    await expect(templateCosts(files)).rejects.toThrow(TemplateCostError);
  } finally {
    await rm(folder, { recursive: true });
  }
});
