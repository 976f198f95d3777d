import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BUILD = fileURLToPath(new URL('../../scripts/build-contracts.mjs', import.meta.url));

it('what is deployed and called is what the sources compile to, without a warning', async () => {
  await expect(promisify(execFile)(process.execPath, [BUILD, '--check'])).resolves.toMatchObject({ stderr: '' });
});
