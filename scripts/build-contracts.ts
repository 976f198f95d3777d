// Compiles contracts/ to what the program deploys (contracts/compiled.json) and calls (ABIS). All of it is
// checked in, so that users need no Solidity compiler; with --check nothing is written, and what is stale is told.
// Poseidon.sol is made here, too.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { poseidonContract } from './poseidon-contract.js';
import { ROOT } from './ready.mjs';

/** The part of solc that is used here. */
interface Solc {
  version(): string;
  compile(input: string, callbacks: { import(name: string): { contents: string } }): string;
}
const solc: Solc = createRequire(import.meta.url)('solc');

interface Compiled {
  readonly abi: readonly object[];
  readonly evm: Readonly<Record<'bytecode' | 'deployedBytecode', { readonly object: string }>>;
}
interface CompilerOutput {
  readonly errors?: readonly { readonly formattedMessage: string }[];
  readonly contracts: Readonly<Record<string, Readonly<Record<string, Compiled>>>>;
}
type Contract = Compiled & { readonly name: string };

const ABIS = {
  'src/settlement/abi.ts': ['ChainVerifier', 'Payments', 'RulesSettlement', 'RulesVerifier', 'Settlement'],
  'src/proof/verifier/state-proofs-abi.ts': ['StateProofs'],
};
/** What the reference leads to from each ABI. */
const SHOWN_BY: Readonly<Record<string, string>> = {
  ChainVerifier: 'deploySettlement',
  Payments: 'creationCode',
  RulesSettlement: 'deployRules',
  RulesVerifier: 'creationCode',
  Settlement: 'readBatches',
  StateProofs: 'stateProofCalldata',
};
const DEPLOYED = Object.values(ABIS).flat();
/** How often code is said to run: the more often, the larger it is. For 1000 runs, `Payments` becomes too large. */
const RUNS: Readonly<Record<string, number>> = { Payments: 400 };
const RUNS_OF_OTHERS = 1000;
const settingsFor = (runs: number) => ({ viaIR: true, evmVersion: 'cancun', optimizer: { enabled: true, runs } });
/** EIP-170. */
const MAX_CODE_BYTES = 24_576;

const read = (...name: string[]): string => readFileSync(path.join(ROOT, ...name), 'utf8');
const POSEIDON = 'contracts/Poseidon.sol';
const poseidon = poseidonContract();
const sources = Object.fromEntries(
  readdirSync(path.join(ROOT, 'contracts'))
    .filter((name) => name.endsWith('.sol'))
    .map((name) => [`contracts/${name}`, { content: read('contracts', name) }]),
);
sources[POSEIDON] = { content: poseidon };

/** Compiles contracts that run so often. */
function compile(names: readonly string[], runs: number): Contract[] {
  const outputSelection = Object.fromEntries(
    names.map((name) => [
      `contracts/${name}.sol`,
      { [name]: ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] },
    ]),
  );
  const input = { language: 'Solidity', sources, settings: { ...settingsFor(runs), outputSelection } };
  const output: CompilerOutput = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (name) => ({ contents: read('node_modules', name) }) }),
  );
  if (output.errors !== undefined) throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));
  return names.map((name) => {
    const contract = output.contracts[`contracts/${name}.sol`]?.[name];
    if (contract === undefined) throw new Error(`expected a contract ${name} from the compiler`);
    const size = contract.evm.deployedBytecode.object.length / 2;
    if (size > MAX_CODE_BYTES) throw new Error(`expected at most ${MAX_CODE_BYTES} bytes of ${name}, got ${size}`);
    return { name, ...contract };
  });
}

const runsOf = (name: string): number => RUNS[name] ?? RUNS_OF_OTHERS;
const byRuns = [...new Set(DEPLOYED.map(runsOf))].flatMap((runs) =>
  compile(
    DEPLOYED.filter((name) => runsOf(name) === runs),
    runs,
  ),
);
const compiled = DEPLOYED.map((name) => byRuns.find((contract) => contract.name === name)!);
const bytecode = Object.fromEntries(compiled.map(({ name, evm }) => [name, `0x${evm.bytecode.object}`]));
const json = `${JSON.stringify({ compiler: solc.version(), settings: settingsFor(RUNS_OF_OTHERS), runs: RUNS, bytecode }, null, 1)}\n`;

const constant = (name: string): string => `${name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_ABI`;
const withoutCompilersTypes = (key: string, value: unknown): unknown => (key === 'internalType' ? undefined : value);
const abiOf = ({ name, abi }: Contract): string => {
  const items = abi.map((item) => `  ${JSON.stringify(item, withoutCompilersTypes)},\n`);
  return `/** Of contracts/${name}.sol. @see {@link ${SHOWN_BY[name]}} */\nexport const ${constant(name)} = [\n${items.join('')}] as const;\n`;
};
const abis = Object.entries(ABIS).map(([file, names]): [file: string, text: string] => [
  file,
  `// Made by npm run contracts:build from contracts/*.sol.\n\n${compiled
    .filter(({ name }) => names.includes(name))
    .map(abiOf)
    .join('\n')}`,
]);

const files: [file: string, text: string][] = [[POSEIDON, poseidon], ['contracts/compiled.json', json], ...abis];
for (const [file, text] of files) {
  if (!process.argv.includes('--check')) writeFileSync(path.join(ROOT, file), text);
  else if (read(file) !== text)
    throw new Error(`${file} is not what contracts/*.sol give; run npm run contracts:build`);
}
