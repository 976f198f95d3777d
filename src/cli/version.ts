import { readFile } from 'node:fs/promises';
import { packageFile } from '../base/files/package-file.js';

/** The version of this package. */
export async function version(): Promise<string> {
  const manifest = await readFile(packageFile('package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
