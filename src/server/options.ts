import type { Driver } from '../state/hashdb/driver.js';
import type { HashDb } from '../state/hashdb/hashdb.js';
import type { Closable } from '../base/tasks/closing.js';

/**
 * Certificates and keys, PEM.
 * @see {@link serve}
 */
export interface ServerTls {
  readonly certificate: Uint8Array;
  readonly key: Uint8Array;
  /** Who vouches for clients; if given, a client without a certificate of theirs is refused. */
  readonly clientCa?: Uint8Array | undefined;
}

/** An error that is a bug, or a damaged database. Clients are not told its details. */
export type OnBug = (error: unknown) => void;

/** Events for the operator of the server. */
export type ServerEvent =
  | { readonly kind: 'bug'; readonly error: unknown }
  /** A call was answered, after `ms`, with a code of gRPC such as `OK`; `client` is its address. */
  | {
      readonly kind: 'call';
      readonly method: string;
      readonly code: string;
      readonly ms: number;
      readonly client: string;
    }
  /** A batch was dropped, because its client was silent. */
  | { readonly kind: 'expired'; readonly batch: string };

/**
 * How a database is served.
 * @see {@link serve}
 */
export interface ServeOptions {
  /** What is served: the records, and the state that they are. Closed with the server. */
  readonly driver: Driver;
  readonly db: HashDb;
  /** `HOST:PORT`; port 0 for any that is free. */
  readonly listen: string;
  readonly tls?: ServerTls | undefined;
  /** What clients have to show; without it anyone who can connect may do everything. */
  readonly token?: string | undefined;
  /** Listens for other machines also without TLS. */
  readonly insecure: boolean;
  /** `HOST:PORT` of the pages for metrics and health; without it there are none. */
  readonly metrics?: string | undefined;
  /** Bytes of the largest message that a client may send. */
  readonly maxMessageBytes: number;
  /** How long a call may take, and how long a client may be silent in the middle of one. */
  readonly callSeconds: number;
  /** How long a batch is kept for a client that is silent. */
  readonly batchSeconds: number;
  /** Told of what happens, in order. */
  readonly onEvent: (event: ServerEvent) => void;
}

/**
 * A database that is being served.
 * @see {@link serve}
 */
export interface Serving extends Closable {
  /** `grpc://HOST:PORT`, or `grpcs://` with TLS. */
  readonly url: string;
  /** `http://HOST:PORT/metrics`, beside which are `/livez` and `/readyz`. */
  readonly metricsUrl: string | null;
  /** Takes no more calls, finishes those that run, and closes the database. */
  close(): Promise<void>;
}
