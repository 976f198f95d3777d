import type { CompiledCircuit } from '../../machine/circuit/compile.js';
import { whatZkeyDenies } from '../prover/key-manifest.js';
import type { ProvingKeys } from '../prover/keys.js';
import { KeyMismatchError } from '../prover/queue.js';
import { ProofFileError } from '../prover/proof-file.js';
import type { ChunkProof } from '../prover/proof-file.js';
import { hasVerificationKey, requireFinished, transcriptHash, verificationKeyHash } from '../setup/index.js';
import type { Transcript } from '../setup/index.js';
import { PUBLIC_SIGNALS } from '../../machine/trace/trace.js';
import type { PublicSignals, PublicSignal } from '../../machine/trace/trace.js';
import { exportSolidityVerifier } from '../../base/untyped/snarkjs.js';
import type { Groth16Proof } from '../../base/untyped/snarkjs.js';
import { toFr } from '../../base/field/fr.js';
import { isPlainProof } from './aggregate.js';
import { describeCeremony, describeKeys, quoted } from './words.js';

/** Development keys make a verifier contract only if `allowDevelopment` is set. */
export class DevelopmentKeysError extends Error {
  override readonly name = 'DevelopmentKeysError';
}

/**
 * A Solidity source (0.8.4 and later, GPL-3.0) with two contracts: `Groth16Verifier` from snarkjs, and
 * `RootshiftVerifier`, the one to deploy, whose `verifyTransition` reverts unless a proof is valid.
 * @throws {DevelopmentKeysError} the keys are development keys, and `allowDevelopment` is not set
 * @throws {SetupError} the ceremony of the keys is not finished
 * @throws {KeyMismatchError} `keys` belong to another circuit, or the zkey to other keys
 *
 * @example
 * const source = await exportVerifier(keys, circuit, { allowDevelopment: true });
 */
export async function exportVerifier(
  keys: ProvingKeys,
  circuit: CompiledCircuit,
  { allowDevelopment = false }: { readonly allowDevelopment?: boolean } = {},
): Promise<string> {
  if (keys.circuit.digest !== circuit.digest) {
    throw new KeyMismatchError(
      `expected keys of circuit ${circuit.name} with digest ${circuit.digest}, got keys of digest ${keys.circuit.digest}`,
    );
  }
  if (keys.setup === 'development' && !allowDevelopment) {
    throw new DevelopmentKeysError(
      `expected keys for production, got ${describeKeys(keys)}; a verifier contract must allow them explicitly`,
    );
  }
  if (keys.ceremony !== null) requireFinished(keys.ceremony);
  await requireOwnZkey(keys);
  const groth16 = (await exportSolidityVerifier(keys.zkey)).trimEnd();
  const warning = keys.setup === 'development' ? DEVELOPMENT_WARNING : '';
  return `${warning}${groth16}\n\n${wrapper(keys, circuit)}`;
}

/**
 * Holds what is said of keys, which a contract says for good, against the proving key.
 * @throws {KeyMismatchError} it is not so
 */
export async function requireOwnZkey(keys: ProvingKeys): Promise<void> {
  const denied = await whatZkeyDenies(keys.zkey, keys);
  if (denied !== null) throw new KeyMismatchError(`${keys.zkey}: ${denied}`);
  if (
    verificationKeyHash(keys.verificationKey) !== keys.verificationKeyHash ||
    !(await hasVerificationKey(keys.zkey, keys.verificationKey))
  ) {
    throw new KeyMismatchError(`expected verification key ${keys.verificationKeyHash} in ${keys.zkey}, got another`);
  }
}

/**
 * The arguments of `verifyTransition`: the statement, and the proof with G2's coordinates in the EVM's order.
 * @see {@link verifierArguments}
 */
export interface VerifierArguments {
  readonly transition: PublicSignals;
  readonly proof: {
    readonly a: readonly [bigint, bigint];
    readonly b: readonly [readonly [bigint, bigint], readonly [bigint, bigint]];
    readonly c: readonly [bigint, bigint];
  };
}

/**
 * A chunk's proof as the arguments of the exported contract's `verifyTransition`.
 * @throws {ProofFileError} its points are not affine, in decimal digits
 * @throws {FieldRangeError} a public signal is not reduced
 *
 * @example
 * verifierArguments(proof.chunks[0]!).transition.newRoot;
 */
export function verifierArguments({ publicSignals, proof }: ChunkProof): VerifierArguments {
  for (const name of PUBLIC_SIGNALS) toFr(publicSignals[name]);
  return { transition: publicSignals, proof: proofArgument(proof) };
}

/**
 * A proof's points as contracts take them.
 * @throws {ProofFileError} they are not affine, in decimal digits
 */
export function proofArgument(proof: Groth16Proof): VerifierArguments['proof'] {
  if (!isPlainProof(proof))
    throw new ProofFileError('expected a proof of affine points in decimal digits, got another form');
  const { pi_a, pi_b, pi_c } = proof;
  const point = ([x, y]: readonly [string, string, ...unknown[]]) => [BigInt(x), BigInt(y)] as const;
  // EIP-197 has the imaginary part of a coordinate first.
  const swapped = ([real, imaginary]: readonly [string, string]) => [BigInt(imaginary), BigInt(real)] as const;
  return { a: point(pi_a), b: [swapped(pi_b[0]), swapped(pi_b[1])], c: point(pi_c) };
}

