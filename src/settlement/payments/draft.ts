import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { FileError } from '../../base/files/file-error.js';
import { readTextFile } from '../../base/files/input.js';
import { writeFileAtomically } from '../../base/files/output.js';
import type { Draft } from './post.js';

const fileIn = (folder: string): string => path.join(folder, 'draft.json');

/** Keeps what the batch that is being proven is like: who goes on after a kill makes the same one. */
export async function keepDraft(folder: string, draft: Draft): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(fileIn(folder), `${JSON.stringify(draft)}\n`);
}

/** What the batch is like that an earlier process began; null if there is none, or nothing that can be read. */
export async function findDraft(folder: string): Promise<Draft | null> {
  try {
    const { number, timestamp, operations } = JSON.parse(await readTextFile(fileIn(folder))) as Draft;
    return [number, timestamp, operations].every(Number.isSafeInteger) ? { number, timestamp, operations } : null;
  } catch (error) {
    if (error instanceof FileError || error instanceof SyntaxError) return null;
    throw error;
  }
}
