import type { ModuleIndex, Placed } from './moduleIndex';

/** What an evaluation looked at: names of modules with the statements that define them, and statements run on loading. */
export class Touched {
  private readonly files = new Map<string, { names: Map<string, Placed | undefined>; eager: Placed[] }>();
  private readonly registries = new Map<string, readonly Placed[]>();
  private readonly absentModules = new Map<string, readonly [name: string, level: number, from: string]>();

  file(file: string): void {
    this.entry(file);
  }

  note(file: string, name: string | undefined, placed: Placed | undefined): void {
    const entry = this.entry(file);
    if (name !== undefined) entry.names.set(name, placed);
    else if (placed !== undefined) entry.eager.push(placed);
  }

  /** What a file enters in registries, which was looked for there. */
  registered(file: string, definitions: readonly Placed[]): void {
    this.registries.set(file, definitions);
  }

  /** A module that was looked for and not found. */
  absent(name: string, level: number, from: string): void {
    this.absentModules.set(`${level} ${name} ${from}`, [name, level, from]);
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
    current: (file: string) => Pick<ModuleIndex, 'lazy' | 'eager' | 'registered'> | undefined,
    locate: (name: string, level: number, from: string) => string | undefined,
  ): boolean {
    for (const [name, level, from] of this.absentModules.values())
      if (locate(name, level, from) !== undefined) return false;
    for (const [file, before] of this.registries) {
      const now = current(file)?.registered;
      if (now?.length !== before.length || before.some(({ chunk }, at) => now[at].chunk !== chunk)) return false;
    }
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
