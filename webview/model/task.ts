import { signal, type Signal } from '@preact/signals';
import type { Progress } from '../../src/protocol/runs';
import { isAbort, RequestError, type RequestOptions } from '../ui/client';

export interface Failure {
  readonly message: string;
  readonly hint?: string;
}

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly failure: Failure }
  | { readonly state: 'ready'; readonly value: T };

export function failureOf(error: unknown): Failure {
  if (error instanceof RequestError) return { message: error.message, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error) };
}

interface Running {
  readonly name: string;
  readonly progress?: Progress;
  readonly cancel: () => void;
}

/** One piece of long work at a time: how far it is, how it is cancelled, and what went wrong. */
export class Task {
  readonly running: Signal<Running | undefined> = signal(undefined);
  readonly failure: Signal<Failure | undefined> = signal(undefined);

  /** Does the work unless other work is going on. Undefined when it was not done, for whatever reason. */
  async run<T>(name: string, work: (options: RequestOptions) => Promise<T>): Promise<T | undefined> {
    if (this.running.peek()) return undefined;
    const controller = new AbortController();
    const cancel = (): void => controller.abort();
    this.failure.value = undefined;
    this.running.value = { name, cancel };
    try {
      return await work({
        signal: controller.signal,
        progress: (value) => (this.running.value = { name, cancel, progress: value as Progress }),
      });
    } catch (error) {
      if (!isAbort(error)) this.failure.value = failureOf(error);
      return undefined;
    } finally {
      this.running.value = undefined;
    }
  }
}
