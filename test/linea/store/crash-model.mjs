// Blocks that the child of the crash test does, and that the test knows.

const hex = (x, bytes) => `0x${x.toString(16).padStart(2 * bytes, '0')}`;

/** Each block changes an account, destroys or makes another, and moves some slots. */
export function blockOf(number) {
  const slots = Array.from({ length: 3 }, (_, i) => ({
    slot: hex((number + i) % 7, 32),
    after: BigInt((number * (i + 1)) % 3),
  }));
  const changed = { address: hex(1, 20), after: { nonce: BigInt(number), balance: 5n }, isDestroyed: false, slots };
  const isThere = number % 2 === 0;
  const other = {
    address: hex(2, 20),
    after: isThere ? null : { nonce: 1n, balance: BigInt(number) },
    isDestroyed: isThere,
    slots: [],
  };
  return { accounts: [changed, other] };
}
