/** What the examples of the reference begin with; exports.test.ts compiles them with it. */
import type {
  ArtifactStore,
  Batch,
  CombinedProof,
  CompiledCircuit,
  EntryKey,
  Fr,
  HashDb,
  MerkleProof,
  Patience,
  ProofFile,
  ProofQueue,
  ProvingKeys,
  QueueConnection,
  RulesProof,
  ServeOptions,
  Trace,
  Transcript,
} from '../../src/index.js';
import type {
  Deployment,
  KeyPurpose,
  PaymentInstruction,
  PaymentRecord,
  QueueOperation,
  RulesContext,
  SignedPayment,
  SignText,
} from '../../src/rules.js';
import type { BlockEnvironment } from '../../src/evm.js';
import type {
  Account,
  AccountProof,
  BlockAccesses,
  Digest,
  Hex,
  KeyProof,
  ListProof,
  MemoryTrie,
  MemoryWorld,
  OperationsProof,
  ServeLineaOptions,
  StateDb,
  Trace as LineaTrace,
  TraceRange,
} from '../../src/linea.js';
import type { Address, Hash, Sender } from '../../src/settlement/index.js';

export declare const accesses: BlockAccesses;
export declare const account: Account;
export declare const accountProof: AccountProof;
export declare const allSlots: ListProof;
export declare const batch: Batch;
export declare const bytes: Uint8Array;
export declare const circuit: CompiledCircuit;
export declare const codes: Map<bigint, Uint8Array>;
export declare const combined: CombinedProof;
export declare const connection: QueueConnection;
export declare const context: RulesContext;
export declare const contract: Address;
export declare const dataHash: Hash;
export declare const db: HashDb;
export declare const deployment: Deployment;
export declare const domain: Fr;
export declare const entry: EntryKey;
export declare const environment: BlockEnvironment;
export declare const instructions: PaymentInstruction[];
export declare const keyProof: KeyProof;
export declare const keys: ProvingKeys;
export declare const lineaTraces: LineaTrace[];
export declare const lines: AsyncIterable<string>;
export declare const merkle: MerkleProof;
export declare const options: ServeOptions;
export declare const ownAddress: Hex;
export declare const patience: Patience;
export declare const payment: SignedPayment;
export declare const privateKey: Hash;
export declare const proof: ProofFile;
export declare const purpose: KeyPurpose;
export declare const queue: ProofQueue;
export declare const queueOperations: QueueOperation[];
export declare const record: PaymentRecord;
export declare const root: bigint;
export declare const rulesProof: RulesProof;
export declare const secret: Uint8Array;
export declare const sender: Sender;
export declare const operationsProof: OperationsProof;
export declare const serveOptions: ServeLineaOptions;
export declare const sign: SignText;
export declare const signal: AbortSignal;
export declare const slot: Hex;
export declare const state: StateDb;
export declare const stateRoot: Digest;
export declare const store: ArtifactStore;
export declare const text: string;
export declare const topRoot: Digest;
export declare const trace: Trace;
export declare const traceRange: TraceRange;
export declare const transcript: Transcript;
export declare const trie: MemoryTrie;
export declare const word: Hex;
export declare const world: MemoryWorld;
