/**
 * The text of a script that calls `program` with arguments that are given as code. Threads and processes are started
 * from such texts, so that they run alike from compiled and from TypeScript sources, and from a bundle. A program uses
 * nothing from outside itself but types and its arguments.
 */
export const scriptOf = (program: (...args: never[]) => unknown, ...args: readonly string[]): string =>
  `${KEEPING_NAMES}(${program.toString()})(${args.join(', ')})`;

function nesting(): () => number {
  const inner = (): number => 0;
  return inner;
}

/**
 * Bundlers that keep the names of functions put each into a call of a helper of theirs, which is outside the program.
 * What the helper is called, which they may shorten, shows in the text of any function that has another in it.
 */
const [, helper] = /([\w$]+)\(\(\) ?=> ?0/.exec(nesting.toString()) ?? [];
const KEEPING_NAMES = helper === undefined ? '' : `const ${helper} = (named) => named; `;
