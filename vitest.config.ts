import { defineConfig } from 'vitest/config';

// The exhaustive versions of tests take hours on a busy machine.
const timeout = process.env['ROOTSHIFT_LONG'] === undefined ? 300_000 : 14_400_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Proofs and compilers start worker threads and processes of their own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: timeout,
    hookTimeout: timeout,
  },
});
