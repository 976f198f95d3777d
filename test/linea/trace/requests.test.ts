import { describe, expect, it } from 'vitest';
import { readTrace } from '../../../src/linea/trace/json.js';
import { verifyEach } from '../../../src/linea/trace/verify.js';
import { verifyBlock } from '../../../src/linea/trace/verify-block.js';
import type { Trace } from '../../../src/linea/trace/trace.js';
import { atRoot } from '../../../src/state/batch/fields.js';
import { parseJson } from '../../../src/state/batch/json.js';
import { casesOf, hex, RAW, SUITES } from '../vectors.js';

interface Request {
  readonly file: string;
  readonly endRoot?: string;
  readonly data: { readonly zkParentStateRootHash: string; readonly zkStateMerkleProof: readonly unknown[][] };
}

const requestTraces = (blocks: readonly unknown[][]): Trace[][] =>
  blocks.map((block) => block.map((trace) => readTrace(atRoot(parseJson(JSON.stringify(trace))))));

describe("requests to Linea's prover", () => {
  // One fixture is a read of a raw key of 32 bytes, which no account has.
  const isRaw = ({ file }: Request): boolean => file.endsWith('fixture-read-zero.json');
  const cases = casesOf<Request>('requests').filter((one) => !isRaw(one));
  let count = 0;

  it.each(cases.map((one) => [one.file, one] as const))('%s', async (_, { suite, data, endRoot }) => {
    let root = BigInt(data.zkParentStateRootHash);
    for (const traces of requestTraces(data.zkStateMerkleProof)) {
      const verdict = await verifyBlock(SUITES[suite]!, root, traces);
      expect(verdict).toMatchObject({ isAccepted: true, oldRoot: root });
      if (verdict.isAccepted) root = verdict.newRoot;
      count += traces.length;
    }
    if (endRoot !== undefined) expect(hex(root)).toBe(endRoot);
  });

  it('fixture of a raw key: its trace is accepted as one of a raw trie, and refused as one of an account', async () => {
    const { suite, data } = casesOf<Request>('requests').find(isRaw)!;
    const [traces] = requestTraces(data.zkStateMerkleProof);
    const [step] = await verifyEach(SUITES[suite]!, RAW, traces!);
    expect(step).toHaveProperty('after');
    expect(await verifyBlock(SUITES[suite]!, BigInt(data.zkParentStateRootHash), traces!)).toMatchObject({
      isAccepted: false,
      reason: expect.stringContaining('20 bytes'),
    });
    count++;
  });

  it('have 267 traces', () => {
    expect(count).toBe(267);
  });
});
