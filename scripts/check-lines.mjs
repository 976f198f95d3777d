// @ts-check
// node scripts/check-lines.mjs: lists lines of over 120 columns in the code.
//
// The formatter breaks code at 120 columns, but leaves comments and strings as they are: 557 lines had grown past it.
// Some lines cannot be broken, and are allowed:
// - a template, a regular expression or a string without spaces, if the rest of the line fits;
// - a word without spaces in a comment, such as a URL;
// - Solidity code, which no formatter lays out here; its comments are held.
// Not held: circuits/ and contracts/, whose comments are part of what is compiled and pinned.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { codeFiles } from './code-files.mjs';
import { ROOT } from './ready.mjs';

const LIMIT = 120;
/** Files that a script writes. */
const GENERATED = new Set(['src/settlement/abi.ts', 'src/proof/verifier/state-proofs-abi.ts']);

/** @param {ts.Node} node */
const isUnbreakable = (node) =>
  ts.isTemplateExpression(node) ||
  ts.isNoSubstitutionTemplateLiteral(node) ||
  ts.isRegularExpressionLiteral(node) ||
  (ts.isStringLiteral(node) && !node.text.includes(' '));

/**
 * The ranges of a source's text that no line break can enter.
 * @param {string} name
 * @param {string} text
 */
function unbreakable(name, text) {
  /** @type {{ start: number, end: number }[]} */
  const ranges = [];
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest);
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (isUnbreakable(node)) ranges.push({ start: node.getStart(source), end: node.end });
    else ts.forEachChild(node, visit);
  };
  visit(source);
  return ranges;
}

/**
 * @param {string} name
 * @returns {string[]}
 */
function longLines(name) {
  const text = readFileSync(path.join(ROOT, name), 'utf8');
  const lines = text.split('\n');
  if (lines.every((line) => line.length <= LIMIT)) return [];
  const ranges = /\.(ts|mjs|cjs|js)$/.test(name) ? unbreakable(name, text) : [];
  let start = 0;
  return lines.flatMap((line, index) => {
    const from = start;
    start += line.length + 1;
    const isComment = /^\s*(\/\/|\*|\/\*)/.test(line);
    if (name.endsWith('.sol') && !isComment) return [];
    if (isComment && line.trim().split(' ').length <= 2) return [];
    const kept = ranges
      .map((range) => Math.min(range.end, from + line.length) - Math.max(range.start, from))
      .filter((length) => length > 0);
    const rest = line.length - kept.reduce((sum, length) => sum + length, 0);
    return rest > LIMIT ? [`${name}:${index + 1}: ${line.length} columns`] : [];
  });
}

const found = codeFiles(/\.(ts|mjs|cjs|js|css|circom|sol|proto|sh)$/)
  .filter((name) => !GENERATED.has(name) && !/^(circuits|contracts)\//.test(name))
  .flatMap(longLines);
for (const one of found) console.log(one);
process.exitCode = found.length === 0 ? 0 : 1;
