import type { Queries, Sql } from '../sql/sql.js';

/** Notices of one schema's blocks: channels are the whole database's. */
const channelOf = (schema: string): string => `blocks_${schema}`;

/** Tells all who watch which block is the newest, once the transaction that makes it so is committed. */
export async function tellNewest(tx: Queries, schema: string, number: bigint): Promise<void> {
  await tx.query('select pg_notify($1, $2)', [channelOf(schema), String(number)]);
}

/** Watches for blocks; see `StateDb.onBlock`. */
export async function watchBlocks(
  sql: Sql,
  height: () => Promise<bigint>,
  told: { readonly onBlock: (number: bigint) => void; readonly onRollBack?: ((last: bigint) => void) | undefined },
): Promise<() => Promise<void>> {
  let known: bigint | null = null;
  let early: bigint | null = null;
  const goTo = (number: bigint): void => {
    if (known === null) {
      early = number;
      return;
    }
    if (number < known) told.onRollBack?.(number);
    for (let next = known + 1n; next <= number; next++) told.onBlock(next);
    known = number;
  };
  const look = async (): Promise<void> => goTo(await height());
  const end = await sql.listen(
    channelOf(sql.schema),
    (payload) => goTo(BigInt(payload)),
    () => void look().catch(() => {}),
  );
  known = await height();
  if (early !== null) goTo(early);
  return end;
}
