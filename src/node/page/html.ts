import { inspectProof } from '../../inspect/from-proof.js';
import type { OldState } from '../../inspect/from-proof.js';
import type { Inspection } from '../../inspect/inspection.js';
import { oneFilePage } from '../../inspect/one-file.js';
import { htmlPage } from '../../inspect/page.js';
import { runPage } from '../../inspect/page-data.js';
import { unverified } from '../../inspect/verdict.js';
import { parseProof } from '../../proof/prover/proof-file.js';
import type { ProofFile } from '../../proof/prover/proof-file.js';
import { MissingNodeError } from '../../state/tree/store.js';
import type { PageContext } from './context.js';

/** Each after those that it imports from. */
const SCRIPTS = [
  'ask',
  'words',
  'parts',
  'overview',
  'chain',
  'transaction',
  'account',
  'pool',
  'routes',
  'main',
] as const;

/** The page of a node: it asks the node for what it shows. */
export const nodePage = ({ chain, version }: PageContext): Promise<string> =>
  oneFilePage({
    title: `Chain ${chain.chainId}`,
    scripts: ['inspect/page/dom', ...SCRIPTS.map((name) => `node/page/app/${name}`)],
    styles: ['inspect/page/page.css', 'node/page/app/app.css'],
    data: { chainId: String(chain.chainId), version },
    asks: true,
  });

/** The page of a batch's proof, as `rootshift inspect` makes it; null if there is no such proof. */
export async function proofPage({ store, state, version }: PageContext, batch: bigint): Promise<string | null> {
  const text = await store.batchProof(batch);
  if (text === null) return null;
  const proof = parseProof(text);
  const { oldRoot } = proof.chunks[0]!.publicSignals;
  const inspection = await inspected(proof, { reader: state.under(oldRoot) }).catch((error: unknown) => {
    if (!(error instanceof MissingNodeError)) throw error;
    return inspected(proof, { missing: `The state before batch ${batch} is not kept here.` });
  });
  return htmlPage(await runPage(inspection, `Batch ${batch}`, version));
}

const inspected = (proof: ProofFile, oldState: OldState): Promise<Inspection> =>
  inspectProof({ proof, verdict: unverified, oldState, keysOf: () => null });
