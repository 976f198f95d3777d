import { hexToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import { RPC, RpcError } from '../../base/json-rpc/answer.js';
import type { RpcParams } from '../../base/json-rpc/answer.js';

const hex = (pattern: RegExp, expected: string) => z.string(expected).regex(pattern, expected);
const toBytes = (text: string): Uint8Array => hexToBytes(text.slice(2));

export const QUANTITY = hex(
  /^0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/,
  'expected a number: 0x and up to 64 hex digits without leading zeros',
).transform(BigInt);
export const DATA = hex(/^0x([0-9a-fA-F]{2})*$/, 'expected bytes: 0x and an even number of hex digits').transform(
  toBytes,
);
export const ADDRESS = hex(/^0x[0-9a-fA-F]{40}$/, 'expected an address: 0x and 40 hex digits').transform(BigInt);
export const HASH = hex(/^0x[0-9a-fA-F]{64}$/, 'expected a hash: 0x and 64 hex digits').transform(BigInt);
/** The name of a slot. Some write it as a number, others as 32 bytes. */
export const SLOT = hex(/^0x[0-9a-fA-F]{1,64}$/, 'expected a slot: 0x and up to 64 hex digits').transform(BigInt);

export const TAGS = ['latest', 'pending', 'safe', 'finalized', 'earliest'] as const;
export type Tag = (typeof TAGS)[number];
/** A block, as callers name it. */
export type BlockName = Tag | bigint | { readonly hash: bigint };

const TAG_OR_NUMBER = z.union([z.enum(TAGS), QUANTITY], `expected a block: its number, or one of ${TAGS.join(', ')}`);
/** By number or tag. */
export const BLOCK_NUMBER = TAG_OR_NUMBER.transform((name): BlockName => name);
/** By number, tag or, as EIP-1898 has it, an object with number or hash. */
export const BLOCK = z
  .union(
    [
      TAG_OR_NUMBER,
      z.strictObject({ blockNumber: TAG_OR_NUMBER }),
      z.strictObject({ blockHash: HASH, requireCanonical: z.boolean().optional() }),
    ],
    'expected a block: its number, a tag, or an object with blockNumber or blockHash (EIP-1898)',
  )
  .transform((name): BlockName => {
    if (typeof name !== 'object') return name;
    return 'blockHash' in name ? { hash: name.blockHash } : name.blockNumber;
  });

/** A tuple of parameters: those at the end that may be left out may also be null. */
export type ParamsSchema = z.ZodType<readonly unknown[]>;

const described = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'none';
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
};

/**
 * The parameters of a call, read.
 * @throws {RpcError} they are others than the schema asks for
 */
export function readParams<Schema extends ParamsSchema>(schema: Schema, params: RpcParams): z.output<Schema> {
  if (!Array.isArray(params)) {
    throw new RpcError(RPC.invalidParams, 'invalid params: expected params by position: an array');
  }
  const read = schema.safeParse(params);
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  const { path, message } = issue;
  const [position, ...fields] = path;
  if (typeof position !== 'number') {
    const much = issue.code === 'too_small' ? 'more' : 'fewer';
    const said = ['too_small', 'too_big'].includes(issue.code)
      ? `expected ${much} parameters, got ${params.length}`
      : message;
    throw new RpcError(RPC.invalidParams, `invalid params: ${said}`);
  }
  let got: unknown = params;
  for (const step of path) got = (got as Record<PropertyKey, unknown> | undefined)?.[step];
  const where = [`parameter ${position + 1}`, ...fields.map(String)].join('.');
  throw new RpcError(RPC.invalidParams, `invalid params: ${where}: ${message}, got ${described(got)}`);
}
