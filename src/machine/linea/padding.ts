/** Items as a column of fixed length. */
export const padded = <T, U>(items: readonly T[], length: number, column: (item: T) => U, padding: U): U[] => [
  ...items.map(column),
  ...Array.from({ length: length - items.length }, () => padding),
];

export const zeros = (length: number): bigint[] => Array.from({ length }, () => 0n);
