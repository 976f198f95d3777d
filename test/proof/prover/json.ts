/** Changes to JSON documents: for readers that must notice every one. */
export type Step = string | number;

/** The ways to everything in a document. */
export function* places(value: unknown, way: readonly Step[] = []): Generator<readonly Step[]> {
  if (way.length > 0) yield way;
  if (value === null || typeof value !== 'object') return;
  for (const [name, field] of Object.entries(value)) {
    yield* places(field, [...way, Array.isArray(value) ? Number(name) : name]);
  }
}

/** A copy of the document with `change` made at `way`. */
export function changed(document: unknown, way: readonly Step[], change: (parent: any, step: Step) => void): any {
  const copy = structuredClone(document) as any;
  change(
    way.slice(0, -1).reduce((at, step) => at[step], copy),
    way.at(-1)!,
  );
  return copy;
}
