/**
 * snarkjs in a process of its own, for what takes long: it can be stopped there, and so can the process when one of its
 * threads is gone, for which snarkjs would wait for ever.
 */
import { dependencyFile } from '../files/package-file.js';
import { runGuarded } from '../tasks/child.js';
import type { Ending } from '../tasks/child.js';
import { scriptOf } from '../tasks/script.js';
import type { OnProgress, Watching } from '../tasks/watching.js';

/** What the program says, a line of JSON each: how far it is, what it has against a key, its result. */
type Said = { readonly debug: string } | { readonly error: string } | { readonly result: unknown };

type Logger = Record<'debug' | 'info' | 'warn' | 'error', (text: string) => void>;

/** The part of snarkjs that is used here. */
interface Library {
  readonly groth16: {
    prove(
      zkey: string,
      wtns: string,
      logger: Logger,
    ): Promise<{ readonly proof: object; readonly publicSignals: readonly string[] }>;
  };
  readonly zKey: {
    contribute(from: string, to: string, name: string, entropy: string, logger: Logger): Promise<Uint8Array>;
    beacon(
      from: string,
      to: string,
      name: string,
      value: string,
      iterationsExponent: number,
      logger: Logger,
    ): Promise<Uint8Array | false>;
    verifyFromInit(initial: string, ptau: string, zkey: string, logger: Logger): Promise<boolean>;
  };
}

/** The whole program, see `scriptOf`. */
async function run(
  process: NodeJS.Process,
  fs: typeof import('node:fs'),
  snarkjs: Library,
  [task, ...args]: readonly string[],
): Promise<void> {
  const fail = (reason: string): void => void process.stderr.write(`${reason}\n`, () => process.exit(1));
  process.on('worker', (thread) => {
    thread.on('error', (error) => fail(`a thread of snarkjs ended before its work was done: ${error.message}`));
    thread.on('exit', (code) => fail(`a thread of snarkjs ended before its work was done: exit code ${code}`));
  });
  process.on('beforeExit', () => fail('snarkjs ended before its work was done'));

  const say = (said: Said, then?: () => void): void => void process.stdout.write(`${JSON.stringify(said)}\n`, then);
  const ignore = (): void => undefined;
  const logger: Logger = {
    debug: (debug) => say({ debug }),
    info: ignore,
    warn: ignore,
    error: (error) => say({ error }),
  };
  const hex = (hash: Uint8Array | false): string | false => hash && Buffer.from(hash).toString('hex');
  const work = async (): Promise<unknown> => {
    const [first, second, third, ...rest] = args as [string, string, string, ...string[]];
    switch (task) {
      case 'prove': {
        const { proof, publicSignals } = await snarkjs.groth16.prove(first, second, logger);
        fs.writeFileSync(third, JSON.stringify(proof));
        fs.writeFileSync(rest[0]!, JSON.stringify(publicSignals));
        return null;
      }
      case 'contribute':
        return hex(await snarkjs.zKey.contribute(first, second, third, fs.readFileSync(0, 'utf8'), logger));
      case 'beacon':
        return hex(await snarkjs.zKey.beacon(first, second, third, rest[0]!, Number(rest[1]), logger));
      case 'verify':
        return snarkjs.zKey.verifyFromInit(first, second, third, logger);
      default:
        throw new Error(`expected a task, got ${task}`);
    }
  };
  // What it holds open, its threads above all, would keep the process alive.
  await work().then(
    (result) => say({ result }, () => process.exit(0)),
    (error: Error) => fail(error.stack ?? String(error)),
  );
}

const SOURCE = scriptOf(run, 'process', "require('node:fs')", 'require(process.argv[1])', 'process.argv.slice(2)');

/** The program's command line; a task and its arguments follow. `prove ZKEY WTNS PROOF PUBLIC` is as rapidsnark's. */
export const snarkjsCommand = () => [process.execPath, '-e', SOURCE, '--', dependencyFile('snarkjs')] as const;

/** What a line of the program's output says. What snarkjs prints by itself, it has against a key. */
function saidBy(line: string): Said {
  try {
    return JSON.parse(line) as Said;
  } catch {
    return { error: line };
  }
}

/**
 * What of a proof is done when a stage begins: measured with s14 and s16 on two cores, which differ by a few
 * hundredths.
 */
const STAGES: readonly (readonly [line: string, share: number])[] = [
  ['IFFT_A', 0.06],
  ['Reading A Points', 0.13],
  ['Reading B1 Points', 0.25],
  ['Reading B2 Points', 0.33],
  ['Reading C Points', 0.67],
  ['Reading H Points', 0.82],
];

/** What a line of the output of `prove` says of how much of the proof is done, from 0 to 1; undefined if nothing. */
export function proofShare(line: string): number | undefined {
  const said = saidBy(line);
  return 'debug' in said ? STAGES.find(([begin]) => said.debug.startsWith(begin))?.[1] : undefined;
}

/** How a task ended that came to no result. */
export class SnarkjsEnd extends Error {
  override readonly name = 'SnarkjsEnd';
  constructor({ code, signal, printed }: Ending) {
    // The kernel kills with SIGKILL; node gives up with SIGABRT.
    const starved =
      signal === 'SIGKILL' || signal === 'SIGABRT' ? ', most likely because the machine is out of memory' : '';
    const lines = printed.split('\n').map((line) => line.trim());
    const lastWords =
      lines.find((line) => /^(FATAL ERROR|\w*Error)\b/.test(line)) ?? lines.findLast((line) => line !== '');
    super(
      `snarkjs ended with ${signal ?? `exit code ${code}`}${starved}${lastWords === undefined ? '' : `; its last output: ${lastWords}`}`,
    );
  }
}

/** What a task came to, and what it said against that. */
interface TaskResult {
  readonly result: unknown;
  readonly errors: readonly string[];
}

/**
 * Runs a task.
 * @param options.input what it reads on stdin
 * @throws {SnarkjsEnd} it came to no result
 */
export async function runSnarkjs(
  task: readonly string[],
  { input, signal, onProgress }: Watching & { readonly input?: string } = {},
): Promise<TaskResult> {
  const errors: string[] = [];
  const tell = teller(onProgress);
  let result: { readonly result: unknown } | undefined;
  const onLine = (line: string): void => {
    const said = saidBy(line);
    if ('result' in said) result = said;
    else if ('error' in said) errors.push(said.error);
    else tell(said.debug);
  };
  const ending = await runGuarded([...snarkjsCommand(), ...task], {
    ...(input !== undefined && { input }),
    signal,
    onLine,
  });
  if (result === undefined) throw new SnarkjsEnd(ending);
  tell('');
  return { ...result, errors };
}

/**
 * snarkjs tells what it begins with in lines such as `Applying key: L Section: 65536/262144`; of the end of each kind
 * it says nothing.
 */
function teller(onProgress: OnProgress = () => {}): (line: string) => void {
  let last: readonly [kind: string, total: number] | undefined;
  return (line) => {
    const [, kind, done, total] = /^(?:Applying key: )?(.+): +(\d+)\/(\d+)$/.exec(line) ?? [];
    if (kind === undefined && line !== '') return;
    if (last !== undefined && last[0] !== kind) onProgress(last[0], last[1], last[1]);
    if (kind === undefined) return;
    last = [kind, Number(total)];
    onProgress(kind, Number(done), Number(total));
  };
}
