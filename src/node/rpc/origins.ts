/**
 * Which web pages may use a server. A browser says for each request whose page makes it: its origin. Programs that are
 * no browsers say nothing.
 */
export interface Origins {
  /** True for a request without an origin, and for one with an origin that is allowed. */
  allows(origin: string | undefined): boolean;
}

/** Pages of this machine, and extensions of the browser, such as wallets: whoever installed these trusts them. */
const LOCAL: readonly RegExp[] = [
  /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/,
  /^[a-z-]+-extension:\/\/[^/]+$/,
];

/** @param others origins such as `https://app.example`, beside those of this machine; `*` for all */
export const originsOf = (others: readonly string[]): Origins => ({
  allows: (origin) =>
    origin === undefined ||
    others.includes('*') ||
    others.includes(origin) ||
    LOCAL.some((pattern) => pattern.test(origin)),
});
