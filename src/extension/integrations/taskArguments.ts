/** A task of type `layerwise`, as it stands in `tasks.json`. */
export interface LayerwiseTask {
  readonly command: 'measure' | 'compress' | 'compare';
  readonly model: string;
  readonly against?: string;
  readonly data?: string;
  readonly latency?: string;
  readonly macs?: string;
  readonly params?: string;
  readonly bytes?: string;
  readonly maxDrop?: number;
  readonly search?: string;
  readonly searchEpochs?: number;
  readonly epochs?: number;
  readonly threads?: number;
  readonly out?: string;
}

/** Options of the command line by the task's property, for each command. */
const options = {
  measure: { threads: '--threads' },
  compare: { threads: '--threads', data: '--data' },
  compress: {
    data: '--data',
    latency: '--latency',
    macs: '--macs',
    params: '--params',
    bytes: '--bytes',
    maxDrop: '--max-drop',
    search: '--search',
    searchEpochs: '--search-epochs',
    epochs: '--epochs',
    threads: '--threads',
    out: '--out',
  },
} as const;

/** Arguments of the command line for a task. Properties that a command has no use for are left out. */
export function taskArguments(task: LayerwiseTask): string[] {
  const known: Readonly<Record<string, string>> = options[task.command];
  const given = Object.entries(known).flatMap(([property, option]) => {
    const value = task[property as keyof LayerwiseTask];
    return value === undefined || value === '' ? [] : [option, String(value)];
  });
  const files = task.command === 'compare' ? [task.model, task.against ?? ''] : [task.model];
  return [task.command, ...files, ...given];
}

/** What is missing in a task, in words; undefined when it can run. */
export function taskProblem(task: Partial<LayerwiseTask>): string | undefined {
  if (!task.command || !(task.command in options)) return 'command';
  if (!task.model) return 'model';
  if (task.command === 'compare' && !task.against) return 'against';
  if (task.command === 'compress' && !(task.latency ?? task.macs ?? task.params ?? task.bytes)) return 'latency';
  return undefined;
}
