import { HashDbError } from './driver.js';

/** Text that should say where a database is says nothing of the kind. */
export class LocationError extends HashDbError {
  override readonly name = 'LocationError';
}

/** Where a database is kept: in a directory of this machine, by a PostgreSQL server, or by a process that serves it. */
export type Location =
  | { readonly kind: 'directory'; readonly directory: string }
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'grpc'; readonly url: string };

const EXPECTED = 'a directory, postgres://..., grpc://HOST:PORT or grpcs://HOST:PORT as the database';

/**
 * Tells by its scheme what a location is; what has none is a directory.
 * @throws {LocationError} a URL of another scheme, or no text at all
 */
export function parseLocation(text: string): Location {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      if (text === '') throw new LocationError(`expected ${EXPECTED}, got an empty text`);
      return { kind: 'directory', directory: text };
    case 'postgres':
    case 'postgresql':
      return { kind: 'postgres', url: text };
    case 'grpc':
    case 'grpcs':
      return { kind: 'grpc', url: text };
    default:
      throw new LocationError(`expected ${EXPECTED}, got ${masked(text)}`);
  }
}

const MASK = '***';

/**
 * A location as it may be shown: without the passwords that are part of it. Any character may be one of a password's
 * that was not escaped: where that is not clear, more is left out.
 */
export const masked = (text: string): string =>
  text
    // An @ stays: it may be the end of the password that stands before the host.
    .replace(/([?&][^=&#]*(?:password|token|secret)[^=&#]*=)[^&@]*(@?)[^&]*/gi, `$1${MASK}$2`)
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^:]*):.*@/is, `$1:${MASK}@`);

/**
 * What a client of a served database shows, and believes.
 * @see {@link openDriver}
 */
export interface RemoteOptions {
  /** What the server asks of its clients, if it does. */
  readonly token?: string | undefined;
  /** Certificates, PEM, of who vouches for the server's; by default the authorities that Node knows. */
  readonly ca?: Uint8Array | undefined;
  /** The client's own certificate and key, PEM, if the server asks for one. */
  readonly identity?: { readonly certificate: Uint8Array; readonly key: Uint8Array } | undefined;
  /** Sends a token without TLS to another machine, although anyone in between can read it. */
  readonly insecure?: boolean;
  /** Closes it: what the server has not answered yet fails. */
  readonly signal?: AbortSignal | undefined;
}
