import { readFile } from 'node:fs/promises';
import { concat, keccak256, toHex } from 'viem';
import { packageFile } from '../base/files/package-file.js';
import type { VerifyingKeys } from '../proof/prover/keys.js';
import type { ChunkProof } from '../proof/prover/proof-file.js';
import type { RulesChunkProof } from '../proof/prover/rules-proof-file.js';
import { transcriptHash } from '../proof/setup/index.js';
import { proofArgument, verifierArguments } from '../proof/verifier/solidity.js';
import type { Hash } from './point.js';

/**
 * The contracts that are deployed, as contracts/compiled.json has them.
 * @see {@link creationCode}
 */
export type ContractName =
  'ChainVerifier' | 'Payments' | 'RulesSettlement' | 'RulesVerifier' | 'Settlement' | 'StateProofs';

/**
 * A contract's creation code, without its constructor's arguments.
 *
 * @example
 * await creationCode('StateProofs'); // '0x...'
 */
export async function creationCode(name: ContractName): Promise<Hash> {
  const text = await readFile(packageFile('contracts/compiled.json'), 'utf8');
  return (JSON.parse(text) as { readonly bytecode: Record<ContractName, Hash> }).bytecode[name];
}

type G1 = readonly [bigint, bigint];
type G2 = readonly [G1, G1];
type Eight<T> = readonly [T, T, T, T, T, T, T, T];
type Eleven<T> = readonly [...Eight<T>, T, T, T];

const ZERO_HASH: Hash = `0x${'0'.repeat(64)}`;

/**
 * What the constructor of `ChainVerifier` takes.
 *
 * @example
 * const [key, identity] = verifierConstructor(keys);
 */
export function verifierConstructor({
  circuit,
  verificationKey: key,
  verificationKeyHash,
  setup,
  ceremony,
}: VerifyingKeys) {
  const g1 = ([x, y]: readonly string[]): G1 => [BigInt(x!), BigInt(y!)];
  // EIP-197 has the imaginary part of a coordinate first.
  const swapped = ([real, imaginary]: readonly string[]): G1 => [BigInt(imaginary!), BigInt(real!)];
  const g2 = ([x, y]: readonly (readonly string[])[]): G2 => [swapped(x!), swapped(y!)];
  return [
    {
      alpha: g1(key.vk_alpha_1),
      beta: g2(key.vk_beta_2),
      gamma: g2(key.vk_gamma_2),
      delta: g2(key.vk_delta_2),
      ic: key.IC.map(g1) as unknown as Eight<G1>,
    },
    {
      circuit: circuit.name,
      circuitDigest: `0x${circuit.digest}`,
      verificationKey: `0x${verificationKeyHash}`,
      transcript: ceremony === null ? ZERO_HASH : (`0x${transcriptHash(ceremony)}` as const),
      developmentKeys: setup === 'development',
    },
  ] as const;
}

/** What the constructor of `RulesVerifier` takes: a key with a point for each of ten signals, and one more. */
export function rulesVerifierConstructor(keys: VerifyingKeys) {
  const [key, provenance] = verifierConstructor(keys);
  return [{ ...key, ic: key.ic as unknown as Eleven<G1> }, provenance] as const;
}

/** What a verifier contract with these keys computes as its `keyHash`: of all words of the key. */
export function verifierKeyHash(keys: VerifyingKeys): Hash {
  const [{ alpha, beta, gamma, delta, ic }] = verifierConstructor(keys);
  const words = [alpha, beta, gamma, delta, ic].flat(3) as readonly bigint[];
  return keccak256(concat(words.map((word) => toHex(word, { size: 32 }))));
}

/** What the contract is given of a chunk: its proof, and what it ends with. */
export function chunkArgument(proof: ChunkProof, deep: boolean) {
  const { newRoot, logHash, dataOut } = proof.publicSignals;
  return { ...verifierArguments(proof).proof, newRoot, logHash, dataOut, deep };
}

/** What a contract of rules is given of a chunk of their chain. */
export function rulesChunkArgument({ proof, publicSignals }: RulesChunkProof, small: boolean) {
  const { logHash, txHash, dataOut, carryOut } = publicSignals;
  return { ...proofArgument(proof), logHash, txHash, dataOut, carryOut, small };
}
