// What circom prints of a circuit that it compiled.

/** @param printed its standard output */
export function countsOf(printed: string): { readonly constraints: number } {
  const count = (label: string): number => {
    const found = new RegExp(`^${label}: (\\d+)`, 'm').exec(printed)?.[1];
    if (found === undefined) throw new Error(`expected "${label}: N" from circom, got ${printed}`);
    return Number(found);
  };
  return { constraints: count('non-linear constraints') + count('linear constraints') };
}
