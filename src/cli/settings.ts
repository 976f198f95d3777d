import { InvalidArgumentError, Option } from 'commander';
import { MAX_INPUT_BYTES } from '../base/files/input.js';
import { CIRCUIT_NAMES } from '../machine/circuit/catalogue.js';
import { DEFAULT_HOME } from './places.js';

export type SettingValue = string | number | boolean;

/** The allowed values of a setting. */
type Choices = readonly string[];

/** A setting: a flag decides it, or else the environment, or else the file of settings. */
export interface Setting {
  /** Its field in the file; `serve.listen` is the field `listen` of the object `serve`. */
  readonly field: string;
  readonly kind: 'text' | 'number' | 'size' | 'switch' | Choices;
  /** True if a file of settings that nobody named may decide this value. */
  readonly isSafe: (value: SettingValue) => boolean;
  /** Each command gets its own. */
  readonly option: () => Option;
}

const variableOf = (field: string): string =>
  `ROOTSHIFT_${field.replace(/[A-Z]/g, '_$&').replaceAll('.', '_').toUpperCase()}`;

/**
 * What a file in the working directory may decide without being named: directories on this machine and limits. It comes
 * from whoever made the directory. It must not run a program, open a port, choose a server (which gets tokens,
 * passwords and data), choose who is believed or what is shown to others, or turn a protection on or off.
 */
const SAFE = {
  folder: (value: SettingValue) => !/:\/\/|^[\\/]{2}/.test(String(value)), // no URL, and no share of another machine
  limit: () => true,
  never: () => false,
} as const satisfies Record<string, Setting['isSafe']>;

function setting(
  field: string,
  flag: string,
  help: string,
  isSafe: Setting['isSafe'],
  byDefault?: string | number,
  kind: Setting['kind'] = 'text',
): Setting {
  return {
    field,
    kind,
    isSafe,
    option: () => {
      const option = new Option(flag, help);
      // A switch has no variable: whatever makes things less safe must be visible on the command line.
      if (kind !== 'switch') option.env(variableOf(field));
      if (byDefault !== undefined)
        option.default(byDefault, kind === 'size' ? `${Number(byDefault) / 2 ** 20}M` : undefined);
      if (kind === 'number') option.argParser(parseNumber);
      if (kind === 'size') option.argParser(parseSize);
      if (typeof kind === 'object') option.choices(kind);
      return option;
    },
  };
}

/** A whole number from 1, of at most nine digits: seconds or bytes. */
export function parseNumber(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number of at least 1.');
  return Number(text);
}

/** The length limit of a JavaScript string. */
const MOST_BYTES = 511 << 20;

