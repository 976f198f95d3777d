/** Proofs of operations, in chunks, by the library's own functions. */
import { beforeAll, describe, expect, it } from 'vitest';
import { toFr } from '../../../src/base/field/fr.js';
import { proveOperations, verifyOperations } from '../../../src/engine/prove-linea.js';
import type { OperationsProof, OperationsVerdict } from '../../../src/engine/prove-linea.js';
import type { Trace } from '../../../src/linea/trace/trace.js';
import type { VerifyingKeys } from '../../../src/proof/prover/keys.js';
import { STORE } from '../../machine/circuits/harness.js';
import { newTrie, put, read, trace, word } from './world.js';

describe('operations on a trie', () => {
  let oldTop: bigint;
  let newTop: bigint;
  let traces: readonly Trace[];
  let proof: OperationsProof;
  let keys: VerifyingKeys;
  beforeAll(async () => {
    const trie = await newTrie();
    await trace(trie, [put(1, 1), put(2, 2), put(3, 3)]);
    oldTop = await trie.top();
    traces = await trace(trie, [read(1), put(2, 7), put(4, 4), read(4), put(4, 5), read(9)]);
    newTop = await trie.top();
    ({ proof, keys } = await proveOperations(traces, STORE, { circuit: 'linea16' }));
  });

  const verdict = (changed: Partial<OperationsProof>, own = [keys], tops = [oldTop]): Promise<OperationsVerdict> =>
    verifyOperations({ ...proof, ...changed }, own, { acceptedTops: tops });
  const reason = async (...args: Parameters<typeof verdict>): Promise<string | null> => {
    const one = await verdict(...args);
    return one.isAccepted ? null : one.reason;
  };

  it('are proven in chunks of a multiple of five, and the last', async () => {
    expect(proof.chunks.map(({ operations }) => operations.length)).toEqual([5, 1]);
    expect(await verdict({})).toMatchObject({ isAccepted: true, oldTop, newTop });
    const accepted = (await verdict({})) as Extract<OperationsVerdict, { isAccepted: true }>;
    expect(accepted.operations.map(({ kind }) => kind)).toEqual(traces.map(({ kind }) => kind));
    expect(accepted.operations[1]).toEqual({ kind: 'update', key: word(2), before: word(2), after: word(7) });
  });

  it('are refused with other operations, another order, or a chunk left out', async () => {
    const [first, last] = proof.chunks as [OperationsProof['chunks'][0], OperationsProof['chunks'][0]];
    const other = (operations: typeof first.operations) => ({ chunks: [{ ...first, operations }, last] });
    const { operations } = first;
    expect(await reason(other(operations))).toBeNull();
    expect(await reason(other(operations.with(1, { ...operations[1]!, after: word(8) })))).toMatch('other operations');
    expect(await reason(other(operations.toReversed()))).toMatch('other operations');
    expect(await reason(other(operations.slice(0, 4)))).toMatch('expected a multiple of 5');
    expect(await reason(other(operations.with(0, { ...operations[0]!, key: '0x1' })))).toMatch('expected a key');
    expect(await reason({ chunks: [last] })).toMatch('neither the empty trie');
    expect(await reason({ chunks: [last, first] }, [keys], [last.publicSignals.oldTop])).toMatch(
      'log of the one before',
    );
    expect(await reason({ chunks: [first, first] })).toMatch('does not start where');
    expect(await reason({ chunks: [] })).toMatch('at least one chunk');
    // A prefix is a statement of its own.
    expect(await verdict({ chunks: [first] })).toMatchObject({ isAccepted: true, newTop: first.publicSignals.newTop });
  });

  it('are refused from another top root, with other keys, or with another proof', async () => {
    const [first, last] = proof.chunks as [OperationsProof['chunks'][0], OperationsProof['chunks'][0]];
    expect(await reason({}, [keys], [])).toMatch('neither the empty trie');
    expect(await reason({}, [])).toMatch("not among the verifier's");
    const storage = { ...keys, circuit: { ...keys.circuit, name: 's14' } };
    expect(await reason({}, [storage])).toMatch('names keys of circuit s14');
    expect(await reason({ chunks: [{ ...first, proof: last.proof }, last] })).toMatch('does not verify');
    const moved = { ...last.publicSignals, newTop: toFr(5n) };
    expect(await reason({ chunks: [first, { ...last, publicSignals: moved }] })).toMatch('proof of chunk 1');
    expect(await reason({ location: '0x' })).toMatch('expected a key');
  });

  it('are not proven where a trace does not hold, does not follow, or is of another trie', async () => {
    const options = { circuit: 'linea16' } as const;
    await expect(proveOperations([], STORE, options)).rejects.toThrow('at least one trace');
    await expect(proveOperations([traces[2]!, traces[0]!], STORE, options)).rejects.toThrow('next free node');
    const [first] = traces as [Extract<Trace, { kind: 'read' }>];
    await expect(proveOperations([{ ...first, value: word(2) }], STORE, options)).rejects.toThrow('hash of the value');
    const moved = { ...traces[1]!, location: `0x${'bb'.repeat(20)}` } as Trace;
    await expect(proveOperations([first, moved], STORE, options)).rejects.toThrow('expected traces of one trie');
  });
});
