import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SupervisedChild } from '../runtime/supervisedChild';
import type { BenchApi } from './benchProtocol';

const fileName = 'benchChild.js';

/** The built program of the bench child: beside the program that asks, or in dist/ when that runs from source. */
export function benchChildPath(): string {
  const beside = join(__dirname, fileName);
  return existsSync(beside) ? beside : join(__dirname, '..', '..', 'dist', fileName);
}

/** A fresh bench child, for the time of some work. */
export async function withBenchChild<T>(
  childPath: string | undefined,
  work: (child: SupervisedChild<BenchApi>) => Promise<T>,
): Promise<T> {
  const child = new SupervisedChild<BenchApi>({ entry: childPath ?? benchChildPath() });
  try {
    return await work(child);
  } finally {
    child.dispose();
  }
}
