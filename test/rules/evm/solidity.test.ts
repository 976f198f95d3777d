/** examples/token.json is what examples/token.sol compiles to: examples run without a compiler. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileContract } from './solidity.js';

it("the example's token is compiled from its source", () => {
  const read = (name: string): string => readFileSync(new URL(`../../../examples/${name}`, import.meta.url), 'utf8');
  expect(compileContract('Token', read('token.sol'))).toEqual(JSON.parse(read('token.json')));
});
