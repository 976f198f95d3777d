// What the tests of `rootshift/verify` have a page and a worker do, from a bundle: each check of what is honest, and of
// the same with one thing changed.
import {
  BadChunkError,
  checkChunk,
  coverOf,
  describeVerdict,
  parseCombinedProof,
  parseManifest,
  parseMerkleProof,
  parseProof,
  parseVerificationKey,
  poseidonScheme,
  verifyCombinedProof,
  verifyMerkleProof,
  verifyProof,
} from 'rootshift/verify';

/** @param given texts of files, chunks as lists of bytes */
export async function verdicts({ proof, key, merkle, combined, manifest, chunks }) {
  const keys = [{ verificationKey: parseVerificationKey(key), name: 'verification_key.json' }];
  const verdict = await verifyProof({ proof: parseProof(proof), keys });
  const { root, scheme } = parseManifest(manifest);
  const tree = [1, 2].map(poseidonScheme).find(({ id }) => id === scheme);
  return {
    proof: describeVerdict(verdict),
    merkle: verifyMerkleProof(parseMerkleProof(merkle)),
    combined: await verifyCombinedProof(parseCombinedProof(combined)),
    snapshot: await wholeState(tree, root, chunks),
  };
}

async function wholeState(tree, root, chunks) {
  const parts = [];
  for (const chunk of chunks) {
    try {
      parts.push(await checkChunk(tree, root, Uint8Array.from(chunk)));
    } catch (error) {
      if (!(error instanceof BadChunkError)) throw error;
      return error.message;
    }
  }
  const { root: found, entries } = coverOf(tree, parts);
  return found === root ? `whole: ${entries} entries` : 'a part is missing';
}
