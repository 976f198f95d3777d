interface Modules {
  'node:fs': typeof import('node:fs');
  'node:os': typeof import('node:os');
  'node:v8': typeof import('node:v8');
  'node:worker_threads': typeof import('node:worker_threads');
}

/**
 * A module of Node's; undefined where there is no Node. What takes it from here, and does not import it, can be bundled
 * for a browser.
 */
export const builtin = <Name extends keyof Modules>(name: Name): Modules[Name] | undefined =>
  typeof process === 'undefined' ? undefined : process.getBuiltinModule?.(name);
