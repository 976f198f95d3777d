import { InvalidArgumentError, Option } from 'commander';
import { MAX_INPUT_BYTES } from '../base/files/input.js';
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

export const SETTINGS: readonly Setting[] = [
  ...GLOBAL_SETTINGS,
  PROVER,
  QUEUE,
  ...LOG_SETTINGS,
  ...WORKER_SETTINGS,
  ...SERVE_SETTINGS,
];
