/** What the examples of the reference begin with; exports.test.ts compiles them with it. */
import type {
  ArtifactStore,
  Batch,
  CombinedProof,
  CompiledCircuit,
  EntryKey,
  HashDb,
  MerkleProof,
  Patience,
  ProofFile,
  ProofQueue,
  ProvingKeys,
  QueueConnection,
  ServeOptions,
  Trace,
  Transcript,
} from '../../src/index.js';
import type { Address, Hash, Sender } from '../../src/settlement/index.js';

export declare const batch: Batch;
export declare const bytes: Uint8Array;
export declare const circuit: CompiledCircuit;
export declare const combined: CombinedProof;
export declare const connection: QueueConnection;
export declare const contract: Address;
export declare const dataHash: Hash;
export declare const db: HashDb;
export declare const entry: EntryKey;
export declare const keys: ProvingKeys;
export declare const lines: AsyncIterable<string>;
export declare const merkle: MerkleProof;
export declare const options: ServeOptions;
export declare const patience: Patience;
export declare const privateKey: Hash;
export declare const proof: ProofFile;
export declare const queue: ProofQueue;
export declare const root: bigint;
export declare const sender: Sender;
export declare const signal: AbortSignal;
export declare const store: ArtifactStore;
export declare const text: string;
export declare const trace: Trace;
export declare const transcript: Transcript;
