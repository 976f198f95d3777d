import type { output } from 'zod';
import type { RpcContext } from './context.js';
import { readParams } from './params.js';
import type { ParamsSchema } from './params.js';
import type { RpcParams } from '../../base/json-rpc/answer.js';

/** Answers a call with plain JSON. */
export type Method = (context: RpcContext, params: RpcParams) => Promise<unknown>;
export type Methods = Readonly<Record<string, Method>>;

/** A method whose parameters are read by a schema first. */
export const method =
  <Schema extends ParamsSchema>(
    schema: Schema,
    work: (context: RpcContext, ...params: output<Schema>) => Promise<unknown>,
  ): Method =>
  async (context, params) =>
    work(context, ...readParams(schema, params));
