/** Hands out addresses of a memory that is made afterwards, as large as it must be. */
export class Arena {
  #end: number;

  constructor(start: number) {
    this.#end = start;
  }

  /** A multiple of 16. */
  take(bytes: number): number {
    const address = Math.ceil(this.#end / 16) * 16;
    this.#end = address + bytes;
    return address;
  }

  /** Two plans for the same memory, which is used for the one after the other. */
  overlaid<A, B>(first: () => A, second: () => B): [A, B] {
    const start = this.#end;
    const one = first();
    const end = this.#end;
    this.#end = start;
    const other = second();
    this.#end = Math.max(end, this.#end);
    return [one, other];
  }

  /** Where the next address is taken: so many bytes are needed. */
  get end(): number {
    return this.#end;
  }
}
