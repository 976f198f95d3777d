import { builtin } from '../tasks/builtin.js';

// On its own: bundlers would take `new URL('...', import.meta.url)` for a part of a page.
const here = import.meta.url;

/**
 * What the build computed and wrote to dist/ready, so that no process has to; see scripts/build.mjs. Undefined in a
 * browser, and where nothing was built: there it is computed.
 */
export function readyBytes(name: string): Uint8Array | undefined {
  try {
    return builtin('node:fs')?.readFileSync(new URL(`../../ready/${name}`, here));
  } catch {
    return undefined;
  }
}
