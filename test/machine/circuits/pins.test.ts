import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArtifactStore } from '../../../src/machine/circuit/artifacts.js';
import { compileCircuit } from '../../../src/machine/circuit/compile.js';
import {
  ALL_CIRCUIT_NAMES,
  isLineaCircuit,
  isRulesCircuit,
  publicSignalsOf,
} from '../../../src/machine/circuit/rules-catalogue.js';
import type { AnyCircuitName } from '../../../src/machine/circuit/rules-catalogue.js';
import { STORE } from './harness.js';

interface Pin {
  constraints: number;
  wires: number;
  digest: string;
  compiler: string;
}
const pins = JSON.parse(await readFile(new URL('../../../circuits/pins.json', import.meta.url), 'utf8')) as Record<
  string,
  Pin
>;

describe('the catalogue', () => {
  it('pins every circuit, and no other', () => {
    expect(Object.keys(pins)).toEqual(ALL_CIRCUIT_NAMES);
  });

  // The largest take minutes; what they are made of is in the others too.
  const large: readonly AnyCircuitName[] =
    process.env['ROOTSHIFT_LONG'] === undefined
      ? ['s20', 's21', 's22', 's20p', 's22p', 'deepb', 'pay45', 'pay183', 'linea18']
      : [];
  it.each(ALL_CIRCUIT_NAMES.filter((name) => !large.includes(name)))(
    '%s has the constraints, wires and digest of circuits/pins.json (see `npm run circuits:pin`)',
    async (name) => {
      const { constraints, wires, digest, compiler } = await compileCircuit(STORE, name);
      expect({ constraints, wires, digest, compiler }).toEqual(pins[name]);
      // Groth16's domain also holds a row for each public signal and for the constant 1.
      const rows = constraints + publicSignalsOf(name).length + 1;
      const power = Math.ceil(Math.log2(rows));
      if (isRulesCircuit(name)) expect(power).toBe({ pay3: 15, pay9: 16, pay45: 18, pay183: 20 }[name]);
      else if (isLineaCircuit(name)) expect(name).toBe(`linea${power}`);
      else if (!name.startsWith('deep')) expect(name.replace(/[btp]$/, '')).toBe(`s${power}`);
    },
  );

  it('comes out the same of two clean builds', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'rootshift-'));
    try {
      const { digest, reused } = await compileCircuit(new ArtifactStore(folder), 's14');
      expect(reused).toBe(false);
      expect(digest).toBe(pins['s14']!.digest);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
