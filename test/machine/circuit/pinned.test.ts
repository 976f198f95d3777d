import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { PINNED } from '../../../src/machine/circuit/pinned.js';

it('the library knows the circuits that are pinned, and no others', async () => {
  const pins: unknown = JSON.parse(await readFile(new URL('../../../circuits/pins.json', import.meta.url), 'utf8'));
  expect(PINNED).toEqual(pins);
});
