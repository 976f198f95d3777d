/** A setup could not be made from what was given; the message says what was expected and what came. */
export class SetupError extends Error {
  override readonly name: string = 'SetupError';
}

/** Powers of tau are not on the published list. */
export class UnlistedPtauError extends SetupError {
  override readonly name = 'UnlistedPtauError';

  constructor(what: string, blake2b: string) {
    super(`expected one of the published powers-of-tau files, ${what} none of them: the blake2b hash is ${blake2b}`);
  }
}
