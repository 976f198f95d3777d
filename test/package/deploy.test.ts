/** What deploy/ runs, the command line understands, with settings that there are. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { rootshift } from '../../src/cli/program.js';
import { SETTINGS } from '../../src/cli/settings.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DEPLOY = path.join(ROOT, 'deploy');
const read = (name: string): string => readFileSync(path.join(DEPLOY, name), 'utf8');

interface Compose {
  readonly services: Readonly<
    Record<string, { image: string; command?: string[]; environment: Record<string, string>; secrets?: string[] }>
  >;
  readonly secrets: object;
  readonly volumes: object;
}
const compose = parse(read('compose.yaml')) as Compose;
const own = Object.entries(compose.services).filter(([, { image }]) => image === 'rootshift');
const units = readdirSync(DEPLOY).filter((name) => name.endsWith('.service'));
const execStarts = units.map((name) =>
  /^ExecStart=\/usr\/local\/bin\/rootshift (.+)$/m.exec(read(name))![1]!.split(' '),
);

it.each([...own.map(([, { command }]) => command!), ...execStarts])('rootshift %s %s', (...line) => {
  let command = rootshift('0.0.0', () => {});
  let args = line as string[];
  const program = command;
  for (let below; (below = command.commands.find((one) => one.name() === args[0]));) {
    command = below;
    args = args.slice(1);
  }
  const { operands, unknown } = command.parseOptions(args);
  expect({ command: command === program ? null : command.name(), operands }).toEqual({
    command: expect.any(String),
    operands: [],
  });
  expect(program.parseOptions(unknown).unknown).toEqual([]);
});

it('names variables that there are', () => {
  const known = new Set(SETTINGS.map(({ option }) => option().envVar));
  const inCompose = own.flatMap(([, { environment }]) => Object.keys(environment));
  const inFiles = [...units, 'Dockerfile'].flatMap((name) => read(name).match(/ROOTSHIFT_[A-Z_]+/g) ?? []);
  expect(inFiles.length).toBeGreaterThan(5);
  for (const name of [...inCompose, ...inFiles]) expect(known, name).toContain(name);
});

it('has the secrets and volumes that its services use, and the Node that the project is tried on', () => {
  for (const [, { secrets = [] }] of own) for (const secret of secrets) expect(compose.secrets).toHaveProperty(secret);
  expect(Object.keys(compose.volumes)).toEqual(['postgres', 'artifacts']);
  const node = readFileSync(path.join(ROOT, '.nvmrc'), 'utf8').trim();
  const images = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(images).toEqual([`node:${node}-bookworm-slim`, `node:${node}-bookworm-slim`]);
});
