// @ts-check
// node scripts/check-limits.mjs: lists tests and hooks that have a time limit of their own.
//
// A slow or busy machine would meet it. Only a hang is to meet a limit, and vitest.config.ts has one for all.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { codeFiles } from './code-files.mjs';
import { ROOT } from './ready.mjs';

/** What takes a function, and after or before it a limit: `it`, `it.each(...)`, `describe`, hooks. */
const TAKES_LIMIT = /^(it|test|describe|beforeAll|beforeEach|afterAll|afterEach)\b/;

/** @param {ts.Expression} node */
const isLimit = (node) =>
  ts.isNumericLiteral(node) ||
  (ts.isObjectLiteralExpression(node) && node.properties.some(({ name }) => name?.getText() === 'timeout'));

/**
 * @param {string} name
 * @returns {string[]}
 */
function limits(name) {
  const text = readFileSync(path.join(ROOT, name), 'utf8');
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  /** @type {string[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && TAKES_LIMIT.test(node.expression.getText())) {
      for (const limit of node.arguments.filter(isLimit)) {
        found.push(`${name}:${source.getLineAndCharacterOfPosition(limit.getStart()).line + 1}: ${limit.getText()}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const found = codeFiles(/^test\/.*\.ts$/).flatMap(limits);
for (const one of found) console.log(one);
process.exitCode = found.length === 0 ? 0 : 1;
