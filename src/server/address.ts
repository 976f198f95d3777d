import { isLoopback } from '../state/hashdb/url.js';
import type { ServeOptions } from './options.js';

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
 * Checks where a server is to listen, before anything is opened. What is sent without TLS can be read and
 * changed by anyone on the way: only this machine has no way.
 * @throws {ServeError} an address is none, or other machines could come, and they were not said to be welcome
 */
export function checkAddresses({
  listen,
  metrics,
  tls,
  insecure,
}: Pick<ServeOptions, 'listen' | 'metrics' | 'tls' | 'insecure'>): void {
  const check = (what: string, text: string, isSafe: boolean): void => {
    const { host } = parseAddress(text);
    if (isSafe || insecure || isLoopback(host)) return;
    throw new ServeError(
      `${what} would be open to other machines at ${host} without TLS: add a certificate, or allow it explicitly (insecure)`,
    );
  };
  check('the server', listen, tls !== undefined);
  if (metrics !== undefined) check('the metrics page', metrics, false);
}
