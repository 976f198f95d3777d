import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { packageFile } from '../base/files/package-file.js';

/** What a page is made of. */
export interface PageParts {
  readonly title: string;
  /** Files that the build made, by their paths in `dist`, without `.js`: each after those that it imports from. */
  readonly scripts: readonly string[];
  /** Files of styles, by their paths in `dist`. */
  readonly styles: readonly string[];
  /** JSON, for the element `data`. */
  readonly data: unknown;
  /** Whether it asks the server that it came from for more. */
  readonly asks?: boolean;
}

/**
 * A page that is one file: by its own policy it runs no other script, uses no other style, and reaches no network, or
 * at most the server that it came from.
 */
export async function oneFilePage({ title, scripts, styles, data, asks = false }: PageParts): Promise<string> {
  const read = (name: string): Promise<string> => readFile(packageFile(`dist/${name}`), 'utf8');
  const sources = await Promise.all(scripts.map((name) => read(`${name}.js`)));
  const style = (await Promise.all(styles.map(read))).join('');
  const script = `'use strict';\n(() => {\n${sources.map(withoutModules).join('')}})();\n`;
  const rules = [
    `default-src 'none'`,
    'img-src data:',
    `script-src '${sha256(script)}'`,
    `style-src '${sha256(style)}'`,
    ...(asks ? [`connect-src 'self'`] : []),
    `base-uri 'none'`,
    `form-action 'none'`,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${rules.join('; ')}">
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
