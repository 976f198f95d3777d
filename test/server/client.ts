/** A client as another language has it: generated from the .proto files. */
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { onTestFinished } from 'vitest';

const PROTOS = fileURLToPath(new URL('../../protos', import.meta.url));
const FILES = ['rootshift/store/v1/store.proto', 'rootshift/state/v1/state.proto', 'grpc/health/v1/health.proto'];
const definitions = loadSync(FILES, {
  includeDirs: [PROTOS],
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

// Messages are as the .proto files say; what a test makes of them is its affair.
// oxlint-disable-next-line typescript/no-explicit-any
type Message = any;

export interface Client {
  call(method: string, request?: object, options?: { token?: string; timeoutMs?: number }): Promise<Message>;
  /** A stream of messages, answered by one. */
  stream(method: string): { call: grpc.ClientWritableStream<object>; answer: Promise<Message> };
}

/** Of `Store`, `State` or `Health`; closed when the test is done. */
export function clientOf(
  url: string,
  service: 'Store' | 'State' | 'Health',
  credentials = grpc.credentials.createInsecure(),
): Client {
  const name = service === 'Health' ? 'grpc.health.v1.Health' : `rootshift.${service.toLowerCase()}.v1.${service}`;
  const Service = grpc.makeClientConstructor(definitions[name] as grpc.ServiceDefinition, service);
  const client = new Service(url.replace(/^grpcs?:\/\//, ''), credentials, { 'grpc.enable_http_proxy': 0 }) as Message;
  onTestFinished(() => client.close());
  return {
    call: (method, request = {}, { token, timeoutMs } = {}) => {
      const metadata = new grpc.Metadata();
      if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
      const deadline = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs;
      return new Promise((resolve, reject) => {
        client[method](request, metadata, { deadline }, (error: Error | null, response: Message) =>
          error ? reject(error) : resolve(response),
        );
      });
    },
    stream: (method) => {
      let call: grpc.ClientWritableStream<object>;
      const answer = new Promise((resolve, reject) => {
        call = client[method]((error: Error | null, response: Message) => (error ? reject(error) : resolve(response)));
      });
      answer.catch(() => {});
      return { call: call!, answer };
    },
  };
}

export const { status } = grpc;
