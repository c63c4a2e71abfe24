import { SingleBar } from 'cli-progress';
import type { Progress } from '../protocol/runs';

/** Lines per stage on a plain stream: enough to see that it is alive, few enough to read. */
const plainLineMs = 5_000;

/** Shows progress on standard error: a bar on a terminal, now and then a line elsewhere, nothing when it is silent. */
export class ProgressDisplay {
  private bar: SingleBar | undefined;
  private stage = '';
  private lastLine = 0;

  constructor(
    private readonly silent: boolean,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {}

  readonly report = (progress: Progress): void => {
    if (this.silent) return;
    const fresh = progress.stage !== this.stage;
    if (fresh) this.endStage();
    this.stage = progress.stage;
    if (this.stream.isTTY) this.showBar(progress, fresh);
    else this.showLine(progress, fresh);
  };

  /** A sentence that stays. */
  readonly note = (sentence: string): void => {
    if (this.silent) return;
    this.endStage();
    this.stream.write(`${sentence}\n`);
  };

  done(): void {
    this.endStage();
  }

  private endStage(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.stage = '';
  }

  private showBar({ stage, fraction, message, etaMs }: Progress, fresh: boolean): void {
    if (fresh || !this.bar) {
      this.bar = new SingleBar({
        stream: this.stream,
        format: `${stage.padEnd(22)} {bar} {percentage}%  {message}{left}`,
        barsize: 24,
        hideCursor: true,
        clearOnComplete: false,
      });
      this.bar.start(1000, 0, { message: '', left: '' });
    }
    this.bar.update(Math.round(1000 * fraction), { message: message ?? '', left: eta(etaMs) });
  }

  private showLine({ stage, fraction, message, etaMs }: Progress, fresh: boolean): void {
    const now = Date.now();
    if (!fresh && fraction < 1 && now - this.lastLine < plainLineMs) return;
    this.lastLine = now;
    this.stream.write(`${stage}: ${Math.round(100 * fraction)} %${message ? `, ${message}` : ''}${eta(etaMs)}\n`);
  }
}

function eta(etaMs: number | undefined): string {
  if (etaMs === undefined || !Number.isFinite(etaMs)) return '';
  const seconds = Math.round(etaMs / 1000);
  return seconds >= 60 ? `, ${Math.floor(seconds / 60)} min ${seconds % 60} s left` : `, ${seconds} s left`;
}
