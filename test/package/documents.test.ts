/** The documents keep to what there is: commands, batches, circuits, scripts, links and folders. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parseBatch } from '../../src/state/batch/parse.js';
import { RULES_CATALOGUE, RULES_SIGNALS } from '../../src/machine/circuit/rules-catalogue.js';
import { CATALOGUE, CIRCUIT_NAMES, rowsIn } from '../../src/machine/circuit/catalogue.js';
import type { CircuitName, CircuitSize } from '../../src/machine/circuit/catalogue.js';
import { PUBLIC_SIGNALS } from '../../src/machine/trace/trace.js';
import { neededPower } from '../../src/proof/setup/domain.js';
import { listedPtauNames, ptauMegabytes } from '../../src/proof/setup/ptau-list.js';
import { rootshift } from '../../src/cli/program.js';
import { freshFolder, rootshift as runRootshift } from '../cli/cli.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
const found = (pattern: RegExp, text: string): string[] => [...text.matchAll(pattern)].map(([, part]) => part!);

it('has examples of batches that are batches', () => {
  const batches = found(/^```json\n(.*?)^```$/gms, read('docs/batches.md'));
  expect(batches).toHaveLength(2);
  for (const text of batches) expect(parseBatch(text).accesses.length).toBeGreaterThan(0);
});

it('has an example of each command, which the command line understands', () => {
  const examples = found(/^\|.*\| `npx rootshift ([^`]+)` \|$/gm, read('docs/cli.md')).map((example) =>
    example.split(' '),
  );
  const program = rootshift('0.0.0', () => {});
  expect([...new Set(examples.map(([name]) => name))].sort()).toEqual(
    program.commands.map((command) => command.name()).sort(),
  );
  for (const example of examples) {
    let command = program;
    let args = example;
    for (let below; (below = command.commands.find((one) => one.name() === args[0]));) {
      command = below;
      args = args.slice(1);
    }
    const { operands, unknown } = command.parseOptions(args);
    const required = command.registeredArguments.filter((argument) => argument.required).length;
    expect(operands.length, example.join(' ')).toBeGreaterThanOrEqual(required);
    expect(program.parseOptions(unknown).unknown, example.join(' ')).toEqual([]);
  }
});

it('names every directory of src, in the order in which they may import', () => {
  const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
    forbidden: { name: string; to: { pathNot?: string } }[];
  };
  const { to } = forbidden.find(({ name }) => name === 'folder-is-in-the-order')!;
  expect(found(/^\| `src\/([\w/-]+)` \|/gm, read('docs/architecture.md'))).toEqual(
    found(/([a-z0-9/-]+)(?=[|)])/g, to.pathNot!),
  );
});

const documents = readdirSync(path.join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
it.each([
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'circuits/README.md',
  'ptau/README.md',
  ...documents,
])('%s leads to files and scripts that exist', (name) => {
  const text = read(name);
  const files = found(/\]\((?!https?:|#)([^)#]+)/g, text);
  expect(files.filter((file) => !existsSync(path.join(ROOT, path.dirname(name), file)))).toEqual([]);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(found(/npm run ([\w:]+)/g, text).filter((script) => scripts[script] === undefined)).toEqual([]);
});

it('names the powers of tau that each circuit needs, and their size', () => {
  const rows = [...read('ptau/README.md').matchAll(/^\| (`[^|]+) \| `([^`]+)` \| ([\d,]+) MB \|$/gm)];
  const told = rows.flatMap(([, circuits, file, size]) =>
    found(/`(\w+)`/g, circuits!).map((circuit) => [circuit, file, Number(size!.replaceAll(',', ''))]),
  );
  const pins = JSON.parse(read('circuits/pins.json')) as Record<string, { constraints: number }>;
  const signals = new Map([
    ...CIRCUIT_NAMES.map((name) => [name as string, PUBLIC_SIGNALS.length] as const),
    ...Object.keys(RULES_CATALOGUE).map((name) => [name, RULES_SIGNALS.length] as const),
  ]);
  const needed = [...signals].map(([circuit, publicSignals]) => {
    const power = neededPower({ constraints: pins[circuit]!.constraints, publicSignals });
    return [circuit, listedPtauNames(power)[0], ptauMegabytes(power)];
  });
  expect(told.sort()).toEqual(needed.sort());
});

it('gives each circuit its accesses, keys and constraints', () => {
  const proving = read('docs/proving.md');
  const pins = JSON.parse(read('circuits/pins.json')) as Record<CircuitName, { constraints: number }>;
  for (const name of CIRCUIT_NAMES) {
    const size: CircuitSize = CATALOGUE[name];
    const changing = rowsIn(size.updateRows) + rowsIn(size.writeRows);
    const cells = [size.accesses, rowsIn(size.readRows) + changing, changing];
    const tree = size.bitsPerLevel === 1 ? 'binary' : 'quad';
    const row = `\\| ${tree} \\| ${cells.join(' \\| ')} \\| [^|]* \\| ${pins[name].constraints.toLocaleString('en')} \\|`;
    expect(proving).toMatch(new RegExp(`^\\| \`${name}\`[^|]*${row}$`, 'm'));
  }
});

it('shows the roots that `npm start` proves, in the README and in the help of `snapshot import`', async () => {
  const folder = await freshFolder();
  const batch = path.join(ROOT, 'examples', 'mainnet-block-20472570.json');
  const { code, stdout } = await runRootshift(folder, ['execute', batch, '--transactions', '3', '--out', 'trace.json']);
  expect(code).toBe(0);
  const [oldRoot, newRoot] = found(/^ {2}(?:old|new) root {2}(0x\w+)/gm, stdout);
  expect(found(/^ {2}(?:old|new) root {2}(0x\w+)/gm, read('README.md'))).toEqual([oldRoot, newRoot]);
  const help = await runRootshift(folder, ['snapshot', 'import', '--help']);
  expect(found(/--root (0x\w+)/g, help.stdout)).toEqual([newRoot]);
});
