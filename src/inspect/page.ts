import { oneFilePage } from './one-file.js';
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

/** A page that is one file, loads nothing, and reaches no network. */
export const htmlPage = (data: PageData): Promise<string> =>
  oneFilePage({
    title: data.kind === 'circuit' ? `Circuit ${data.name}` : data.file,
    scripts: SCRIPTS.map((name) => `inspect/page/${name}`),
    styles: ['inspect/page/page.css'],
    data,
  });
