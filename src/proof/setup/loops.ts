import type { Code, CodeBuilder } from 'ffjavascript';

/** `count` times `body`, which may use and change any local; `count` is left at 0. */
export const repeat = (c: CodeBuilder, count: string, ...body: Code[]): Code =>
  c.block(
    c.loop(
      c.br_if(1, c.i32_eqz(c.getLocal(count))),
      ...body,
      c.setLocal(count, c.i32_sub(c.getLocal(count), c.i32_const(1))),
      c.br(0),
    ),
  );

/** Adds to a local. */
export const advance = (c: CodeBuilder, local: string, by: Code): Code =>
  c.setLocal(local, c.i32_add(c.getLocal(local), by));
