import * as prometheus from 'prom-client';

/** Registers a number that is looked up when it is asked for. */
export function addGauge(
  registry: prometheus.Registry,
  name: string,
  help: string,
  read: () => number | Promise<number>,
): void {
  new prometheus.Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      this.set(await read());
    },
  });
}
