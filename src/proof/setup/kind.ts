/**
 * Where a circuit's keys come from: one party's machine, or a ceremony that many took part in.
 * @see {@link chunkOfPair}
 */
export type SetupKind = 'development' | 'ceremony';
export const SETUP_KINDS = ['development', 'ceremony'] as const satisfies readonly SetupKind[];
