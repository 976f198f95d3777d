import { createHash, timingSafeEqual } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';

/** Orchestrators ask for a server's health without a token. */
const OPEN_TO_ALL = '/grpc.health.v1.Health/';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Refuses calls that do not carry `authorization: Bearer TOKEN`, in a time that does not depend on how much of it is
 * right.
 */
export function requireToken(token: string): grpc.ServerInterceptor {
  const wanted = digest(`Bearer ${token}`);
  return ({ path }, call) => {
    if (path.startsWith(OPEN_TO_ALL)) return call as grpc.ServerInterceptingCall;
    const listener = new grpc.ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        const [given] = metadata.get('authorization');
        if (given !== undefined && timingSafeEqual(digest(String(given)), wanted)) next(metadata);
        else {
          const got = given === undefined ? 'none' : 'another';
          call.sendStatus({
            code: grpc.status.UNAUTHENTICATED,
            details: `expected the token of this server, as metadata "authorization: Bearer TOKEN", got ${got}`,
          });
        }
      })
      .build();
    return new grpc.ServerInterceptingCall(
      call,
      new grpc.ResponderBuilder().withStart((next) => next(listener)).build(),
    );
  };
}

/**
 * Ends calls whose client has been silent for `ms` in the middle of its request, and those that are not
 * answered `ms` after it; but not the answering of those in `patient`, which write: cut short, nobody
 * would know whether they did.
 */
export function limitTime(ms: number, patient: readonly string[]): grpc.ServerInterceptor {
  return ({ path, responseStream }, call) => {
    let over = false;
    const end = (): void => {
      over = true;
      call.sendStatus({
        code: grpc.status.DEADLINE_EXCEEDED,
        details: `the call took longer than the ${ms / 1000} s that this server allows`,
      });
    };
    let timer: NodeJS.Timeout | undefined;
    const start = (): void => {
      clearTimeout(timer);
      if (!over) timer = setTimeout(end, ms);
    };
    const stop = (): void => clearTimeout(timer);
    const listener = new grpc.ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        start();
        next(metadata);
      })
      .withOnReceiveMessage((message, next) => {
        start();
        next(message);
      })
      .withOnReceiveHalfClose((next) => {
        if (responseStream || patient.includes(path)) stop();
        else start();
        next();
      })
      .withOnCancel(stop)
      .build();
    const responder = new grpc.ResponderBuilder()
      .withStart((next) => next(listener))
      .withSendMetadata((metadata, next) => (over ? undefined : next(metadata)))
      .withSendMessage((message, next) => (over ? undefined : next(message)))
      .withSendStatus((status, next) => {
        stop();
        if (!over) next(status);
        over = true;
      })
      .build();
    return new grpc.ServerInterceptingCall(call, responder);
  };
}

/** A call, as observers of calls see it. */
export interface WatchedCall {
  /** Service and method, such as `rootshift.state.v1.State/Get`. */
  readonly method: string;
  /** The address of the client. */
  readonly client: string;
}

/**
 * Reports the beginning of every call, refused ones included, and then its end, once. Comes before all other
 * interceptors.
 * @param began receives a call, and returns what receives its code
 */
export const watchCalls =
  (began: (call: WatchedCall) => (code: grpc.status) => void): grpc.ServerInterceptor =>
  ({ path }, call) => {
    const ended = began({ method: path.slice(1), client: call.getPeer() });
    let isRunning = true;
    const end = (code: grpc.status): void => {
      if (isRunning) ended(code);
      isRunning = false;
    };
    const listener = new grpc.ServerListenerBuilder().withOnCancel(() => end(grpc.status.CANCELLED)).build();
    const responder = new grpc.ResponderBuilder()
      .withStart((next) => next(listener))
      .withSendStatus((status, next) => {
        end(status.code ?? grpc.status.UNKNOWN);
        next(status);
      })
      .build();
    return new grpc.ServerInterceptingCall(call, responder);
  };
