import { HashDbError } from './driver.js';

/** Text that should say where a database is says nothing of the kind. */
export class LocationError extends HashDbError {
  override readonly name = 'LocationError';
}

/** Where a database is kept: in a folder of this machine, or by a PostgreSQL server. */
export type Location =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'postgres'; readonly url: string };

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
    default:
      throw new LocationError(
        `expected a folder or postgres://... as the place of a database, got ${masked(text)}`,
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
