// The mainnet block that is measured.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseBatch } from 'rootshift';
import type { Batch } from 'rootshift';
import { BLOCK_FILE } from './workloads.js';

/** @param home the project's directory */
export const readBlock = (home: string): Batch => parseBatch(readFileSync(path.join(home, BLOCK_FILE), 'utf8'));
