import type { Uint256 } from '../../base/field/limbs.js';
import { uint256ToHex } from '../../base/field/limbs.js';
import { keccak256 } from '../../state/batch/import/keccak.js';
import { MissingCodeError } from './faults.js';

/**
 * The contracts' codes, by their keccak256. They are not part of the state: an account's entry `code` is the hash. A
 * `Map` is one.
 * @see {@link EvmBatch}
 */
export interface CodeSource {
  /** The code with this hash; undefined if there is none. */
  get(hash: Uint256): Uint8Array | undefined | Promise<Uint8Array | undefined>;
}

/** @throws {MissingCodeError} the source lacks the code, or has another for its hash */
export async function codeOf(source: CodeSource, hash: Uint256): Promise<Uint8Array> {
  const code = await source.get(hash);
  if (code === undefined) throw new MissingCodeError(`expected the code with hash ${uint256ToHex(hash)}, got none`);
  const got = keccak256(code);
  if (got === hash) return code;
  throw new MissingCodeError(`expected the code with hash ${uint256ToHex(hash)}, got one with ${uint256ToHex(got)}`);
}
