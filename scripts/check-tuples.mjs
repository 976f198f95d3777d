// @ts-check
// node scripts/check-tuples.mjs: lists assignments that pack several values into one line.
//
// `const [width, height] = [3, 4]` and `[low, high] = [0, length]` save a line and hide which value goes where: 250 of
// them had to be taken apart. Two statements say the same. What needs the tuple is allowed: `[a, b] = [b, a % b]` reads
// what it assigns, so all of it has to happen at once.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { codeFiles } from './code-files.mjs';
import { ROOT } from './ready.mjs';

/**
 * The two sides of a destructuring of a literal tuple.
 * @param {ts.Node} node
 * @returns {{ targets: readonly ts.Node[], values: readonly ts.Expression[] } | null}
 */
function packed(node) {
  if (ts.isVariableDeclaration(node) && ts.isArrayBindingPattern(node.name) && node.initializer !== undefined) {
    const values = literal(node.initializer);
    return values === null ? null : { targets: node.name.elements, values };
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return null;
  if (!ts.isArrayLiteralExpression(node.left)) return null;
  const values = literal(node.right);
  return values === null ? null : { targets: node.left.elements, values };
}

/**
 * The elements of an array literal, also behind `as` and in parentheses.
 * @param {ts.Expression} expression
 * @returns {readonly ts.Expression[] | null}
 */
function literal(expression) {
  if (ts.isAsExpression(expression) || ts.isParenthesizedExpression(expression)) return literal(expression.expression);
  return ts.isArrayLiteralExpression(expression) ? expression.elements : null;
}

/**
 * Whether a value reads what the same assignment sets.
 * @param {{ targets: readonly ts.Node[], values: readonly ts.Expression[] }} sides
 * @param {ts.SourceFile} source
 */
function readsTargets({ targets, values }, source) {
  const set = new Set(targets.map((target) => target.getText(source)));
  /** @type {(node: ts.Node) => boolean} */
  const reads = (node) => set.has(node.getText(source)) || ts.forEachChild(node, reads) === true;
  return values.some(reads);
}

/**
 * @param {string} name
 * @returns {string[]}
 */
function tuples(name) {
  const source = ts.createSourceFile(name, readFileSync(path.join(ROOT, name), 'utf8'), ts.ScriptTarget.Latest);
  /** @type {string[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const sides = packed(node);
    if (sides !== null && !sides.values.some(ts.isSpreadElement)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      if (!readsTargets(sides, source)) found.push(`${name}:${line + 1}: ${node.getText(source)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const found = codeFiles(/\.(ts|mjs|cjs|js)$/).flatMap(tuples);
for (const one of found) console.log(one);
process.exitCode = found.length === 0 ? 0 : 1;
