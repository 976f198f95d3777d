import { frToHex } from '../../base/field/fr.js';
import type { Fr } from '../../base/field/fr.js';
import type { Groth16Proof } from '../../base/untyped/snarkjs.js';
import { readFr } from '../../machine/trace/file.js';
import { expected, readChoice, readList, readObject } from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { SETUP_KINDS } from '../setup/kind.js';
import type { SetupKind } from '../setup/kind.js';
import { readGroth16Proof } from './proof-json.js';

/** What the proof of a chunk says in a file, whatever its circuit proves. */
interface ProvenChunk<Name extends string, Signal extends string> {
  readonly circuit: { readonly name: Name; readonly digest: string };
  readonly setup: SetupKind;
  readonly verificationKey: string;
  readonly publicSignals: Readonly<Record<Signal, Fr>>;
  readonly proof: Groth16Proof;
}

/** How chunks of one kind of circuit stand in a file. */
export interface ChunkForm<Name extends string, Signal extends string, List extends string> {
  readonly circuitName: (at: Located) => Name;
  /** In the circuit's order. */
  readonly signals: readonly Signal[];
  /** The field of what the chunk is about, a list, and what an item of it is. */
  readonly list: List;
  readonly item: string;
}

/** The text of a chunk. @param items of its list, each as JSON */
export function formatChunkOf<Name extends string, Signal extends string, List extends string>(
  { signals, list }: ChunkForm<Name, Signal, List>,
  { circuit, setup, verificationKey, publicSignals, proof }: ProvenChunk<Name, Signal>,
  items: readonly string[],
): string {
  const values = signals.map((name) => `\n        "${name}": "${frToHex(publicSignals[name])}"`);
  return `
    {
      "circuit": ${JSON.stringify(circuit)},
      "setup": "${setup}",
      "verificationKey": "${verificationKey}",
      "publicSignals": {${values.join(',')}
      },
      "proof": ${JSON.stringify(proof)},
      "${list}": [${items.map((item) => `\n        ${item}`).join(',')}
      ]
    }`;
}

/** Reads a chunk, and the items of its list, of which there is at least one. */
export function readChunkOf<Name extends string, Signal extends string, List extends string>(
  at: Located,
  { circuitName, signals, list, item }: ChunkForm<Name, Signal, List>,
): { readonly chunk: ProvenChunk<Name, Signal>; readonly items: readonly Located[] } {
  const own = ['circuit', 'setup', 'verificationKey', 'publicSignals', 'proof'] as const;
  const fields: Readonly<Record<(typeof own)[number] | List, Located>> = readObject(at, [...own, list]);
  const { name, digest } = readObject(fields.circuit, ['name', 'digest']);
  const values: Readonly<Record<Signal, Located>> = readObject(fields.publicSignals, signals);
  const chunk = {
    circuit: { name: circuitName(name), digest: readSha256(digest) },
    setup: readChoice(fields.setup, SETUP_KINDS),
    verificationKey: readSha256(fields.verificationKey),
    publicSignals: Object.fromEntries(signals.map((one) => [one, readFr(values[one])])) as Record<Signal, Fr>,
    proof: readGroth16Proof(fields.proof),
  };
  return { chunk, items: readSome(fields[list], item) };
}

/** A list of at least one. */
export function readSome(at: Located, what: string): Located[] {
  const items = readList(at);
  return items.length > 0 ? items : expected(`at least one ${what}`, at, 'an empty list');
}

function readSha256(at: Located): string {
  if (typeof at.value === 'string' && /^[0-9a-f]{64}$/.test(at.value)) return at.value;
  return expected('a SHA-256 hash, as 64 hexadecimal digits', at);
}
