import { checkAddresses } from '../../server/address.js';
import { serveLinea } from '../../server/serve-linea.js';
import { table } from '../io.js';
import type { Outcome } from '../io.js';
import { withLineaState } from '../linea-database.js';
import { openLog } from '../log.js';
import type { LogOptions } from '../log.js';
import type { Places } from '../places.js';
import { signalled } from '../signals.js';
import { version } from '../version.js';

export interface LineaServeOptions extends LogOptions {
  readonly listen: string;
  readonly insecure?: boolean;
}

/** Serves until SIGINT or SIGTERM. */
export async function lineaServeCommand(places: Places, options: LineaServeOptions): Promise<Outcome> {
  const { listen, insecure = false } = options;
  checkAddresses({ listen, insecure, tls: undefined, metrics: undefined });
  const log = openLog(options);
  return withLineaState(places, async (db) => {
    const toldToStop = signalled();
    await using serving = await serveLinea(db, {
      listen,
      insecure,
      version: `rootshift-${await version()}`,
      onBug: (error) => log.error({ error }, 'a call failed; its client was not told why'),
    });
    const { url } = serving;
    log.info({ database: db.driver.location, url }, `serving Linea's state at ${db.driver.location} on ${url}`);
    const signal = await toldToStop;
    log.info({ signal }, 'stopping: finishing running calls');
    return {
      text: `Stopped.\n${table([
        ['by', signal],
        ['served', url],
      ])}`,
      json: { url, stoppedBy: signal },
    };
  });
}
