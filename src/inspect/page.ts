import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { packageFile } from '../base/files/package-file.js';
import type { PageData } from './page/data.js';

/** The page's scripts, each after those that it imports from. */
const SCRIPTS = [
  'dom',
  'link',
  'model',
  'grid',
  'tree',
  'key-panel',
  'explorer',
  'proofs',
  'rules',
  'treemap',
  'tabs',
  'main',
] as const;

/** What the build makes of `src/inspect/page`. */
const built = (name: string): string => packageFile(`dist/inspect/page/${name}`);

/**
 * A page that is one file and loads nothing: by its own policy it runs no other script, uses no other style, and
 * reaches no network.
 */
export async function htmlPage(data: PageData): Promise<string> {
  const scripts = await Promise.all(SCRIPTS.map((name) => readFile(built(`${name}.js`), 'utf8')));
  const style = await readFile(built('page.css'), 'utf8');
  const script = `'use strict';\n(() => {\n${scripts.map(withoutModules).join('')}})();\n`;
  const policy = `default-src 'none'; img-src data:; script-src '${sha256(script)}'; style-src '${sha256(style)}'; base-uri 'none'; form-action 'none'`;
  const title = data.kind === 'circuit' ? `Circuit ${data.name}` : data.file;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)} - Rootshift</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header></header>
<main></main>
<footer></footer>
<div id="status" class="offscreen" role="status"></div>
<noscript>This page needs JavaScript, which this browser does not run.</noscript>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** All scripts share one function: what they import is there, and what they export needs no word. */
const withoutModules = (source: string): string =>
  source
    .replace(/^import [\s\S]*?;\n/gm, '')
    .replace(/^export \{\};\n/gm, '')
    .replace(/^export /gm, '');

const sha256 = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
