import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** The browser to test in: `ROOTSHIFT_TEST_CHROMIUM`, which has to be there, or one in the PATH; null if there is none. */
export const CHROMIUM: string | null =
  process.env['ROOTSHIFT_TEST_CHROMIUM'] ??
  (process.env['PATH'] ?? '').split(path.delimiter)
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => path.join(folder, name)))
    .find(isExecutable) ??
  null;

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Root may run it only without its sandbox. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
