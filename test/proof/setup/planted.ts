/**
 * Keys of a small circuit, put into a store as those of a circuit of the catalogue: right in all that is looked at
 * before they prove.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileDigest } from '../../../src/machine/circuit/artifacts.js';
import type { ArtifactStore } from '../../../src/machine/circuit/artifacts.js';
import { CATALOGUE } from '../../../src/machine/circuit/catalogue.js';
import type { CircuitName } from '../../../src/machine/circuit/catalogue.js';
import type { CompiledCircuit } from '../../../src/machine/circuit/compile.js';
import { ingredients, label } from '../../../src/proof/prover/key-manifest.js';
import type { StoredManifest } from '../../../src/proof/prover/key-manifest.js';
import { keepCeremonyKeys } from '../../../src/proof/prover/keys.js';
import type { ProvingKeys } from '../../../src/proof/prover/keys.js';
import { developmentSetup, verificationKeyHash } from '../../../src/proof/setup/index.js';
import type { TestCeremony } from './ceremony.js';

/** The finished ceremony's keys, with another circuit in their transcript. */
export const plantCeremonyKeys = (
  store: ArtifactStore,
  { circuit, zkeys, transcripts }: TestCeremony,
  name: CircuitName,
  digest: string,
): Promise<ProvingKeys> => {
  const planted: CompiledCircuit = { ...circuit, name, digest, size: CATALOGUE[name] };
  return keepCeremonyKeys(store, planted, {
    zkey: zkeys.at(-1)!,
    transcript: { ...transcripts.at(-1)!, circuit: { name, digest } },
  });
};

/** Development keys of the circuit at `r1cs`, with another circuit's digest in them. Returns their folder. */
export async function plantDevelopmentKeys(
  store: ArtifactStore,
  r1cs: string,
  name: CircuitName,
  digest: string,
): Promise<string> {
  const { folder } = await store.ensure(
    label(name),
    ingredients('development', { digest }),
    async (into): Promise<StoredManifest> => {
      const zkey = path.join(into, 'circuit.zkey');
      const { r1csSha256, verificationKey } = await developmentSetup({ r1cs, zkey });
      const bytes = await readFile(zkey);
      bytes.write(digest, bytes.indexOf(r1csSha256, 0, 'latin1'), 'latin1');
      await writeFile(zkey, bytes);
      await writeFile(path.join(into, 'verification_key.json'), JSON.stringify(verificationKey));
      return {
        circuit: { name, digest },
        setup: 'development',
        ceremony: null,
        verificationKeyHash: verificationKeyHash(verificationKey),
        zkeySha256: await fileDigest(zkey),
      };
    },
  );
  return folder;
}
