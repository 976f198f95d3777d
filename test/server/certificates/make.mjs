// Makes the certificates beside it anew: `node make.mjs`, with openssl. They hold from 2020 to 2120, and vouch for
// nothing but this machine.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const folder = import.meta.dirname;
const work = mkdtempSync(path.join(tmpdir(), 'certificates-'));
const openssl = (...args) => execFileSync('openssl', args, { cwd: work, stdio: 'ignore' });
const file = (name) => path.join(folder, `${name}.pem`);
writeFileSync(
  path.join(work, 'ca.cnf'),
  `[ca]\ndefault_ca = ca_default\n[ca_default]\ndatabase = index.txt\nnew_certs_dir = .\nrand_serial = yes\ndefault_md = sha256\n
policy = any\nunique_subject = no\n[any]\ncommonName = supplied\n[authority]\nbasicConstraints = critical, CA:true\n
[other]\nsubjectAltName = DNS:localhost, IP:127.0.0.1\n`,
);
writeFileSync(path.join(work, 'index.txt'), '');

function certify(name, signer) {
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file(`${name}-key`));
  openssl('req', '-new', '-key', file(`${name}-key`), '-subj', `/CN=rootshift test ${name}`, '-out', 'request.pem');
  const by = signer === name ? ['-selfsign'] : ['-cert', file(signer)];
  openssl(
    'ca',
    '-batch',
    '-config',
    'ca.cnf',
    '-in',
    'request.pem',
    '-keyfile',
    file(`${signer}-key`),
    ...by,
    '-notext',
    '-out',
    file(name),
    '-extensions',
    signer === name ? 'authority' : 'other',
    '-startdate',
    '20200101000000Z',
    '-enddate',
    '21200101000000Z',
  );
}
for (const [name, signer] of [
  ['authority', 'authority'],
  ['stranger', 'stranger'],
  ['server', 'authority'],
  ['client', 'authority'],
  ['intruder', 'stranger'],
]) {
  certify(name, signer);
}
for (const name of ['authority-key', 'stranger-key']) rmSync(file(name));
rmSync(work, { recursive: true });
