import path from 'node:path';
import { ArtifactStore } from '../machine/circuit/artifacts.js';
import { MAX_INPUT_BYTES } from '../base/files/input.js';
import { asArgument } from './next.js';
import type { Flag } from './next.js';
import { masked } from '../state/hashdb/location.js';

/** Options that every command has. */
export interface GlobalOptions {
  readonly home: string;
  readonly config?: string;
  readonly db?: string;
  readonly dbTokenFile?: string;
  readonly dbCa?: string;
  readonly dbCertificate?: string;
  readonly dbKey?: string;
  readonly dbInsecure?: boolean;
  readonly artifacts?: string;
  readonly maxInput: number;
  readonly rules?: string;
}

/** Where this user's files are. Nothing here creates a directory. */
export interface Places {
  readonly home: string;
  readonly db: string;
  /** The database that was named; undefined if `db` is the one that commands share. */
  readonly namedDb: string | undefined;
  /** The files for a server at `db`: the credentials to show it, and the certificates to trust. */
  readonly remote: Pick<GlobalOptions, 'dbTokenFile' | 'dbCa' | 'dbCertificate' | 'dbKey' | 'dbInsecure'>;
  readonly proofs: string;
  readonly store: ArtifactStore;
  /** The largest file that is read whole, in bytes. */
  readonly maxInput: number;
  /** A module with the user's own rules. */
  readonly rules: string | undefined;
  /** The options that point another command to the same places. */
  readonly flags: readonly Flag[];
}

export const DEFAULT_HOME = '.rootshift';

export const placesOf = ({ home, db, artifacts, maxInput, rules, ...remote }: GlobalOptions): Places => ({
  home,
  namedDb: db,
  db: db ?? path.join(home, 'db'),
  remote,
  proofs: path.join(home, 'proofs'),
  store: new ArtifactStore(path.resolve(artifacts ?? path.join(home, 'artifacts'))),
  maxInput,
  rules,
  flags: [
    ['--home', home === DEFAULT_HOME ? undefined : home],
    ['--db', db],
    ['--db-token-file', remote.dbTokenFile],
    ['--db-ca', remote.dbCa],
    ['--db-certificate', remote.dbCertificate],
    ['--db-key', remote.dbKey],
    ['--db-insecure', remote.dbInsecure === true ? true : undefined],
    ['--artifacts', artifacts],
    ['--rules', rules],
    ['--max-input', maxInput === MAX_INPUT_BYTES ? undefined : String(maxInput)],
  ],
});

/** A path or a database's URL as a user would type it, without passwords. */
export function shortPath(file: string): string {
  if (file.includes('://')) return masked(file);
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') || relative === '' ? path.resolve(file) : asArgument(relative);
}
