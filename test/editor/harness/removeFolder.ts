import { rm } from 'node:fs/promises';

/** An extension host outlives its server by a moment, and writes to its log until then. */
const tries = 20;
const pauseMs = 500;

/** Removes a folder of a test. One that can't be removed is left: it lies among temporary files and fails no test. */
export async function removeFolder(folder: string): Promise<void> {
  for (let left = tries; left > 0; left--) {
    try {
      return await rm(folder, { recursive: true, force: true });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
