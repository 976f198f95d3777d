import { DEFAULT_CIRCUITS } from '../../machine/circuit/catalogue.js';
import type { CircuitName } from '../../machine/circuit/catalogue.js';
import { checkWritable, writeFileAtomically } from '../../base/files/output.js';
import { verifierContract } from '../../engine/verifier-contract.js';
import { parseProof } from '../../proof/prover/proof-file.js';
import { transcriptHash } from '../../proof/setup/transcript.js';
import { describeCeremony } from '../../proof/verifier/words.js';
import { InputError, readFileAs } from '../input.js';
import { printAside, table } from '../io.js';
import type { Outcome } from '../io.js';
import type { Places } from '../places.js';
import { watched } from '../progress.js';

export interface ExportVerifierOptions {
  readonly circuit?: CircuitName;
  readonly out: string;
  readonly allowDevelopmentKeys?: true;
}

export async function exportVerifierCommand(
  places: Places,
  proof: string | undefined,
  options: ExportVerifierOptions,
): Promise<Outcome> {
  const chosen =
    proof === undefined
      ? { circuit: options.circuit ?? DEFAULT_CIRCUITS[2] }
      : await provingCircuit(places, proof, options.circuit);
  await checkWritable(options.out);
  const { source, circuit, keys } = await watched((watching) =>
    verifierContract({
      store: places.store,
      ...chosen,
      allowDevelopment: options.allowDevelopmentKeys === true,
      ...watching,
    }),
  );
  await writeFileAtomically(options.out, source);
  if (keys.insecure) printAside(`warning: ${keys.warning}`);
  const rows = [
    ['circuit', `${circuit.name}, digest ${circuit.digest}`],
    [
      'keys',
      `${keys.ceremony === null ? keys.setup : describeCeremony(keys.ceremony)}, verification key ${keys.verificationKeyHash}`,
    ],
    ['deploy', 'RootshiftVerifier'],
    ['file', options.out],
  ] as const;
  return {
    text: `Exported the Solidity verifier of circuit ${circuit.name}.\n${table(rows)}`,
    json: {
      circuit: { name: circuit.name, digest: circuit.digest },
      setup: {
        kind: keys.setup,
        insecure: keys.insecure,
        warning: keys.warning,
        transcript: keys.ceremony && transcriptHash(keys.ceremony),
      },
      verificationKey: keys.verificationKeyHash,
      contract: 'RootshiftVerifier',
      files: { contract: options.out },
    },
  };
}

/** The circuit and the keys that a proof names; if it names several, those that the user chose. */
async function provingCircuit(places: Places, file: string, asked: CircuitName | undefined) {
  const { chunks } = await readFileAs(places, file, parseProof);
  const named = new Map(chunks.map(({ circuit: { name }, verificationKey }) => [verificationKey, name]));
  const fitting = [...named].filter(([, name]) => asked === undefined || name === asked);
  if (fitting.length === 1) return { circuit: fitting[0]![1], verificationKey: fitting[0]![0] };
  const circuits = [...named.values()].join(' and ');
  throw new InputError(
    asked === undefined
      ? `${file}: expected a proof with one circuit, or the option --circuit, got a proof with ${circuits}`
      : `--circuit: expected a circuit that ${file} uses with one key, ${circuits}, got ${asked}`,
  );
}
