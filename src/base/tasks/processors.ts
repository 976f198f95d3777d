import { builtin } from './builtin.js';

/** How many threads this machine runs at once, as far as Node or a browser tells. */
export function processors(): number {
  const { navigator } = globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } };
  return builtin('node:os')?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}
