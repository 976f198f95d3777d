/** A thread ended before its work did. */
export class ThreadError extends Error {
  override readonly name = 'ThreadError';
}
