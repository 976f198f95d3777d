/** The dashboard for Grafana asks for metrics that a node has. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NodeMetrics } from '../../../src/node/page/metrics.js';
import { CHAIN } from '../../rules/evm/world.js';
import { PageWorld } from './world.js';

it('asks for nothing that no node counts', async () => {
  const { panels } = JSON.parse(
    readFileSync(new URL('../../../deploy/grafana-node.json', import.meta.url), 'utf8'),
  ) as { readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[] };
  const { store, pool, state } = await PageWorld.begin();
  const metrics = await NodeMetrics.begin({ chain: CHAIN, store, pool, state, version: '0.0.0' }, () => {});
  const names = new Set((await metrics.registry.getMetricsAsJSON()).map(({ name }) => name));
  const asked = panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => expr.match(/\b(rootshift|process|nodejs)_\w+/g) ?? []),
  );
  expect(asked.length).toBeGreaterThan(8);
  expect(asked.filter((name) => !names.has(name))).toEqual([]);
  await metrics.close();
});
