import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The same work for PyTorch: files of little-endian values, and what the optimiser is told. */
export interface TorchSettings {
  readonly threads: number;
  readonly network: 'resnet20' | 'vgg-64-128-256';
  readonly channelsLast: boolean;
  readonly weights: string;
  readonly tensors: readonly (readonly [name: string, dims: readonly number[]])[];
  readonly samples: string;
  readonly labels: string;
  readonly dims: readonly number[];
  readonly rate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** Times per step. */
export interface StepTimes {
  readonly ms: number;
  readonly cpuMs: number;
  readonly loss: number;
}

/** Interpreters to look for PyTorch in: the one named by PYTHON, else the first on the path, else the system's. */
const interpreters = process.env.PYTHON ? [process.env.PYTHON] : ['python3', '/usr/bin/python3'];

/** PyTorch in a process of its own, which answers line by line (see torchTraining.py). */
export class TorchProcess {
  private readonly waiting: ((line: string) => void)[] = [];
  private ended: string | undefined;

  private constructor(private readonly child: ChildProcess) {
    const errors: string[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => this.waiting.shift()?.(line));
    child.stderr!.on('data', (text: Buffer) => errors.push(String(text)));
    child.on('error', (error) => this.end(error.message));
    child.on('close', () => this.end(errors.join('').trim().split('\n').at(-1) || 'it ended'));
  }

  /**
   * Starts PyTorch with the settings; `absent` says why there is none.
   * @param script path of torchTraining.py
   */
  static async start(
    script: string,
    settings: TorchSettings,
  ): Promise<{ readonly process: TorchProcess; readonly version: string } | { readonly absent: string }> {
    let reason = '';
    for (const python of interpreters) {
      const started = await TorchProcess.startWith(python, script, settings);
      if ('process' in started) return started;
      reason ||= started.absent;
    }
    return { absent: reason };
  }

  private static async startWith(
    python: string,
    script: string,
    settings: TorchSettings,
  ): Promise<{ readonly process: TorchProcess; readonly version: string } | { readonly absent: string }> {
    const threads = String(settings.threads);
    const child = spawn(python, ['-u', script], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads },
    });
    const torch = new TorchProcess(child);
    // A program that is missing or ends at once breaks the pipe; `close` tells why.
    child.stdin!.on('error', () => undefined);
    const answer = (await torch.ask(settings)) as { version?: string; absent?: string };
    if (answer.version !== undefined) return { process: torch, version: answer.version };
    torch.dispose();
    return { absent: `${python}: ${answer.absent ?? 'no answer'}` };
  }

  /** Several steps; the times are those of one. Throws when the process has ended. */
  async steps(count: number): Promise<StepTimes> {
    const answer = (await this.ask({ steps: count })) as StepTimes | { absent: string };
    if ('absent' in answer) throw new Error(`PyTorch failed: ${answer.absent}`);
    return answer;
  }

  dispose(): void {
    this.child.stdin?.end();
    this.child.kill();
  }

  private async ask(message: object): Promise<object> {
    if (this.ended !== undefined) return { absent: this.ended };
    const line = await new Promise<string>((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin?.write(`${JSON.stringify(message)}\n`);
    });
    return JSON.parse(line) as object;
  }

  private end(reason: string): void {
    this.ended ??= reason;
    for (const resolve of this.waiting.splice(0)) resolve(JSON.stringify({ absent: this.ended }));
  }
}
