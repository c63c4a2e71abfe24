/** How a learning rate develops over a training. Positions are measured in epochs, so that batch sizes do not matter. */
export type Schedule =
  | { readonly kind: 'constant'; readonly rate: number; readonly warmUpEpochs?: number }
  | {
      readonly kind: 'cosine';
      readonly rate: number;
      /** Rate at the very end. */
      readonly final?: number;
      readonly warmUpEpochs?: number;
    }
  | {
      readonly kind: 'step';
      readonly rate: number;
      /** Epochs at whose beginning the rate is multiplied by `factor`. */
      readonly milestones: readonly number[];
      readonly factor: number;
      readonly warmUpEpochs?: number;
    };

/**
 * Learning rate at a position, in epochs from the start (fractions within an epoch), of a training of `epochs` epochs.
 * During the warm-up the rate rises linearly from 0 to what the schedule gives at its end; the cosine falls from
 * there to `final` (Loshchilov and Hutter 2017, eq. 5, without restarts).
 */
export function learningRate(schedule: Schedule, position: number, epochs: number): number {
  const warmUp = Math.min(schedule.warmUpEpochs ?? 0, epochs);
  if (position < warmUp) return (plainRate(schedule, warmUp, epochs, warmUp) * position) / warmUp;
  return plainRate(schedule, position, epochs, warmUp);
}

function plainRate(schedule: Schedule, position: number, epochs: number, warmUp: number): number {
  switch (schedule.kind) {
    case 'constant':
      return schedule.rate;
    case 'cosine': {
      const { rate, final = 0 } = schedule;
      const progress = epochs > warmUp ? Math.min(1, (position - warmUp) / (epochs - warmUp)) : 0;
      return final + ((rate - final) * (1 + Math.cos(Math.PI * progress))) / 2;
    }
    case 'step': {
      const passed = schedule.milestones.filter((milestone) => position >= milestone).length;
      return schedule.rate * schedule.factor ** passed;
    }
  }
}
