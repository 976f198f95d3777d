import * as grpc from '@grpc/grpc-js';
import { HashDbError, NoDatabaseError, StorageError, UnknownOutcomeError } from '../state/hashdb/driver.js';
import { RootConflictError } from '../state/hashdb/hashdb.js';
import { PrunedRootError, UnknownRootError } from '../state/hashdb/roots.js';
import { MalformedTreeError, MissingNodeError } from '../state/tree/store.js';
import type { OnBug } from './options.js';

/**
 * A call cannot be answered, by no fault of the server: the code of gRPC that says of what kind it is, and a sentence.
 */
export class CallError extends Error {
  override readonly name = 'CallError';
  constructor(
    readonly code: grpc.status,
    message: string,
  ) {
    super(message);
  }
}

/** @throws {CallError} INVALID_ARGUMENT */
export function invalid(where: string, expected: string, got: string): never {
  throw new CallError(grpc.status.INVALID_ARGUMENT, `${where}: expected ${expected}, got ${got}`);
}

/** Metadata of a call refused because the state moved on: the current root, as `0x` and 64 digits. */
export const CURRENT_ROOT = 'rootshift-current-root';

/** The errors of a database with wrong or missing records. */
const DAMAGE = [HashDbError, MissingNodeError, MalformedTreeError];

/** An error as a gRPC status. A bug gets no details. */
function statusOf(error: unknown, onBug: OnBug): Partial<grpc.StatusObject> {
  const { status } = grpc;
  const details = error instanceof Error ? error.message : String(error);
  if (error instanceof CallError) return { code: error.code, details };
  if (error instanceof RootConflictError) {
    const metadata = new grpc.Metadata();
    metadata.set(CURRENT_ROOT, `0x${error.current.toString(16).padStart(64, '0')}`);
    return { code: status.ABORTED, details, metadata };
  }
  if (error instanceof UnknownRootError || error instanceof PrunedRootError) return { code: status.NOT_FOUND, details };
  if (error instanceof UnknownOutcomeError) return { code: status.UNKNOWN, details };
  if (error instanceof StorageError) return { code: status.UNAVAILABLE, details };
  if (error instanceof NoDatabaseError) return { code: status.FAILED_PRECONDITION, details };
  onBug(error);
  if (DAMAGE.some((kind) => error instanceof kind)) return { code: status.DATA_LOSS, details };
  return { code: status.INTERNAL, details: 'the server failed; see its own messages' };
}

/** A method that answers one message with one. */
export const unary =
  <Request, Response>(
    onBug: OnBug,
    work: (request: Request) => Promise<Response>,
  ): grpc.handleUnaryCall<Request, Response> =>
  (call, callback) =>
    void work(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback(statusOf(error, onBug)),
    );

/** A method that answers a stream of messages with one. If the stream is not ended by its client, `requests` throws. */
export const clientStream =
  <Request, Response>(
    onBug: OnBug,
    work: (requests: AsyncIterable<Request>) => Promise<Response>,
  ): grpc.handleClientStreamingCall<Request, Response> =>
  (call, callback) =>
    void work(toTheEnd(call)).then(
      (response) => callback(null, response),
      (error: unknown) => callback(statusOf(error, onBug)),
    );

/** @throws {CallError} CANCELLED */
async function* toTheEnd<Request>(call: grpc.ServerReadableStream<Request, unknown>): AsyncGenerator<Request> {
  try {
    yield* call;
    // gRPC ends the stream of a client that is gone like any other, and the next moment says that it is cancelled.
    // Node's own client ends a stream that it cancels: if the end comes alone, it counts.
    await new Promise(setImmediate);
  } catch (error) {
    if (!call.cancelled) throw error;
  }
  if (call.cancelled) throw new CallError(grpc.status.CANCELLED, 'the stream ended too early');
}
