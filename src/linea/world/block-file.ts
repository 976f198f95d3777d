import { ContentError } from '../../base/files/content-error.js';
import {
  atRoot,
  checkFormat,
  expected,
  readBytes,
  readingFile,
  readList,
  readObject,
  readUnsigned,
} from '../../state/batch/fields.js';
import type { Located } from '../../state/batch/fields.js';
import { parseJson } from '../../state/batch/json.js';
import type { Hex } from '../suite/suite.js';
import { readHex } from '../trace/json.js';
import type { AccountAccess, AccountState, BlockAccesses, SlotAccess } from './block.js';

/** The `format` of files of a block's accesses. */
export const BLOCK_FORMAT = 'rootshift-linea-block';
const BLOCK_VERSION = 1;

/** A text is no file of a block's accesses. The message says what was expected, what came, and where. */
export class BlockFileError extends ContentError {
  override readonly name = 'BlockFileError';
}

/**
 * Reads a block's accesses.
 * @throws {BlockFileError}
 *
 * @example
 * parseBlock('{"format":"rootshift-linea-block","version":1,"accounts":[{"address":"0x...","balance":"0x1"}]}');
 */
export function parseBlock(text: string): BlockAccesses {
  return readingFile(
    () => {
      const file = atRoot(parseJson(text));
      checkFormat(file, BLOCK_FORMAT, BLOCK_VERSION, 'required');
      const { accounts } = readObject(file, ['format', 'version', 'accounts']);
      return { accounts: readList(accounts).map(readAccount) };
    },
    (message, cause) => new BlockFileError(message, { cause }),
  );
}

/**
 * A block's accesses as `parseBlock` reads them.
 *
 * @example
 * formatBlock(accesses); // '{"format":"rootshift-linea-block",...'
 */
export function formatBlock({ accounts }: BlockAccesses): string {
  const number = (x: bigint): Hex => `0x${x.toString(16)}`;
  const written = accounts.map(({ address, after, isDestroyed, slots }) => ({
    address,
    ...(after === undefined ? {} : { after: after === null ? null : stateToJson(after) }),
    ...(isDestroyed ? { destroyed: true } : {}),
    ...(slots.length === 0
      ? {}
      : {
          slots: slots.map((access) => ({
            slot: number(BigInt(access.slot)),
            ...(access.after === undefined ? {} : { after: number(access.after) }),
          })),
        }),
  }));
  return `${JSON.stringify({ format: BLOCK_FORMAT, version: BLOCK_VERSION, accounts: written })}\n`;

  function stateToJson({ nonce, balance, code }: AccountState) {
    return {
      nonce: number(nonce),
      balance: number(balance),
      ...(code === undefined ? {} : { code: `0x${Buffer.from(code).toString('hex')}` }),
    };
  }
}

function readAccount(at: Located): AccountAccess {
  const { address, after, destroyed, slots } = readObject(at, ['address'], ['after', 'destroyed', 'slots']);
  const isDestroyed = destroyed === undefined ? false : destroyed.value;
  if (typeof isDestroyed !== 'boolean') return expected('true or false', destroyed!);
  return {
    address: hexOf(readBytes(address, 20), 20),
    after: after === undefined ? undefined : after.value === null ? null : readState(after),
    isDestroyed,
    slots: slots === undefined ? [] : readList(slots).map(readSlot),
  };
}

function readState(at: Located): AccountState {
  const { nonce, balance, code } = readObject(at, ['nonce', 'balance'], ['code']);
  return {
    nonce: readUnsigned(nonce, 64),
    balance: readUnsigned(balance, 256),
    ...(code === undefined ? {} : { code: Buffer.from(readHex(code).slice(2), 'hex') }),
  };
}

function readSlot(at: Located): SlotAccess {
  const { slot, after } = readObject(at, ['slot'], ['after']);
  return {
    slot: hexOf(readUnsigned(slot, 256), 32),
    ...(after === undefined ? {} : { after: readUnsigned(after, 256) }),
  };
}

const hexOf = (x: bigint, bytes: number): Hex => `0x${x.toString(16).padStart(2 * bytes, '0')}`;
