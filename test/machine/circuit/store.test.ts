/** What is read from the artifact store is held against what was put there, before anything is done with it. */
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ArtifactError, ArtifactStore, fileDigest, requireDigest } from '../../../src/machine/circuit/artifacts.js';
import type { Artifact } from '../../../src/machine/circuit/artifacts.js';
import { compileCircuit, findCircuit } from '../../../src/machine/circuit/compile.js';
import type { CompiledCircuit } from '../../../src/machine/circuit/compile.js';
import { freshFolder } from '../../state/hashdb/drivers.js';

/** A store whose circuits are some bytes: nothing is compiled. */
class Planted extends ArtifactStore {
  override ensure<Manifest>(label: string, ingredients: readonly (string | Uint8Array)[]): Promise<Artifact<Manifest>> {
    return super.ensure(label, ingredients, async (into) => {
      for (const name of ['main.r1cs', 'main.wasm']) await writeFile(path.join(into, name), `${name} as it was made`);
      const digest = await fileDigest(path.join(into, 'main.r1cs'));
      const wasmSha256 = await fileDigest(path.join(into, 'main.wasm'));
      return { digest, constraints: 1, wires: 1, compiler: 'none', wasmSha256 } as Manifest;
    });
  }
}

let store: ArtifactStore;
let circuit: CompiledCircuit;
beforeEach(async () => {
  store = new Planted(path.join(await freshFolder(), 'artifacts'));
  circuit = await compileCircuit(store, 's14');
});

const changed = async (file: string): Promise<void> => {
  const bytes = await readFile(file);
  bytes[3]! ^= 1;
  await writeFile(file, bytes);
};

describe('a circuit in the store', () => {
  it('is found as it was put there', async () => {
    expect(await findCircuit(store, 's14')).toEqual({ ...circuit, reused: true });
    await expect(requireDigest(circuit.r1cs, circuit.digest)).resolves.toBeUndefined();
  });

  it.each<[string, (file: string) => Promise<void>, RegExp]>([
    ['has a byte changed', changed, /expected SHA-256 \w{64}, got \w{64}/],
    ['ends early', (file) => truncate(file, 5), /expected SHA-256 \w{64}, got \w{64}/],
    ['is missing', (file) => rm(file), /no such file or directory/],
  ])('whose witness program %s is refused before it is run, with its name and the remedy', async (_, damage, how) => {
    await damage(circuit.wasm);
    for (const read of [compileCircuit, findCircuit]) {
      await expect(read(store, 's14')).rejects.toThrow(ArtifactError);
      await expect(read(store, 's14')).rejects.toThrow(
        new RegExp(
          `^${circuit.wasm} is damaged: ${how.source}; remove the directory ${path.dirname(circuit.wasm)}, and it will be made again$`,
        ),
      );
    }
    await rm(path.dirname(circuit.wasm), { recursive: true });
    expect(await compileCircuit(store, 's14')).toEqual(circuit);
  });

  it('with other constraints is refused when they are read', async () => {
    await changed(circuit.r1cs);
    await expect(requireDigest(circuit.r1cs, circuit.digest)).rejects.toThrow(
      /main\.r1cs is damaged: expected SHA-256 \w{64}, got \w{64}; remove the directory/,
    );
  });

  it.each(['{}', '[]', '{"digest": 5, "wasmSha256": "00"}', '5', '{'])(
    'whose record is %s is refused',
    async (text) => {
      await writeFile(path.join(path.dirname(circuit.wasm), 'manifest.json'), text);
      await expect(findCircuit(store, 's14')).rejects.toThrow(
        /manifest\.json is damaged: .*; remove the directory .*, and it will be made again$/,
      );
    },
  );

  it('whose record is missing is refused: it is not known to be whole', async () => {
    await rm(path.join(path.dirname(circuit.wasm), 'manifest.json'));
    await expect(compileCircuit(store, 's14')).rejects.toThrow(
      / has no manifest\.json; remove the directory, and it will be made again$/,
    );
  });
});
