import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { storageError, UnknownOutcomeError } from './driver.js';
import type { StorageError } from './driver.js';
import { LocationError, masked } from './location.js';
import type { RemoteOptions } from './location.js';
import { isLoopback, parseUrl } from './url.js';
import { serviceOf } from './protos.js';

const READ_MS = 60_000;
/** Unlike a server, a client has asked for what it gets. */
const LARGEST_ANSWER = 256 << 20;
/** While a server restarts, a read is tried again: for a second, about. */
const PAUSES_MS = [100, 200, 400, 400];

const CHANNEL: grpc.ChannelOptions = {
  'grpc.max_receive_message_length': LARGEST_ANSWER,
  'grpc.max_send_message_length': -1,
  // A server whose machine is gone sends nothing: ask now and then whether it is there.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // A database is not reached by way of a proxy for web pages.
  'grpc.enable_http_proxy': 0,
  // Two drivers in one process are to be as two processes.
  'grpc.use_local_subchannel_pool': 1,
};

/** One connection to a server's store: tells its failures as errors of a database. */
export class RemoteChannel {
  private readonly methods = serviceOf('rootshift.store.v1.Store');
  private readonly client: grpc.Client;
  private readonly metadata = new grpc.Metadata();
  private wasReached = false;
  private readonly calls = new Set<{ cancel(): void }>();
  private readonly signal: AbortSignal | undefined;
  /** The URL as it may be shown. */
  readonly shown: string;

  /**
   * @param url `grpc://HOST:PORT`, or `grpcs://HOST:PORT` with TLS
   * @throws {LocationError} another URL, or one to which the token must not go
   */
  constructor(url: string, { token, ca, identity, insecure = false, signal }: RemoteOptions) {
    this.signal = signal;
    const { protocol, host, hostname, port, href } = parseUrl(url, EXPECTED);
    this.shown = masked(url);
    if (port === '' || !['', '/'].includes(href.slice(`${protocol}//${host}`.length))) {
      throw new LocationError(`expected ${EXPECTED}, got ${this.shown}`);
    }
    const secure = protocol === 'grpcs:';
    if (token !== undefined) {
      if (!secure && !insecure && !isLoopback(hostname)) {
        throw new LocationError(
          `expected grpcs:// for a server on another machine that is sent a token, got ${this.shown}: anyone on the network could read the token`,
        );
      }
      this.metadata.set('authorization', `Bearer ${token}`);
    }
    const bytes = (pem: Uint8Array | undefined): Buffer | null => (pem === undefined ? null : Buffer.from(pem));
    const credentials = secure
      ? grpc.credentials.createSsl(bytes(ca), bytes(identity?.key), bytes(identity?.certificate))
      : grpc.credentials.createInsecure();
    this.client = new grpc.Client(host, credentials, CHANNEL);
    if (signal?.aborted) this.close();
    else signal?.addEventListener('abort', this.close);
  }

  /** Asks for something that changes nothing; again if a server that was there is not. @throws {StorageError} */
  async read<Request, Response>(method: string, request: Request): Promise<Response> {
    for (let tries = 0; ; tries++) {
      try {
        const response = await this.call<Request, Response>(method, request, Date.now() + READ_MS);
        this.wasReached = true;
        return response;
      } catch (error) {
        const pause = PAUSES_MS[tries];
        const mayComeBack = this.wasReached && codeOf(error) === grpc.status.UNAVAILABLE;
        if (!mayComeBack || pause === undefined) throw this.failure('read', error);
        await sleep(pause);
      }
    }
  }

  /** Asks for work that may take long. @throws {StorageError} */
  async order<Request, Response>(what: string, method: string, request: Request): Promise<Response> {
    return this.call<Request, Response>(method, request, Infinity).catch((error: unknown) => {
      throw this.failure(what, error);
    });
  }

  /**
   * Sends a stream of messages that asks for a write.
   * @throws {StorageError} it was not made
   * @throws {UnknownOutcomeError} contact was lost when it had been asked for: it may have been made
   */
  async write<Request, Response>(method: string, requests: Iterable<Request>): Promise<Response> {
    // What cannot be reached is found out before anything is sent, while it is sure that nothing was written.
    if (this.client.getChannel().getConnectivityState(false) !== grpc.connectivityState.READY) await this.probe();
    const { path, requestSerialize, responseDeserialize } = this.methods[method]!;
    let asked = false;
    return new Promise<Response>((resolve, reject) => {
      const call = this.client.makeClientStreamRequest<Request, Response>(
        path,
        requestSerialize,
        responseDeserialize,
        this.metadata,
        (error, response) => {
          answered.abort();
          this.calls.delete(call);
          if (error === null) resolve(response!);
          else reject(asked && mayBeMade(error) ? this.unknownOutcome(error) : this.failure('write', error));
        },
      );
      this.calls.add(call);
      const answered = new AbortController();
      const send = async (): Promise<void> => {
        for (const request of requests) {
          if (!call.write(request)) await once(call, 'drain', { signal: answered.signal });
        }
        asked = true;
        call.end();
      };
      // An answer that comes while there is more to send is a refusal, which is told above.
      send().catch((error: unknown) => (answered.signal.aborted ? undefined : reject(error as Error)));
    });
  }

  /** @throws {StorageError} the server cannot be reached, refuses, or serves something else */
  async probe(): Promise<void> {
    await this.read('GetMany', { keys: [] });
  }

  /** What the server has not answered yet fails. */
  readonly close = (): void => {
    this.signal?.removeEventListener('abort', this.close);
    this.client.close();
    for (const call of this.calls) call.cancel();
  };

  private call<Request, Response>(method: string, request: Request, deadline: number): Promise<Response> {
    const { path, requestSerialize, responseDeserialize } = this.methods[method]!;
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest<Request, Response>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.metadata,
        { deadline },
        (error, response) => {
          this.calls.delete(call);
          if (error === null) resolve(response!);
          else reject(error);
        },
      );
      this.calls.add(call);
    });
  }

  private failure(what: string, error: unknown): StorageError {
    const unreachable = codeOf(error) === grpc.status.UNAVAILABLE;
    return storageError(this.shown, unreachable ? 'reach' : what, new Error(reasonOf(error), { cause: error }));
  }

  private unknownOutcome(cause: grpc.ServiceError): UnknownOutcomeError {
    return new UnknownOutcomeError(
      `the connection to the database at ${this.shown} was lost during a write; it is not known whether the write was made: check the current root`,
      { cause },
    );
  }
}

const EXPECTED = 'a URL such as grpc://HOST:PORT, or grpcs://HOST:PORT with TLS';

const codeOf = (error: unknown): grpc.status | undefined => (error as Partial<grpc.ServiceError>).code;

function reasonOf(error: unknown): string {
  const { code, details, message } = error as grpc.ServiceError;
  if (code === grpc.status.UNIMPLEMENTED) return 'the server is not a Rootshift server, or has another version';
  return details || message;
}

/** The server says by these that it refused; all others can also come about by a connection that breaks. */
const REFUSALS: readonly grpc.status[] = [
  grpc.status.ABORTED,
  grpc.status.INVALID_ARGUMENT,
  grpc.status.RESOURCE_EXHAUSTED,
  grpc.status.UNAUTHENTICATED,
  grpc.status.UNIMPLEMENTED,
];
const mayBeMade = ({ code }: grpc.ServiceError): boolean => !REFUSALS.includes(code);
