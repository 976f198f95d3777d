/** A computation needs more memory than there is, or than WebAssembly has addresses for. */
export class MemoryError extends Error {
  override readonly name = 'MemoryError';
}