/** Bytes; with K, M or G after the number, KiB, MiB or GiB. At most 511 MiB. */
export function parseSize(text: string): number {
  const [, digits, unit] = /^([1-9][0-9]{0,8})([KMG]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * 1024 ** ' KMG'.indexOf(unit?.toUpperCase() || ' ');
  if (!(bytes <= MOST_BYTES)) throw new InvalidArgumentError('Expected a size of at most 511M, such as 64M.');
  return bytes;
}

/** Settings of every command. */
export const GLOBAL_SETTINGS: readonly Setting[] = [
  setting('home', '--home <dir>', 'directory for the database, proofs and keys', SAFE.folder, DEFAULT_HOME),
  setting(
    'db',
    '--db <place>',
    'database: a directory, postgres://USER@HOST/DATABASE?schema=NAME, or grpc(s)://HOST:PORT (default: <home>/db)',
    SAFE.folder,
  ),
  setting('dbTokenFile', '--db-token-file <file>', 'file with the token for the server at --db', SAFE.never),
  setting('dbCa', '--db-ca <file>', 'CA certificates (PEM) to verify the server at --db', SAFE.never),
  setting('dbCertificate', '--db-certificate <file>', 'client certificate (PEM) for the server at --db', SAFE.never),
  setting('dbKey', '--db-key <file>', 'private key (PEM) of --db-certificate', SAFE.never),
  setting(
    'dbInsecure',
    '--db-insecure',
    'send the token to another machine even without TLS',
    SAFE.never,
    undefined,
    'switch',
  ),
  setting(
    'artifacts',
    '--artifacts <dir>',
    'directory for compiled circuits and keys (default: <home>/artifacts)',
    SAFE.folder,
  ),
  setting(
    'maxInput',
    '--max-input <size>',
    'size limit of batches, traces, entries and proofs: bytes, or with K, M or G; at most 511M',
    SAFE.limit,
    MAX_INPUT_BYTES,
    'size',
  ),
  setting(
    'rules',
    '--rules <module>',
    'JavaScript module that exports rules of your own; it is run (see docs/write-your-own-rules.md)',
    SAFE.never,
  ),
];

export const PROVER = setting(
  'prover',
  '--prover <program>',
  "prover: rootshift, snarkjs, or a program with rapidsnark's command line, by path or name; auto takes " +
    'rapidsnark if it is in the PATH, else rootshift, and snarkjs if these fail',
  SAFE.never,
  'auto',
);

export const QUEUE = setting(
  'queue',
  '--queue <place>',
  'job queue of the workers: postgres://USER@HOST/DATABASE?schema=NAME',
  SAFE.never,
);

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LOG_FORMATS = ['text', 'json'] as const;

/** Settings of the commands that run until they are stopped. */
export const LOG_SETTINGS: readonly Setting[] = [
  setting('log.level', '--log-level <level>', 'least level that is logged', SAFE.never, 'info', LOG_LEVELS),
  setting('log.format', '--log-format <format>', 'form of the log on stderr', SAFE.never, 'text', LOG_FORMATS),
];

/** Settings of `worker`. */
export const WORKER_SETTINGS: readonly Setting[] = [
  setting(
    'worker.metrics',
    '--worker-metrics <host:port>',
    'address of the pages for metrics and health (default: none)',
    SAFE.never,
  ),
  setting(
    'worker.leaseSeconds',
    '--lease-seconds <n>',
    'seconds of silence after which a job goes to another worker',
    SAFE.limit,
    30,
    'number',
  ),
];

/** Settings of `hashdb serve`. */
export const SERVE_SETTINGS: readonly Setting[] = [
  setting(
    'serve.listen',
    '--listen <host:port>',
    'address to listen on; port 0 takes any free port',
    SAFE.never,
    '127.0.0.1:50051',
  ),
  setting('serve.tokenFile', '--token-file <file>', 'file with the token that clients must send', SAFE.never),
  setting('serve.certificate', '--certificate <file>', 'TLS certificate (PEM)', SAFE.never),
  setting('serve.key', '--key <file>', 'private key (PEM) of --certificate', SAFE.never),
  setting(
    'serve.clientCa',
    '--client-ca <file>',
    'CA certificates (PEM) to verify clients; clients without a certificate are refused',
    SAFE.never,
  ),
  setting('serve.insecure', '--insecure', 'accept other machines even without TLS', SAFE.never, undefined, 'switch'),
  setting(
    'serve.metrics',
    '--metrics <host:port>',
    'address of the pages for metrics and health (default: none)',
    SAFE.never,
  ),
  setting(
    'serve.maxMessageBytes',
    '--max-message-bytes <n>',
    'size limit of a client message in bytes, at least 1048576',
    SAFE.limit,
    4 << 20,
    'number',
  ),
  setting('serve.callSeconds', '--call-seconds <n>', 'seconds that a call may take', SAFE.limit, 60, 'number'),
  setting(
    'serve.batchSeconds',
    '--batch-seconds <n>',
    'seconds after which the open batch of a silent client is dropped',
    SAFE.limit,
    60,
    'number',
  ),
];

/** Settings of `node`. */
export const NODE_SETTINGS: readonly Setting[] = [
  setting(
    'node.http',
    '--http <host:port>',
    'address of JSON-RPC over HTTP and WebSocket; port 0 takes any free port',
    SAFE.never,
    '127.0.0.1:8123',
  ),
  setting('node.open', '--open', 'accept other machines, without TLS', SAFE.never, undefined, 'switch'),
  setting(
    'node.tracing',
    '--tracing',
    'answer debug_traceTransaction, which executes transactions again',
    SAFE.never,
    undefined,
    'switch',
  ),
  setting(
    'node.allowOrigin',
    '--allow-origin <origins>',
    'origins whose web pages may call, with commas between them, * for all (default: those of this machine)',
    SAFE.never,
  ),
  setting(
    'node.chainDb',
    '--chain-db <place>',
    'blocks and receipts: postgres://USER@HOST/DATABASE?schema=NAME (default: a PostgreSQL that the command runs)',
    SAFE.never,
  ),
  setting('node.poolDb', '--pool-db <place>', 'transactions that wait (default: as --chain-db)', SAFE.never),
  setting('node.genesis', '--genesis <file>', 'genesis file as geth has it (default: accounts with ether)', SAFE.never),
  setting('node.chainId', '--chain-id <n>', 'chain id, without --genesis', SAFE.never, 31337, 'number'),
  setting(
    'node.mnemonic',
    '--mnemonic <words>',
    'words whose accounts begin with ether, without --genesis; everyone knows these',
    SAFE.never,
    'test test test test test test test test test test test junk',
  ),
  setting('node.accounts', '--accounts <n>', 'how many of its accounts, without --genesis', SAFE.never, 10, 'number'),
  setting(
    'node.balance',
    '--balance <ether>',
    'what each begins with, without --genesis',
    SAFE.never,
    10_000,
    'number',
  ),
  setting(
    'node.blockMs',
    '--block-ms <n>',
    'milliseconds from one block to the next, if there are transactions',
    SAFE.limit,
    250,
    'number',
  ),
  setting(
    'node.blockGas',
    '--block-gas <n>',
    "gas that a block's transactions may use, without --genesis",
    SAFE.limit,
    30_000_000,
    'number',
  ),
  setting(
    'node.batchAge',
    '--batch-age <seconds>',
    'seconds after which a batch takes no more blocks',
    SAFE.limit,
    60,
    'number',
  ),
  setting(
    'node.prove',
    '--prove <circuit>',
    'prove the checked batches with this circuit, such as s18 (default: nothing is proven)',
    SAFE.never,
    undefined,
    CIRCUIT_NAMES,
  ),
  setting(
    'node.feesTo',
    '--fees-to <address>',
    'who gets the priority fees',
    SAFE.never,
    '0x0000000000000000000000000000000000000000',
  ),
  setting('node.leastTip', '--least-tip <wei>', 'least priority fee that is accepted, in wei', SAFE.limit, '0'),
  setting('node.callGas', '--call-gas <n>', 'gas that an eth_call may use', SAFE.limit, 30_000_000, 'number'),
  setting('node.logBlocks', '--log-blocks <n>', 'blocks of one eth_getLogs', SAFE.limit, 10_000, 'number'),
  setting('node.logResults', '--log-results <n>', 'logs that one eth_getLogs gives', SAFE.limit, 10_000, 'number'),
  setting('node.batchCalls', '--batch-calls <n>', 'calls in one batch of JSON-RPC', SAFE.limit, 100, 'number'),
  setting('node.bodyBytes', '--body-bytes <size>', 'size limit of a message', SAFE.limit, 5 << 20, 'size'),
  setting('node.connections', '--connections <n>', 'connections at once', SAFE.limit, 1_000, 'number'),
  setting(
    'node.callsPerSecond',
    '--calls-per-second <n>',
    'calls that one address may make in a second (default: any number)',
    SAFE.limit,
    undefined,
    'number',
  ),
];

export const SETTINGS: readonly Setting[] = [
  ...GLOBAL_SETTINGS,
  PROVER,
  QUEUE,
  ...LOG_SETTINGS,
  ...WORKER_SETTINGS,
  ...SERVE_SETTINGS,
  ...NODE_SETTINGS,
];
