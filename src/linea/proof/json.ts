import { ContentError } from '../../base/files/content-error.js';
import {
  atRoot,
  expected,
  findField,
  readingFile,
  readInteger,
  readList,
  readObject,
} from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import { wordDigits } from '../suite/account-bytes.js';
import { DEPTH } from '../suite/suite.js';
import type { Digest, Hex, Opening, Suite } from '../suite/suite.js';
import { readHex } from '../trace/json.js';
import type { AccountProof } from './account-proof.js';
import { NO_VALUE } from './key-proof.js';
import type { KeyProof, LeafProof } from './key-proof.js';

/**
 * A proof as `linea_getProof` answers it: plain JSON.
 * @see {@link accountProofToJson}
 */
export type ProofJson = Readonly<Record<string, unknown>>;

/** A text holds no proof. The message says what was expected, what came, and where. */
export class ProofFileError extends ContentError {
  override readonly name = 'ProofFileError';
}

/** A leaf that is not there, in place of its opening. */
const EMPTY_LEAF = NO_VALUE;
/** The top, the siblings from the top down, the leaf. */
const RELATED = DEPTH + 2;

/** In Poseidon2's suite, every 2 bytes of an integer are a limb of 4. */
const integerDigits = ({ integerBytes }: Suite, x: number): string =>
  integerBytes === 32 ? wordDigits(BigInt(x)) : wordDigits(BigInt(x)).replace(/.{4}/g, '0000$&');

const openingDigits = (suite: Suite, { prevLeaf, nextLeaf, hKey, hVal }: Opening): string =>
  [integerDigits(suite, prevLeaf), integerDigits(suite, nextLeaf), wordDigits(hKey), wordDigits(hVal)].join('');

function leafToJson(
  suite: Suite,
  { value, state: { nextFreeNode, subRoot }, siblingNodes, siblingLeaf, opening }: LeafProof,
): ProofJson {
  const nodes = siblingNodes.map((pair): Hex => `0x${pair.map(wordDigits).join('')}`);
  return {
    value,
    proofRelatedNodes: [
      `0x${integerDigits(suite, nextFreeNode)}${wordDigits(subRoot)}`,
      ...nodes.toReversed(),
      siblingLeaf === null ? EMPTY_LEAF : `0x${openingDigits(suite, siblingLeaf)}`,
      `0x${openingDigits(suite, opening)}`,
    ],
  };
}

export function keyProofToJson(suite: Suite, proof: KeyProof): ProofJson {
  if (proof.kind === 'present') {
    return { key: proof.key, leafIndex: proof.leaf.leafIndex, proof: leafToJson(suite, proof.leaf) };
  }
  return {
    key: proof.key,
    leftLeafIndex: proof.left.leafIndex,
    rightLeafIndex: proof.right.leafIndex,
    leftProof: leafToJson(suite, proof.left),
    rightProof: leafToJson(suite, proof.right),
  };
}

/**
 * A proof as `linea_getProof` answers it. Of an account that is not there, and of one without storage, Linea's program
 * answers no slots; here all that were asked for are there.
 *
 * @example
 * JSON.stringify(accountProofToJson(state.suite, accountProof));
 */
export const accountProofToJson = (suite: Suite, { account, slots }: AccountProof): ProofJson => ({
  accountProof: keyProofToJson(suite, account),
  storageProofs: slots.map((slot) => keyProofToJson(suite, slot)),
});

/**
 * Reads an answer of `linea_getProof`, alone or as the result of a JSON-RPC answer. Whether it holds is not looked at.
 * @throws {ProofFileError}
 *
 * @example
 * const { account, slots } = parseAccountProof(POSEIDON2_KOALABEAR, text);
 */
export function parseAccountProof(suite: Suite, text: string): AccountProof {
  return readingFile(
    () => {
      const file = atRoot(parseJson(text));
      const { accountProof, storageProofs } = readObject(findField(file, 'result') ?? file, [
        'accountProof',
        'storageProofs',
      ]);
      return {
        account: readKeyProof(suite, accountProof),
        slots: readList(storageProofs).map((slot) => readKeyProof(suite, slot)),
      };
    },
    (message, cause) => new ProofFileError(message, { cause }),
  );
}

/** @throws {FieldError} */
export function readKeyProof(suite: Suite, at: Located): KeyProof {
  if (findField(at, 'leafIndex') !== undefined) {
    const { key, leafIndex, proof } = readObject(at, ['key', 'leafIndex', 'proof']);
    return { kind: 'present', key: readHex(key), leaf: readLeaf(suite, leafIndex, proof) };
  }
  const names = ['key', 'leftLeafIndex', 'rightLeafIndex', 'leftProof', 'rightProof'] as const;
  const { key, leftLeafIndex, rightLeafIndex, leftProof, rightProof } = readObject(at, names);
  return {
    kind: 'absent',
    key: readHex(key),
    left: readLeaf(suite, leftLeafIndex, leftProof),
    right: readLeaf(suite, rightLeafIndex, rightProof),
  };
}

function readLeaf(suite: Suite, leafIndex: Located, at: Located): LeafProof {
  const { value, proofRelatedNodes } = readObject(at, ['value', 'proofRelatedNodes']);
  const related = readList(proofRelatedNodes);
  if (related.length !== RELATED) expected(`${RELATED} nodes`, proofRelatedNodes, String(related.length));
  const top = related[0]!;
  const siblings = related.slice(1, -2);
  const beside = related.at(-2)!;
  const opening = related.at(-1)!;
  const counter = new Preimage(suite, top, suite.integerBytes + 32);
  return {
    leafIndex: readInteger(leafIndex, 0, 2 ** DEPTH - 1),
    opening: readOpening(suite, opening),
    value: readHex(value),
    siblingLeaf: beside.value === EMPTY_LEAF ? null : readOpening(suite, beside),
    siblingNodes: siblings.toReversed().map((node): [Digest, Digest] => {
      const preimage = new Preimage(suite, node, 64);
      return [preimage.digest(), preimage.digest()];
    }),
    state: { nextFreeNode: counter.integer(2 ** DEPTH), subRoot: counter.digest() },
  };
}

function readOpening(suite: Suite, at: Located): Opening {
  const preimage = new Preimage(suite, at, 2 * suite.integerBytes + 64);
  return {
    prevLeaf: preimage.integer(2 ** DEPTH - 1),
    nextLeaf: preimage.integer(2 ** DEPTH - 1),
    hKey: preimage.digest(),
    hVal: preimage.digest(),
  };
}

/** What a hash is of, read part by part. */
class Preimage {
  #digits: string;

  constructor(
    private readonly suite: Suite,
    private readonly at: Located,
    bytes: number,
  ) {
    const hex = readHex(at);
    if (hex.length !== 2 + 2 * bytes) expected(`${bytes} bytes`, at, `${(hex.length - 2) / 2} bytes`);
    this.#digits = hex.slice(2);
  }

  digest(): Digest {
    return BigInt(`0x${this.#take(64)}`);
  }

  /** An integer has one form. */
  integer(most: number): number {
    const digits = this.#take(2 * this.suite.integerBytes);
    const word = this.suite.integerBytes === 32 ? digits : digits.replace(/.{4}(.{4})/g, '$1');
    const x = BigInt(`0x${word}`);
    const isRight = x <= BigInt(most) && integerDigits(this.suite, Number(x)) === digits;
    return isRight ? Number(x) : expected(`a number from 0 to ${most}`, this.at, `0x${digits}`);
  }

  #take(digits: number): string {
    const taken = this.#digits.slice(0, digits);
    this.#digits = this.#digits.slice(digits);
    return taken;
  }
}
