// Runs circomspect over the circuits and holds its findings to scripts/circuit-findings.json, where each is explained:
// a finding that is not in the file fails, and so does one in the file that is gone.
//
// circomspect 0.0.8 passes over a template that uses an anonymous component inside a loop, without a word; here that
// was most of them. So it is given the circuits with those written out as named components, line by line, and a
// canary in every template, a plain `<--`, that it must have reported if it looked at all.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT } from './ready.mjs';

const require = createRequire(import.meta.url);

/** A file of circuits. */
interface Source {
  readonly file: string;
  readonly text: string;
}
/** What an anonymous component's arguments and values stand for, in order. */
interface Signature {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}
type Signatures = ReadonlyMap<string, Signature>;

/** The part of a result in SARIF that is read here. */
interface SarifResult {
  readonly ruleId: string;
  readonly message: { readonly text: string };
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string };
      readonly region: {
        readonly startLine: number;
        readonly endLine: number;
        readonly startColumn: number;
        readonly endColumn: number;
      };
    };
  }[];
}

/** What a finding is about, however its lines move. */
interface Finding {
  readonly file: string;
  readonly template: string;
  readonly kind: string;
  readonly what: string;
  readonly code: string;
}

const CANARY = 'signal canary; canary <-- 1;';

/** Comments become blanks, so that lines stay where they are; tags go, they bear no constraint. */
const plain = (text: string): string => text.replace(/\/\/.*$/gm, '').replaceAll('{binary} ', '');

/** Inputs and outputs of every template. */
function signatures(sources: readonly Source[]): Signatures {
  const found = new Map<string, Signature>();
  for (const { text } of sources) {
    for (const body of plain(text)
      .split(/^template /m)
      .slice(1)) {
      const names = (direction: 'input' | 'output'): string[] =>
        [...body.matchAll(new RegExp(`\\bsignal ${direction} (\\w+)`, 'g'))].map((m) => m[1]!);
      found.set(body.slice(0, body.indexOf('(')), { inputs: names('input'), outputs: names('output') });
    }
  }
  return found;
}

/** From an opening bracket: what is inside, cut at its commas, and where it ends. */
function bracket(text: string, open: number): { readonly parts: string[]; readonly end: number } {
  const parts = [''];
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const char = text[i]!;
    if ('([{'.includes(char)) depth++;
    if (')]}'.includes(char)) depth--;
    if (depth === 0) return { parts: parts.map((part) => part.trim()).filter((part) => part !== ''), end: i + 1 };
    if (char === ',' && depth === 1) parts.push('');
    else if (i > open) parts[parts.length - 1] += char;
  }
  throw new Error(`a bracket without its end: ${text.slice(open, open + 60)}`);
}

/** The statement with its anonymous components named; nested ones are the later ones in the text, so they go first. */
function writeOut(statement: string, templates: Signatures, nextName: () => string): string {
  let before = '';
  let rest = statement;
  const names = [...templates.keys()].join('|');
  for (;;) {
    const calls = [...rest.matchAll(new RegExp(`\\b(${names})\\(`, 'g'))].map((match) => {
      const open = match.index + match[0].length - 1;
      const parameters = bracket(rest, open);
      return { template: match[1]!, start: match.index, parameters };
    });
    const call = calls.filter(({ parameters }) => rest[parameters.end] === '(').at(-1);
    if (call === undefined) return (before + rest).replace(/;\s*$/, '');
    const { inputs, outputs } = templates.get(call.template)!;
    const { parts: args, end } = bracket(rest, call.parameters.end);
    if (args.length !== inputs.length)
      throw new Error(`expected ${inputs.length} inputs of ${call.template}: ${statement.trim()}`);
    const name = nextName();
    before += `component ${name} = ${call.template}(${call.parameters.parts.join(', ')}); `;
    before += args.map((arg, i) => `${name}.${inputs[i]} <== ${arg}; `).join('');
    const tuple = /^\s*\(([^()]*)\)\s*<==\s*$/.exec(rest.slice(0, call.start));
    if (tuple !== null) {
      const targets = tuple[1]!.split(',').map((target, i) => ({ target: target.trim(), output: outputs[i] }));
      return (
        before +
        targets
          .filter(({ target }) => target !== '_')
          .map((t) => `${t.target} <== ${name}.${t.output}`)
          .join('; ')
      );
    }
    const after = rest.slice(end);
    const head = rest.slice(0, call.start);
    rest = head.trim() === '' && after.trim() === '' ? '' : `${head}${name}.${outputs[0]}${after}`;
  }
}

