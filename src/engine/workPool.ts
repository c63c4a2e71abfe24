import { SupervisedChild, type RequestOptions } from '../runtime/supervisedChild';
import type { WorkApi } from './workApi';

type Child = SupervisedChild<WorkApi>;

/** Long work: each piece has a child of its own, which is killed when the work is cancelled. One child is kept for the next. */
export class WorkPool {
  private idle: Child | undefined;
  private readonly busy = new Set<Child>();

  constructor(private readonly entry: string) {}

  async request<Method extends keyof WorkApi>(
    method: Method,
    params: WorkApi[Method]['params'],
    options: RequestOptions<WorkApi[Method]['progress']>,
  ): Promise<WorkApi[Method]['result']> {
    const child = this.idle ?? new SupervisedChild<WorkApi>({ entry: this.entry });
    this.idle = undefined;
    this.busy.add(child);
    try {
      return await child.request(method, params, options);
    } finally {
      this.busy.delete(child);
      if (this.idle) child.dispose();
      else this.idle = child;
    }
  }

  dispose(): void {
    for (const child of [...this.busy, ...(this.idle ? [this.idle] : [])]) child.dispose();
  }
}