/** The meaning of each signal, and what a contract that relies on the proof must ensure. */
const SIGNAL_NOTES: Readonly<Record<PublicSignal, string>> = {
  oldRoot: 'State root before. The caller must hold it as the current root: the proof does not say that it is.',
  newRoot: 'State root after. The caller stores it.',
  logHashIn: "Commitment to the batch's log before this proof: 0, or the logHash of the proof before it.",
  logHash: 'Commitment to the log after it. The caller must know the accesses behind it, or bind them by dataOut.',
  x: 'Point of the data polynomial: 0 if not used; else drawn after logHash and the posted data were fixed.',
  dataIn: 'The data polynomial at x before this proof: 1, or the dataOut of the proof before it.',
  dataOut: "The same after it: Horner's rule over the five elements of each write of the log.",
};

const contributions = ({ contributions: list, powersOfTau }: Transcript): string =>
  [
    `blake2b of the powers of tau: ${powersOfTau.blake2b}`,
    ...list.map(({ name, hash }, i) => `contribution ${i + 1}, ${quoted(name)}: ${hash}`),
  ]
    .map((line) => `/// - ${line}\n`)
    .join('');

const DEVELOPMENT_WARNING = `// =====================================================================================
//  DEVELOPMENT KEYS. NOT FOR PRODUCTION.
//  The keys of this verifier were made on one machine by one party, who could forge proofs
//  of any transition. Whoever deploys it for anything of value gives that party the value.
// =====================================================================================
`;

function wrapper(
  { setup, warning, verificationKeyHash, ceremony }: ProvingKeys,
  { name, digest, size }: CompiledCircuit,
): string {
  const fields = PUBLIC_SIGNALS.map((signal) => `        /// ${SIGNAL_NOTES[signal]}\n        uint256 ${signal};`);
  const list = PUBLIC_SIGNALS.map((signal) => `            transition.${signal}`);
  return `pragma solidity >=0.8.4 <0.9.0;

/// @title Verifier of state transitions proven by Rootshift's circuit ${name}
/// @notice A proof that verifies says: starting from the state with root \`oldRoot\`, performing exactly the
/// accesses with which \`logHash\` continues \`logHashIn\`, in that order, every read returning what it
/// claims, ends in the state with root \`newRoot\`. At most ${size.accesses} accesses a proof.
/// @dev It says nothing of who may ask for the transition. Before the statement means anything, the
/// caller must make sure that \`oldRoot\` is 0 (the empty state) or a root that it accepted before, that
/// the first \`logHashIn\` of a batch is 0 and the first \`dataIn\` 1, that each later proof of a batch
/// continues \`newRoot\`, \`logHash\` and \`dataOut\` of the one before at the same \`x\`, and that the accesses
/// are in range: \`logHash\` recomputed from addresses of 160 bits and words of 256, or data of that form
/// bound by \`x\`. A proof can be turned into other proofs of the same statement by anyone: never use
/// a proof's bytes as its identity.
/// Circuit ${name}, SHA-256 of its R1CS ${digest}.
/// Keys: ${ceremony === null ? setup : `a ceremony with ${describeCeremony(ceremony)}`}. ${warning}
${ceremony === null ? '' : contributions(ceremony)}contract RootshiftVerifier {
    struct Transition {
${fields.join('\n')}
    }

    /// Points of BN254, the coordinates of \`b\` with the imaginary part first, as in EIP-197.
    struct Proof {
        uint256[2] a;
        uint256[2][2] b;
        uint256[2] c;
    }

    /// A public signal is not below the order of the scalar field: its value modulo the order
    /// may be proven, it is not.
    error SignalOutOfRange(uint256 index);
    /// The proof does not verify, or there was not enough gas to find out.
    error InvalidProof();

    string public constant CIRCUIT = "${name}";
    /// SHA-256 of the circuit's R1CS.
    bytes32 public constant CIRCUIT_DIGEST = 0x${digest};
    /// SHA-256 of the verification key, as proof files name it.
    bytes32 public constant VERIFICATION_KEY = 0x${verificationKeyHash};
    /// SHA-256 of the transcript of the ceremony that made the keys; 0 if none did.
    bytes32 public constant TRANSCRIPT = 0x${ceremony === null ? '0'.repeat(64) : transcriptHash(ceremony)};
    /// True if one party, who made the keys, could forge proofs.
    bool public constant DEVELOPMENT_KEYS = ${setup === 'development'};

    uint256 private constant FIELD_ORDER =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;

    Groth16Verifier private immutable groth16 = new Groth16Verifier();

    /// @notice Reverts unless \`proof\` proves \`transition\`. There is no return value that could be ignored.
    function verifyTransition(Transition calldata transition, Proof calldata proof) external view {
        uint256[${PUBLIC_SIGNALS.length}] memory signals = [
${list.join(',\n')}
        ];
        for (uint256 i = 0; i < ${PUBLIC_SIGNALS.length}; i++) {
            if (signals[i] >= FIELD_ORDER) revert SignalOutOfRange(i);
        }
        if (!groth16.verifyProof(proof.a, proof.b, proof.c, signals)) revert InvalidProof();
    }
}
`;
}
