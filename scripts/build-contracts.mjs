// Compiles contracts/ to what the program deploys (contracts/compiled.json) and calls (ABIS). All of it is
// checked in, so that users need no Solidity compiler; with --check nothing is written, and what is stale is told. Poseidon.sol
// is made here, too.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ensureBuilt, ROOT } from './ready.mjs';

const solc = createRequire(import.meta.url)('solc');

ensureBuilt();
const { poseidonContract } = await import('./poseidon-contract.mjs');

const ABIS = {
  'src/settlement/abi.ts': ['ChainVerifier', 'Settlement'],
  'src/proof/verifier/state-proofs-abi.ts': ['StateProofs'],
};
const DEPLOYED = Object.values(ABIS).flat();
const SETTINGS = { viaIR: true, evmVersion: 'cancun', optimizer: { enabled: true, runs: 1000 } };

const read = (...name) => readFileSync(path.join(ROOT, ...name), 'utf8');
const POSEIDON = 'contracts/Poseidon.sol';
const poseidon = poseidonContract();
const sources = Object.fromEntries(
  readdirSync(path.join(ROOT, 'contracts'))
    .filter((name) => name.endsWith('.sol'))
    .map((name) => [`contracts/${name}`, { content: read('contracts', name) }]),
);
sources[POSEIDON] = { content: poseidon };
const input = {
  language: 'Solidity',
  sources,
  settings: { ...SETTINGS, outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
};
const output = JSON.parse(
  solc.compile(JSON.stringify(input), { import: (name) => ({ contents: read('node_modules', name) }) }),
);
if (output.errors !== undefined) throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));

const compiled = DEPLOYED.map((name) => ({ name, ...output.contracts[`contracts/${name}.sol`][name] }));
const bytecode = Object.fromEntries(compiled.map(({ name, evm }) => [name, `0x${evm.bytecode.object}`]));
const json = `${JSON.stringify({ compiler: solc.version(), settings: SETTINGS, bytecode }, null, 1)}\n`;

const constant = (name) => `${name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_ABI`;
const withoutCompilersTypes = (key, value) => (key === 'internalType' ? undefined : value);
const abiOf = ({ name, abi }) => {
  const items = abi.map((item) => `  ${JSON.stringify(item, withoutCompilersTypes)},\n`);
  return `/** Of contracts/${name}.sol. */\nexport const ${constant(name)} = [\n${items.join('')}] as const;\n`;
};
const abis = Object.entries(ABIS).map(([file, names]) => [
  file,
  `// Made by npm run contracts:build from contracts/*.sol.\n\n${compiled
    .filter(({ name }) => names.includes(name))
    .map(abiOf)
    .join('\n')}`,
]);

for (const [file, text] of [[POSEIDON, poseidon], ['contracts/compiled.json', json], ...abis]) {
  if (!process.argv.includes('--check')) writeFileSync(path.join(ROOT, file), text);
  else if (read(file) !== text)
    throw new Error(`${file} is not what contracts/*.sol give; run npm run contracts:build`);
}
