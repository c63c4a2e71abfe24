import type { EpochState, Probabilities, Progress, RunUpdate, SearchState } from '../../../src/protocol/runs';

/** What happened in a run so far, sorted for its pictures. */
export interface Live {
  readonly stage?: string;
  readonly progress?: Progress;
  /** Steps of the search, thinned. */
  readonly steps: readonly SearchState[];
  readonly probabilities?: Probabilities;
  readonly epochs: readonly EpochState[];
  readonly notes: readonly string[];
}

/** A line has no use for more points than it has pixels. */
const mostSteps = 400;

export function liveOf(updates: readonly RunUpdate[]): Live {
  const steps: SearchState[] = [];
  const epochs: EpochState[] = [];
  const notes: string[] = [];
  let stage: string | undefined;
  let progress: Progress | undefined;
  let probabilities: Probabilities | undefined;
  for (const update of updates) {
    switch (update.kind) {
      case 'stage':
        stage = update.name;
        progress = undefined;
        break;
      case 'progress':
        progress = update.progress;
        break;
      case 'note':
        notes.push(update.sentence);
        break;
      case 'search':
        steps.push(update.state);
        break;
      case 'probabilities':
        probabilities = update.probabilities;
        break;
      case 'epoch':
        epochs.push(update.state);
        break;
    }
  }
  return { stage, progress, steps: thinned(steps), probabilities, epochs, notes };
}

/** Evenly chosen ones, the last among them. */
function thinned(steps: readonly SearchState[]): readonly SearchState[] {
  const stride = Math.ceil(steps.length / mostSteps);
  return stride <= 1 ? steps : steps.filter((_, index) => (steps.length - 1 - index) % stride === 0);
}
