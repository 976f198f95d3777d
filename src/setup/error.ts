/** A setup could not be made from what was given; the message says what was expected and what came. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
