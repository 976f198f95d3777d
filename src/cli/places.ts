import path from 'node:path';
import { ArtifactStore } from '../circuit/artifacts.js';

/** Options that every command has. */
export interface GlobalOptions {
  readonly home: string;
  readonly db?: string;
  readonly artifacts?: string;
}

/** Where this user keeps things. Nothing here makes a folder. */
export interface Places {
  readonly db: string;
  readonly proofs: string;
  readonly store: ArtifactStore;
  /** The options that lead another command to the same places; a space before each. */
  readonly flags: string;
}

export const DEFAULT_HOME = '.rootshift';

export const placesOf = ({ home, db, artifacts }: GlobalOptions): Places => ({
  db: db ?? path.join(home, 'db'),
  proofs: path.join(home, 'proofs'),
  store: new ArtifactStore(path.resolve(artifacts ?? path.join(home, 'artifacts'))),
  flags: [
    ['--home', home === DEFAULT_HOME ? undefined : home],
    ['--db', db],
    ['--artifacts', artifacts],
  ]
    .map(([name, value]) => (value === undefined ? '' : ` ${name} ${value}`))
    .join(''),
});

/** A path as a user would type it. */
export function shortPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') || relative === '' ? path.resolve(file) : relative;
}
