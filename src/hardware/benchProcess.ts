import { programPath } from '../runtime/programPath';
import { SupervisedChild } from '../runtime/supervisedChild';
import type { BenchApi } from './benchProtocol';

/** A fresh bench child, for the time of some work. */
export async function withBenchChild<T>(
  childPath: string | undefined,
  work: (child: SupervisedChild<BenchApi>) => Promise<T>,
): Promise<T> {
  const child = new SupervisedChild<BenchApi>({ entry: childPath ?? programPath('benchChild.js') });
  try {
    return await work(child);
  } finally {
    child.dispose();
  }
}
