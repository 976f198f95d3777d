/**
 * What a text holds is not as expected: the message says what was expected, what came, and where in the text. It does
 * not name the file, which only the reader of the file knows.
 *
 * @example
 * try {
 *   parseBatch(text);
 * } catch (error) {
 *   if (error instanceof ContentError) console.error(`batch.json: ${error.message}`);
 *   else throw error;
 * }
 */
export abstract class ContentError extends Error {
  override readonly name: string = 'ContentError';
}
