import type { Placed } from './moduleIndex';

/** What an evaluation looked at: names of modules with the statements that define them, and statements run on loading. */
export class Touched {
  private readonly files = new Map<string, { names: Map<string, Placed | undefined>; eager: Placed[] }>();

  file(file: string): void {
    this.entry(file);
  }

  note(file: string, name: string | undefined, placed: Placed | undefined): void {
    const entry = this.entry(file);
    if (name !== undefined) entry.names.set(name, placed);
    else if (placed !== undefined) entry.eager.push(placed);
  }

  private entry(file: string): { names: Map<string, Placed | undefined>; eager: Placed[] } {
    let entry = this.files.get(file);
    if (entry === undefined) this.files.set(file, (entry = { names: new Map(), eager: [] }));
    return entry;
  }

  get fileNames(): string[] {
    return [...this.files.keys()];
  }

  /** True when an evaluation now would see the very same statements. */
  holds(
    current: (file: string) => { lazy: ReadonlyMap<string, Placed>; eager: readonly Placed[] } | undefined,
  ): boolean {
    for (const [file, { names, eager }] of this.files) {
      const index = current(file);
      if (index === undefined) return false;
      if (index.eager.length < eager.length) return false;
      if (eager.length > 0 && index.eager.length !== eager.length) return false;
      if (eager.some(({ chunk }, at) => index.eager[at].chunk !== chunk)) return false;
      for (const [name, placed] of names) if (index.lazy.get(name)?.chunk !== placed?.chunk) return false;
    }
    return true;
  }
}
