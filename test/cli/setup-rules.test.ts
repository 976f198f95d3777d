/** A ceremony for a circuit of rules of one's own: begun, contributed to, closed, installed, and proven with. */
import { cp, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { formatRulesBatch, keyHashOf, publicKeyOf, signingDomain } from 'rootshift/rules';
import { nameOf, NAMES, sign } from '../../examples/names/names.js';
import { BEACON, SECRETS } from '../proof/setup/ceremony.js';
import { closeCurve, writePreparedPtau } from '../proof/setup/ptau.js';
import { freshFolder, put, ROOT, rootshift } from './cli.js';

const LONG = process.env['ROOTSHIFT_LONG'] !== undefined;
afterAll(closeCurve);

it.runIf(LONG)('a ceremony for a circuit of rules gives keys that prove, as for a storage circuit', async () => {
  const folder = await freshFolder();
  await mkdir(path.join(folder, 'node_modules'));
  await symlink(ROOT, path.join(folder, 'node_modules/rootshift'));
  const names = path.join(ROOT, 'examples/names');
  await cp(path.join(names, 'names.circom'), path.join(folder, 'names.circom'));
  await build({ entryPoints: [path.join(names, 'names.ts')], format: 'esm', outfile: path.join(folder, 'names.js') });
  const cli = async (line: string, ...more: string[]): Promise<string> => {
    const args = [...line.split(' '), ...more, '--artifacts', 'artifacts', '--rules', 'names.js'];
    const { code, stdout, stderr } = await rootshift(folder, args);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  await writePreparedPtau(path.join(folder, 'powers.ptau'), 14, SECRETS, { isWhole: true });
  const begun = await cli('setup begin ceremony --circuit names3 --ptau powers.ptau --unlisted-ptau');
  expect(begun).toMatch(/^Began a ceremony for circuit names3\.\n/);
  await cli('setup contribute ceremony/0000.zkey mine.zkey --name Ada');
  await cli('setup accept ceremony mine.zkey --ptau powers.ptau');
  await cli('setup beacon ceremony --value', BEACON.value);
  await cli('setup verify ceremony/0002.zkey --ptau powers.ptau');
  await cli('setup install ceremony/0002.zkey --ptau powers.ptau --unlisted-ptau');

  const secret = new Uint8Array(32).fill(1);
  const deployment = { chainId: 31337n, contract: 0xc0ffeen, version: NAMES.version };
  const target = keyHashOf(publicKeyOf(secret));
  const register = { kind: 'register', target, name: nameOf('rootshift') } as const;
  const batch = {
    rules: 'names',
    deployment,
    context: { batchNumber: 1n, timestamp: 1_800_000_000n, feeRecipient: 1n },
    instructions: [NAMES.encode(sign(register, 0n, signingDomain(deployment), secret))],
  };
  await put(folder, 'batch.json', formatRulesBatch(batch));
  await cli('prove batch.json --out proof.json --circuit s14 --rules-circuit names3');
  const verified = JSON.parse(await cli('verify proof.json --json')) as { valid: boolean };
  expect(verified).toMatchObject({ valid: true });
});
