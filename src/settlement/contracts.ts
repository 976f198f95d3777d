import { readFile } from 'node:fs/promises';
import { encodeAbiParameters, keccak256 } from 'viem';
import { packageFile } from '../base/files/package-file.js';
import type { VerifyingKeys } from '../proof/prover/keys.js';
import type { ChunkProof } from '../proof/prover/proof-file.js';
import { transcriptHash } from '../proof/setup/index.js';
import { verifierArguments } from '../proof/verifier/solidity.js';
import { CHAIN_VERIFIER_ABI } from './abi.js';
import type { Hash } from './point.js';

/**
 * The contracts that are deployed, as contracts/compiled.json has them.
 * @see {@link creationCode}
 */
export type ContractName = 'ChainVerifier' | 'Payments' | 'RulesVerifier' | 'Settlement' | 'StateProofs';

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

/** What a `ChainVerifier` with these keys computes as its `keyHash`. */
export function verifierKeyHash(keys: VerifyingKeys): Hash {
  const [constructor] = CHAIN_VERIFIER_ABI;
  const [key] = verifierConstructor(keys);
  return keccak256(encodeAbiParameters([constructor.inputs[0]], [key]));
}

/** What the contract is given of a chunk: its proof, and what it ends with. */
export function chunkArgument(proof: ChunkProof, deep: boolean) {
  const { newRoot, logHash, dataOut } = proof.publicSignals;
  return { ...verifierArguments(proof).proof, newRoot, logHash, dataOut, deep };
}
