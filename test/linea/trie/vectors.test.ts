import { describe, expect, it } from 'vitest';
import { ACCOUNT_TRIE, STORAGE_TRIE } from '../../../src/linea/suite/kind.js';
import { parseTrace, traceToJson } from '../../../src/linea/trace/json.js';
import { verifyEach } from '../../../src/linea/trace/verify.js';
import { casesOf, RAW, SUITES } from '../vectors.js';
import { Runner } from './script.js';
import type { Script } from './script.js';

describe('the published scripts of the accumulator', () => {
  it.each(casesOf<Script>('accumulator').map((one) => [`${one.suite}, ${one.name}`, one] as const))(
    '%s',
    async (_, { suite, steps }) => {
      const runner = new Runner(SUITES[suite]!, RAW);
      for (const step of steps) await runner.step(step);
    },
  );
});

describe('the published scripts of the world state', () => {
  it.each(casesOf<Script>('worldstate').map((one) => [`${one.suite}, ${one.name}`, one] as const))(
    '%s',
    async (_, { suite, steps }) => {
      const runner = new Runner(SUITES[suite]!, ACCOUNT_TRIE);
      for (const step of steps) await runner.step(step);
    },
  );
});

interface Published extends Script {
  readonly only?: readonly number[];
  readonly ignoreLocation?: boolean;
  readonly published: { readonly data: unknown };
}

describe('the traces published by Shomei', () => {
  const cases = casesOf<Published>('shomei').filter(({ steps }) => steps.every(({ op }) => op !== 'getProof'));
  let count = 0;

  it.each(cases.map((one) => [`${one.suite}, ${one.name}`, one] as const))('%s', async (_, one) => {
    const suite = SUITES[one.suite]!;
    const runner = new Runner(suite, one.kind === 'raw' ? RAW : ACCOUNT_TRIE);
    for (const step of one.steps) await runner.step(step);
    const wanted = one.only?.map((i) => runner.traces[i]!) ?? runner.traces;
    const published = [one.published.data].flat() as Record<string, unknown>[];
    const written = JSON.parse(JSON.stringify(wanted.map(traceToJson))) as Record<string, unknown>[];
    const withLocation = published.map((trace, i) => ({ ...trace, location: written[i]!['location'] }));
    expect(written).toEqual(one.ignoreLocation === true ? withLocation : published);
    for (const [i, trace] of wanted.entries()) {
      expect(parseTrace(JSON.stringify(written[i]))).toEqual(trace);
      const kind = trace.location === '0x' ? runner.main : STORAGE_TRIE;
      expect(await verifyEach(suite, kind, [trace])).not.toContainEqual(expect.any(Error));
    }
    count += published.length;
  });

  it('are 56', () => {
    expect(count).toBe(56);
  });
});