/** A source's text with all anonymous components named, and canaries, each on the line where it was. */
function prepare(text: string, templates: Signatures): string {
  let written = '';
  let statement = '';
  let depth = 0;
  let named = 0;
  for (const char of plain(text)) {
    if ('(['.includes(char)) depth++;
    if (')]'.includes(char)) depth--;
    statement += char;
    if (depth > 0 || !';{}'.includes(char)) continue;
    const [, blank = '', code = ''] = /^(\s*)([^]*)$/.exec(statement.slice(0, -1)) ?? [];
    // A statement over several lines comes out on its first one; its line breaks follow.
    const breaks = '\n'.repeat(code.split('\n').length - 1);
    written += `${blank}${writeOut(code.replaceAll('\n', ' '), templates, () => `unnamed${named++}`)}${char}${breaks}`;
    if (code.startsWith('template ')) written += ` ${CANARY}`;
    statement = '';
  }
  return written + statement;
}

function circomspect(folder: string, files: readonly string[]): SarifResult[] {
  const report = 'findings.sarif';
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [require.resolve('circomspect/cli.js'), ...files, '--sarif-file', report],
    { cwd: folder, encoding: 'utf8' },
  );
  try {
    const { runs }: { runs: { results: SarifResult[] }[] } = JSON.parse(
      readFileSync(path.join(folder, report), 'utf8'),
    );
    return runs.flatMap((run) => run.results);
  } catch (cause) {
    throw new Error(`circomspect wrote no report:\n${stdout}${stderr}`, { cause });
  }
}

function describe(result: SarifResult, written: ReadonlyMap<string, string>): Finding {
  const { artifactLocation, region } = result.locations[0]!.physicalLocation;
  const file = path.basename(artifactLocation.uri);
  const lines = (written.get(file) ?? '').split('\n');
  const template = lines
    .slice(0, region.startLine)
    .join('\n')
    .split(/^template /m)
    .at(-1)!
    .split('(')[0]!;
  const code = lines[region.startLine - 1]!.slice(
    region.startColumn - 1,
    region.startLine === region.endLine ? region.endColumn - 1 : undefined,
  );
  return {
    file,
    template,
    kind: result.ruleId,
    what: result.message.text,
    code: code.replace(/\bunnamed\d+\b/g, 'unnamed').trim(),
  };
}

const circuits = path.join(ROOT, 'circuits');
// All in one directory, as a finding names no other: no two files have the same name.
const sources = readdirSync(circuits, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.circom'))
  .map((file) => ({
    file: path.basename(file),
    text: readFileSync(path.join(circuits, file), 'utf8').replace(/^include "\.\.\//gm, 'include "'),
  }));
const templates = signatures(sources);
const written = new Map(sources.map(({ file, text }) => [file, prepare(text, templates)]));

mkdirSync(path.join(ROOT, '.rootshift'), { recursive: true });
const folder = mkdtempSync(path.join(ROOT, '.rootshift', 'analysis-'));
let results: SarifResult[];
try {
  for (const [file, text] of written) writeFileSync(path.join(folder, file), text);
  const constants = require.resolve('circomlib/circuits/poseidon_constants.circom');
  writeFileSync(path.join(folder, path.basename(constants)), readFileSync(constants));
  results = circomspect(folder, [...written.keys()]);
} finally {
  rmSync(folder, { recursive: true });
}

const keyOf = ({ file, template, kind, code }: Omit<Finding, 'what'>): string =>
  [file, template, kind, code].join(' | ');
const all = results.map((result) => describe(result, written));
const findings = new Map(
  all.filter(({ code }) => !/\bcanary\b/.test(code)).map((finding) => [keyOf(finding), finding]),
);
const known: Finding[] = JSON.parse(readFileSync(new URL('circuit-findings.json', import.meta.url), 'utf8'));
const explained = new Map(known.map((finding) => [keyOf(finding), finding]));
const analysed = new Set(all.filter(({ code }) => /\bcanary\b/.test(code)).map(({ template }) => template));

const problems = [
  ...[...templates.keys()]
    .filter((template) => !analysed.has(template))
    .map((template) => `not analysed: template ${template}`),
  ...[...findings]
    .filter(([key]) => !explained.has(key))
    .map(([, finding]) => `unexplained: ${JSON.stringify(finding)}`),
  ...[...explained].filter(([key]) => !findings.has(key)).map(([key]) => `explained, but gone: ${key}`),
];
console.log(
  problems.length === 0
    ? `${templates.size} templates analysed, ${findings.size} findings, all explained`
    : problems.join('\n'),
);
process.exitCode = problems.length === 0 ? 0 : 1;
