import { HashDbError } from './driver.js';

/** Text that should say where a database is says nothing of the kind. */
export class LocationError extends HashDbError {
  override readonly name = 'LocationError';
}

/** Where a database is kept: in a folder of this machine, by a PostgreSQL server, or by a process that serves it. */
export type Location =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'grpc'; readonly url: string };

/**
 * Tells by its scheme what a location is; what has none is a folder.
 * @throws {LocationError} a URL of another scheme
 */
export function parseLocation(text: string): Location {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return { kind: 'folder', folder: text };
    case 'postgres':
    case 'postgresql':
      return { kind: 'postgres', url: text };
    case 'grpc':
    case 'grpcs':
      return { kind: 'grpc', url: text };
    default:
      throw new LocationError(
        `expected a folder, postgres://..., grpc://HOST:PORT or grpcs://HOST:PORT as the place of a database, got ${masked(text)}`,
      );
  }
}

/** @throws {LocationError} `expected`, in words, if it is no URL */
export function parseUrl(text: string, expected: string): URL {
  if (!URL.canParse(text)) throw new LocationError(`expected ${expected}, got ${masked(text)}`);
  return new URL(text);
}

/** Whether a host's name, as it stands in a URL, can only be this machine. */
export const isLoopback = (hostname: string): boolean =>
  hostname.toLowerCase() === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

const MASK = '***';

/** A location as it may be shown: without the passwords that are part of it. */
export const masked = (text: string): string =>
  text
    // What stands between the user's name and the last @ before the path; an @ that was not escaped belongs to it.
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^:/?#@]*):[^/?#]*@/i, `$1:${MASK}@`)
    .replace(/([?&][^=&#]*(?:password|token|secret)[^=&#]*=)[^&#]*/gi, `$1${MASK}`);

/** What a client of a served database shows, and believes. */
export interface RemoteOptions {
  /** What the server asks of its clients, if it does. */
  readonly token?: string | undefined;
  /** Certificates, PEM, of who vouches for the server's; by default the authorities that Node knows. */
  readonly ca?: Uint8Array | undefined;
  /** The client's own certificate and key, PEM, if the server asks for one. */
  readonly identity?: { readonly certificate: Uint8Array; readonly key: Uint8Array } | undefined;
  /** Sends a token without TLS to another machine, too, where whoever is in between can read it. */
  readonly insecure?: boolean;
}
