import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArtifactStore, fileDigest } from '../../src/machine/circuit/artifacts.js';
import type { Artifact } from '../../src/machine/circuit/artifacts.js';
import { CATALOGUE, CIRCUIT_NAMES, DEFAULT_CIRCUITS } from '../../src/machine/circuit/catalogue.js';
import { compileCircuit } from '../../src/machine/circuit/compile.js';
import { circuitPins } from '../../src/machine/circuit/pins.js';
import { columns } from '../../src/cli/io.js';
import { listCircuits } from '../../src/engine/circuits.js';
import { exportVerificationKey } from '../../src/base/untyped/snarkjs.js';
import { verificationKeyHash } from '../../src/proof/setup/index.js';
import { compileTestCircuit } from '../proof/setup/circuit.js';
import type { TestCircuit } from '../proof/setup/circuit.js';
import { plantDevelopmentKeys } from '../proof/setup/planted.js';
import { freshFolder, rootshift } from './cli.js';

/** What of the list is asked here; `keys` in a store that has none is empty. */
interface Listed {
  readonly name: string;
  readonly accesses: number;
  readonly constraints: number | null;
  readonly compiled: boolean;
  readonly keys: readonly object[];
}

const listIn = async (folder: string): Promise<Listed[]> => {
  const { code, stdout } = await rootshift(folder, ['circuits', '--json', '--artifacts', 'artifacts']);
  expect(code).toBe(0);
  return (JSON.parse(stdout) as { circuits: Listed[] }).circuits;
};

let circuit: TestCircuit;
beforeAll(async () => {
  circuit = await compileTestCircuit(20);
});
afterAll(() => circuit.remove());

/** Puts development keys for a digest where `provingKeys` keeps them. Returns their folder. */
const putKeys = (folder: string, digest: string): Promise<string> =>
  plantDevelopmentKeys(new ArtifactStore(path.join(folder, 'artifacts')), circuit.r1cs, 's14', digest);

describe('rootshift circuits', () => {
  it('lists the catalogue with the pinned figures, and makes nothing', async () => {
    const folder = await freshFolder();
    const list = await listIn(folder);
    const pins = await circuitPins();
    expect(list.map(({ name }) => name)).toEqual(CIRCUIT_NAMES);
    for (const circuit of list) {
      expect(circuit).toMatchObject(CATALOGUE[circuit.name as keyof typeof CATALOGUE]);
      const constraints = pins[circuit.name as keyof typeof CATALOGUE]?.constraints ?? null;
      expect(circuit).toMatchObject({ constraints, compiled: false, keys: [] });
    }
    const { code, stdout } = await rootshift(folder, ['circuits', '--artifacts', 'artifacts']);
    expect(code).toBe(0);
    const [headings, ...lines] = stdout.split('\n');
    expect(headings).toMatch(/^circuit +arity +accesses .* constraints +wires +compiled +keys$/);
    expect(lines.slice(0, CIRCUIT_NAMES.length).map((line) => line.split(' ')[0])).toEqual(CIRCUIT_NAMES);
    expect(lines[0]).toMatch(new RegExp(`^s14 +4 +6 .* ${pins.s14!.constraints.toLocaleString('en')} .* no +none$`));
    expect(stdout).toContain(
      `The default circuit is ${DEFAULT_CIRCUITS[2]}, for a binary tree ${DEFAULT_CIRCUITS[1]}.`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('finds the keys of a circuit as it is, and no others', async () => {
    const folder = await freshFolder();
    const { s14 } = await circuitPins();
    await putKeys(folder, '0'.repeat(64));
    expect((await listIn(folder)).find(({ name }) => name === 's14')!.keys).toEqual([]);
    const zkey = path.join(await putKeys(folder, s14!.digest), 'circuit.zkey');
    const list = await listIn(folder);
    const verificationKey = verificationKeyHash(await exportVerificationKey(zkey));
    const keys = [
      { setup: 'development', insecure: true, verificationKey, bytes: (await stat(zkey)).size, ceremony: null },
    ];
    expect(list.map((circuit) => circuit.keys)).toEqual(CIRCUIT_NAMES.map((name) => (name === 's14' ? keys : [])));
    const { stdout } = await rootshift(folder, ['circuits', '--artifacts', 'artifacts']);
    expect(stdout).toMatch(/^s14 .* no +development, 0\.0 MB$/m);
  });

  it('tells of keys that are damaged, and lists the rest', async () => {
    const folder = await freshFolder();
    const { s14 } = await circuitPins();
    const keys = await putKeys(folder, s14!.digest);
    for (const damage of [
      () => rm(path.join(keys, 'circuit.zkey')),
      () => writeFile(path.join(keys, 'manifest.json'), '{'),
    ]) {
      await damage();
      const { code, stdout } = await rootshift(folder, ['circuits', '--artifacts', 'artifacts']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^s14 .* damaged +damaged$/m);
      expect(stdout).toMatch(/^s16 .* no +none$/m);
      expect(stdout).toMatch(/^Damaged: .*keys-s14-.* is damaged: .*; remove the directory /m);
      expect((await listIn(folder))[0]).toMatchObject({ name: 's14', damage: expect.stringContaining('is damaged') });
    }
  });

  it('knows a circuit that compileCircuit has put into the store', async () => {
    const store = new StandIn(path.join(await freshFolder(), 'artifacts'));
    const compiled = async () =>
      (await listCircuits(store)).circuits.filter(({ isCompiled }) => isCompiled).map(({ name }) => name);
    expect(await compiled()).toEqual([]);
    await compileCircuit(store, 's14');
    expect(await compiled()).toEqual(['s14']);
  });
});

/** A store that keeps what it is asked for without making it. */
class StandIn extends ArtifactStore {
  override ensure<Manifest>(label: string, ingredients: readonly (string | Uint8Array)[]): Promise<Artifact<Manifest>> {
    return super.ensure(label, ingredients, async (folder) => {
      const wasm = path.join(folder, 'main.wasm');
      await writeFile(wasm, '');
      return { digest: 'none', wasmSha256: await fileDigest(wasm) } as Manifest;
    });
  }
}

describe('columns', () => {
  it('are as wide as they need be, numbers to the right', () => {
    expect(
      columns(
        ['name', 'n'],
        [
          ['a', '1,000'],
          ['longer', '7'],
        ],
      ),
    ).toBe('name        n\na       1,000\nlonger      7');
  });
});
