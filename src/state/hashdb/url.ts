import { LocationError, masked } from './location.js';

/** @throws {LocationError} `expected`, in words, if it is no URL */
export function parseUrl(text: string, expected: string): URL {
  if (!URL.canParse(text)) throw new LocationError(`expected ${expected}, got ${masked(text)}`);
  return new URL(text);
}

/** Whether a host's name, as it stands in a URL, can only be this machine. */
export const isLoopback = (hostname: string): boolean =>
  hostname.toLowerCase() === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
