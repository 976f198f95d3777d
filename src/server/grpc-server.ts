import * as grpc from '@grpc/grpc-js';
import { keepingMalformed, refuseMalformed } from './malformed.js';
import { serviceOf } from '../state/hashdb/protos.js';
import type { ServiceName } from '../state/hashdb/protos.js';
import { formatAddress, parseAddress, ServeError } from './address.js';
import type { Address } from './address.js';
import type { ServerTls } from './options.js';

export interface GrpcServerOptions {
  /** `HOST:PORT`; port 0 for any that is free. */
  readonly listen: string;
  readonly tls?: ServerTls | undefined;
  /** Bytes of the largest message that a client may send. */
  readonly maxMessageBytes: number;
  readonly interceptors: readonly grpc.ServerInterceptor[];
  readonly services: Partial<Record<ServiceName, grpc.UntypedServiceImplementation>>;
}

/** A server that listens. */
export interface GrpcServer {
  /** `grpc://HOST:PORT`, or `grpcs://` with TLS. */
  readonly url: string;
  /** Takes no more calls, and waits for those that run, `graceMs` at most; then they are cut off. */
  stop(graceMs: number): Promise<void>;
}

/** Calls at once over one connection; more wait. */
const MOST_STREAMS = 256;

/** @throws {ServeError} the address cannot be had, or the certificates are none */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { tls, maxMessageBytes, services, interceptors } = options;
  const wanted = parseAddress(options.listen);
  const server = new grpc.Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': MOST_STREAMS,
    interceptors: [...interceptors, refuseMalformed],
  });
  for (const [name, implementation] of Object.entries(services)) {
    server.addService(keepingMalformed(serviceOf(name as ServiceName)), implementation);
  }
  const address = { ...wanted, port: await bind(server, wanted, credentialsOf(tls)) };
  return {
    url: `${tls === undefined ? 'grpc' : 'grpcs'}://${formatAddress(address)}`,
    stop: async (graceMs) => {
      const timer = setTimeout(() => server.forceShutdown(), graceMs);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(timer);
    },
  };
}

function credentialsOf(tls: ServerTls | undefined): grpc.ServerCredentials {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const certificate = Buffer.from(tls.certificate);
  const key = Buffer.from(tls.key);
  const clientCa = tls.clientCa === undefined ? null : Buffer.from(tls.clientCa);
  return grpc.ServerCredentials.createSsl(clientCa, [{ cert_chain: certificate, private_key: key }], clientCa !== null);
}

function bind(server: grpc.Server, address: Address, credentials: grpc.ServerCredentials): Promise<number> {
  const text = formatAddress(address);
  const failed = (cause: unknown): ServeError =>
    new ServeError(`could not listen on ${text}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  return new Promise((resolve, reject) => {
    try {
      server.bindAsync(text, credentials, (error, port) => (error === null ? resolve(port) : reject(failed(error))));
    } catch (error) {
      // What TLS says of a certificate or key that is none.
      reject(failed(error));
    }
  });
}
