import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * Path of a file that came with this package. The package is found by its name: a bundle of its code lies elsewhere.
 * @throws {Error} the package is not installed where the code lies
 */
export function packageFile(name: string): string {
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve('rootshift/package.json')), name);
  } catch (cause) {
    throw new Error(
      `expected the package rootshift to be installed next to ${import.meta.url}, which reads ${name} from it`,
      { cause },
    );
  }
}

/**
 * Path of a file of a package that this one depends on.
 * @throws {Error} this package is not installed where the code lies
 */
export const dependencyFile = (name: string): string => createRequire(packageFile('package.json')).resolve(name);
