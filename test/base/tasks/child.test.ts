import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGuarded } from '../../../src/base/tasks/child.js';
import type { GuardedOptions } from '../../../src/base/tasks/child.js';
import { isRunning } from '../../proof/prover/stand-in.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'rootshift-test-'))));
afterAll(() => rm(folder, { recursive: true }));

const node = (program: string, options: GuardedOptions = {}) =>
  runGuarded([process.execPath, '-e', program], { cwd: folder, ...options });
/** A program that says its process and its guard's in a file, and hangs. */
const hanging = (name: string): string =>
  `require('node:fs').writeFileSync('${name}.part', process.pid + ' ' + process.ppid); require('node:fs').renameSync('${name}.part', '${name}'); setInterval(() => {}, 1e6)`;
async function processesOf(name: string): Promise<number[]> {
  for (;;) {
    const text = await readFile(path.join(folder, name), 'utf8').catch(() => null);
    if (text !== null) return text.split(' ').map(Number);
    await sleep(5);
  }
}
async function ended(pid: number): Promise<void> {
  while (isRunning(pid)) await sleep(5);
}

describe('a program', () => {
  it('is given its input and its directory, and told of by exit code and what it said last', async () => {
    const program =
      "process.stdin.on('data', (d) => { console.log('\\u001b[31mgot', String(d)); " +
      'console.error(process.cwd()); process.exit(7); })';
    expect(await node(program, { input: 'ü' })).toEqual({
      code: 7,
      signal: null,
      printed: expect.stringContaining('got ü'),
    });
    expect((await node('console.error(process.cwd())')).printed).toContain(path.basename(folder));
    expect(await node('process.stdin.on("end", () => process.exit(2)).resume()')).toMatchObject({ code: 2 });
  });

  it('reports its lines whole, one by one, however they are split', async () => {
    const lines: string[] = [];
    const program =
      "process.stdout.write('one\\ntw'); setTimeout(() => process.stdout.write(Buffer.from('o " +
      "\\u00fc').subarray(0, 3)), 50); setTimeout(() => " +
      "process.stdout.write(Buffer.from('\\u00fc').subarray(1) ), 100); setTimeout(() => console.log(''), 150)";
    await node(program, { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', 'two ü']);
  });

  it('that ends before it read its input is still reported', async () => {
    expect(await node('process.exit(5)', { input: 'x'.repeat(1 << 22) })).toMatchObject({ code: 5 });
  });

  it('that is killed is reported', async () => {
    expect(await node('process.kill(process.pid, "SIGKILL")')).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it.skipIf(process.platform === 'win32')('whose guard is killed is ended, and told of', async () => {
    const running = node(hanging('orphan'));
    const [program, guard] = (await processesOf('orphan')) as [number, number];
    process.kill(guard, 'SIGKILL');
    expect(await running).toMatchObject({ code: null, signal: 'SIGKILL' });
    await ended(program);
  });

  it('is ended by its signal, at once or at any time', async () => {
    await expect(node(hanging('never'), { signal: AbortSignal.abort(new Error('not wanted')) })).rejects.toThrow(
      'not wanted',
    );
    for (const ms of [0, 10, 40, 80])
      await expect(node(hanging('soon'), { signal: AbortSignal.timeout(ms) })).rejects.toThrow('timeout');
    const stop = new AbortController();
    const running = node(hanging('stopped'), { signal: stop.signal });
    const [program, guard] = (await processesOf('stopped')) as [number, number];
    stop.abort(new Error('not wanted any more'));
    await expect(running).rejects.toThrow('not wanted any more');
    await Promise.all([program, guard].map(ended));
  });
});
