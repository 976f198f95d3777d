import { databaseOn, openDriver } from '../../engine/database.js';
import { readBytes } from '../../base/files/input.js';
import { checkAddresses } from '../../server/address.js';
import type { ServerTls } from '../../server/options.js';
import { serve, tryListening } from '../../server/serve.js';
import { remoteOptions } from '../database.js';
import { InputError, readToken } from '../input.js';
import { type Outcome, printAside, table } from '../io.js';
import type { Places } from '../places.js';
import { signalled } from '../signals.js';

export interface ServeCommandOptions {
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

/** Below this, a message of another Rootshift process would not do. */
const LEAST_MESSAGE_BYTES = 1 << 20;

/** Serves until it is told to stop (SIGINT or SIGTERM). */
export async function serveCommand(places: Places, options: ServeCommandOptions): Promise<Outcome> {
  const { create, listen, insecure = false, metrics, maxMessageBytes, callSeconds, batchSeconds } = options;
  if (maxMessageBytes < LEAST_MESSAGE_BYTES) {
    throw new InputError(`--max-message-bytes: expected at least ${LEAST_MESSAGE_BYTES}, got ${maxMessageBytes}`);
  }
  const tls = await readTls(options);
  checkAddresses({ listen, metrics, tls, insecure });
  const token = options.tokenFile === undefined ? undefined : await readToken(options.tokenFile);
  const toldToStop = signalled();
  const database = {
    createIfMissing: create !== undefined,
    bitsPerLevel: create === 'binary' ? 1 : 2,
    remote: await remoteOptions(places),
  } as const;
  if (database.createIfMissing) await tryListening({ listen, tls, metrics });
  const driver = await openDriver(places.db, database);
  const db = await databaseOn(driver, database);
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
    onBug: (error) => printAside(`error: ${error instanceof Error ? (error.stack ?? error.message) : error}`),
  }).catch(async (error: unknown) => {
    await db.close();
    throw error;
  });
  printAside(`serving the database at ${driver.location} on ${serving.url}`);
  if (serving.metricsUrl !== null) printAside(`metrics at ${serving.metricsUrl}`);
  const signal = await toldToStop;
  printAside('stopping: finishing the calls that run');
  await serving.stop();
  return {
    text: `Stopped.\n${table([
      ['by', signal],
      ['served', serving.url],
    ])}`,
    json: { url: serving.url, metricsUrl: serving.metricsUrl, stoppedBy: signal },
  };
}

async function readTls({ certificate, key, clientCa }: ServeCommandOptions): Promise<ServerTls | undefined> {
  if (certificate === undefined || key === undefined) {
    const given = certificate ?? key ?? clientCa;
    if (given === undefined) return undefined;
    throw new InputError(`expected --certificate and --key beside each other, got ${given} alone`);
  }
  return {
    certificate: await readBytes(certificate),
    key: await readBytes(key),
    clientCa: clientCa === undefined ? undefined : await readBytes(clientCa),
  };
}
