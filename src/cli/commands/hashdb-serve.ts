import type { Logger } from 'pino';
import { databaseOn, openDriver } from '../../engine/database.js';
import { readBytes } from '../../base/files/input.js';
import { checkAddresses } from '../../server/address.js';
import type { ServerEvent, ServerTls } from '../../server/options.js';
import { serve, tryListening } from '../../server/serve.js';
import { remoteOptions } from '../database.js';
import { InputError, readToken } from '../input.js';
import { table } from '../io.js';
import type { Outcome } from '../io.js';
import { openLog } from '../log.js';
import type { LogOptions } from '../log.js';
import type { Places } from '../places.js';
import { signalled, stoppable } from '../signals.js';

export interface ServeCommandOptions extends LogOptions {
  readonly create?: 'quad' | 'binary';
  readonly listen: string;
  readonly tokenFile?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly clientCa?: string;
  readonly insecure?: boolean;
  readonly metrics?: string;
  readonly maxMessageBytes: number;
  readonly callSeconds: number;
  readonly batchSeconds: number;
}

/** Smaller messages would not hold what another Rootshift process sends. */
const LEAST_MESSAGE_BYTES = 1 << 20;

/** Serves until SIGINT or SIGTERM. */
export async function serveCommand(places: Places, options: ServeCommandOptions): Promise<Outcome> {
  const { create, listen, insecure = false, metrics, maxMessageBytes, callSeconds, batchSeconds } = options;
  if (maxMessageBytes < LEAST_MESSAGE_BYTES) {
    throw new InputError(`--max-message-bytes: expected at least ${LEAST_MESSAGE_BYTES}, got ${maxMessageBytes}`);
  }
  const tls = await readTls(options);
  checkAddresses({ listen, metrics, tls, insecure });
  const token = options.tokenFile === undefined ? undefined : await readToken(options.tokenFile);
  const log = openLog(options);
  const database = {
    createIfMissing: create !== undefined,
    bitsPerLevel: create === 'binary' ? 1 : 2,
    remote: await remoteOptions(places),
  } as const;
  if (database.createIfMissing) await tryListening({ listen, tls, metrics });
  const { driver, db } = await stoppable(async (signal) => {
    const opened = await openDriver(places.db, { ...database, signal });
    return { driver: opened, db: await databaseOn(opened, database) };
  });
  const toldToStop = signalled();
  const serving = await serve({
    driver,
    db,
    listen,
    tls,
    token,
    insecure,
    metrics,
    maxMessageBytes,
    callSeconds,
    batchSeconds,
    onEvent: (event) => logEvent(log, event),
  }).catch(async (error: unknown) => {
    await db.close();
    throw error;
  });
  const { url, metricsUrl } = serving;
  log.info({ database: driver.location, url }, `serving the database at ${driver.location} on ${url}`);
  if (metricsUrl !== null) log.info({ metricsUrl }, `metrics at ${metricsUrl}`);
  const signal = await toldToStop;
  log.info({ signal }, 'stopping: finishing running calls');
  await serving.close();
  return {
    text: `Stopped.\n${table([
      ['by', signal],
      ['served', url],
    ])}`,
    json: { url, metricsUrl, stoppedBy: signal },
  };
}

/** Failures that a client cannot mend, or should not try to. */
const TO_LOOK_AT = new Set(['UNAUTHENTICATED', 'UNAVAILABLE', 'UNKNOWN', 'INTERNAL', 'DATA_LOSS']);

function logEvent(log: Logger, event: ServerEvent): void {
  switch (event.kind) {
    case 'bug':
      return log.error({ error: event.error }, 'a call failed; its client was not told why');
    case 'expired':
      return log.warn({ batch: event.batch }, `batch ${event.batch} dropped: its client was silent`);
    case 'call': {
      const { kind: _, ...fields } = event;
      const message = `${event.method} answered ${event.code} to ${event.client} in ${event.ms.toFixed(1)} ms`;
      return TO_LOOK_AT.has(event.code) ? log.warn(fields, message) : log.debug(fields, message);
    }
  }
}

async function readTls({ certificate, key, clientCa }: ServeCommandOptions): Promise<ServerTls | undefined> {
  if (certificate === undefined || key === undefined) {
    const given = certificate ?? key ?? clientCa;
    if (given === undefined) return undefined;
    throw new InputError(`expected --certificate and --key together, got only ${given}`);
  }
  return {
    certificate: await readBytes(certificate),
    key: await readBytes(key),
    clientCa: clientCa === undefined ? undefined : await readBytes(clientCa),
  };
}
