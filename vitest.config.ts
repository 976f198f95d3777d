import { defineConfig } from 'vitest/config';

// Only a hang is to meet this, no slow or busy machine: no test has a limit of its own. The exhaustive versions of
// tests take hours.
const timeout = process.env['ROOTSHIFT_LONG'] === undefined ? 3_600_000 : 14_400_000;

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
