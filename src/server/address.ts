import { isLoopback } from '../hashdb/location.js';

/** A server cannot be started as it is configured, or not safely. */
export class ServeError extends Error {
  override readonly name = 'ServeError';
}

/** Where a server listens. */
export interface Address {
  /** A name or an IP address; an IPv6 address stands in brackets. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/**
 * Reads `HOST:PORT`.
 * @throws {ServeError} it is something else
 */
export function parseAddress(text: string): Address {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65535) {
    throw new ServeError(`expected HOST:PORT to listen on, such as 127.0.0.1:50051 or [::1]:50051, got ${text}`);
  }
  return { host, port: Number(port) };
}

export const formatAddress = ({ host, port }: Address): string => `${host}:${port}`;

/**
 * What is sent without TLS can be read and changed by anyone on the way: only this machine has no way.
 * @throws {ServeError} other machines could come, and they were not said to be welcome
 */
export function refusePlaintext(what: string, { host }: Address, insecure: boolean): void {
  if (insecure || isLoopback(host)) return;
  throw new ServeError(
    `${what} would be open to other machines at ${host} without TLS: give it a certificate, or say that this is wanted (insecure)`,
  );
}
