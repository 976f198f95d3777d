import { type CircuitName, DEFAULT_CIRCUITS } from '../../machine/circuit/catalogue.js';
import { checkWritable, writeFileAtomically } from '../../engine/files.js';
import { verifierContract } from '../../engine/verifier-contract.js';
import { transcriptHash } from '../../proof/setup/transcript.js';
import { describeCeremony } from '../../proof/verifier/words.js';
import { type Outcome, printAside, table } from '../io.js';
import type { Places } from '../places.js';
import { withProgress } from '../progress.js';

export interface ExportVerifierOptions {
  readonly circuit?: CircuitName;
  readonly out: string;
  readonly allowDevelopmentKeys?: true;
}

export async function exportVerifierCommand({ store }: Places, options: ExportVerifierOptions): Promise<Outcome> {
  await checkWritable(options.out);
  const { source, circuit, keys } = await withProgress((onProgress) =>
    verifierContract({
      store,
      circuit: options.circuit ?? DEFAULT_CIRCUITS[2],
      allowDevelopment: options.allowDevelopmentKeys === true,
      onProgress,
    }),
  );
  await writeFileAtomically(options.out, source);
  if (keys.insecure) printAside(`warning: ${keys.warning}`);
  const rows = [
    ['circuit', `${circuit.name}, digest ${circuit.digest}`],
    ['keys', `${keys.ceremony === null ? keys.setup : describeCeremony(keys.ceremony)}, verification key ${keys.verificationKeyHash}`],
    ['deploy', 'RootshiftVerifier'],
    ['file', options.out],
  ] as const;
  return {
    text: `Exported the Solidity verifier of circuit ${circuit.name}.\n${table(rows)}`,
    json: {
      circuit: { name: circuit.name, digest: circuit.digest },
      setup: { kind: keys.setup, insecure: keys.insecure, warning: keys.warning, transcript: keys.ceremony && transcriptHash(keys.ceremony) },
      verificationKey: keys.verificationKeyHash,
      contract: 'RootshiftVerifier',
      files: { contract: options.out },
    },
  };
}
