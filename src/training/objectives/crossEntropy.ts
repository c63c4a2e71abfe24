import { float32, int64 } from '../../tensor/tensor';
import { TrainingError } from '../errors';
import { outputOf, stepInput, type Objective, type ObjectiveContext } from '../objective';

export interface CrossEntropyOptions {
  /** Value with the logits, [N, classes]; the model's first output when it is left out. */
  readonly logits?: string;
  /**
   * Where the classes come from: one label per sample (`stepInput.labels`), the labels of two mixed samples (mixup:
   * `labels`, `mixedLabels`, `shares`), or a probability for every class (`probabilities`).
   */
  readonly targets?: 'labels' | 'mixed' | 'probabilities';
  /** Share of each target that is spread evenly over all classes. */
  readonly labelSmoothing?: number;
}

/** Metric: number of samples of the step whose largest logit is that of their class. */
export const correctMetric = 'correct';

/**
 * Mean over the batch of -sum_k t[k] log softmax(logits)[k].
 * With smoothing s the target is (1 - s) t + s / classes (Szegedy et al. 2016, section 7). Reports `correct`, the number of
 * samples classified right; for mixed samples the class with the larger share counts.
 */
export function crossEntropy(options: CrossEntropyOptions = {}): Objective {
  const { targets = 'labels', labelSmoothing = 0 } = options;
  return {
    append(context) {
      const { builder } = context;
      const logits = outputOf(context, options.logits);
      const classes = classesOf(context, logits);
      let target = targetOf(context, targets, classes);
      context.metric(correctMetric, correctCount(context, logits, target));
      if (labelSmoothing > 0) {
        const kept = builder.op('Mul', [target, builder.scalar(1 - labelSmoothing)]);
        target = builder.op('Add', [kept, builder.scalar(labelSmoothing / classes)]);
      }
      return softCrossEntropy(context, logits, target);
    },
  };
}

/** Mean over the batch of -sum_k target[k] log softmax(logits)[k]; both [N, classes]. Returns the scalar's name. */
export function softCrossEntropy({ builder, batch }: ObjectiveContext, logits: string, target: string): string {
  const logProbabilities = builder.op('LogSoftmax', [logits], { axis: -1 });
  // Summed per sample first: short chains of float32 additions.
  const perSample = builder.op('ReduceSum', [builder.op('Mul', [target, logProbabilities]), builder.ints([1])], {
    keepdims: 0,
  });
  const sum = builder.op('ReduceSum', [perSample], { keepdims: 0 });
  return builder.op('Mul', [sum, builder.scalar(-1 / batch)]);
}

/** Number of classes of logits [N, classes]. Throws a TrainingError for another shape. */
export function classesOf(context: ObjectiveContext, logits: string): number {
  const { dims } = context.shape(logits);
  if (dims.length !== 2 || dims[0] !== context.batch) {
    throw new TrainingError(
      `The output ${logits} has the shape ${dims.join('x')}; a classifier's is ${context.batch}xclasses.`,
      'Name the value that holds the logits, or choose another objective.',
    );
  }
  return dims[1];
}

/** One-hot rows [N, classes] for an int32 label input. */
export function oneHot({ builder }: ObjectiveContext, labels: string, classes: number): string {
  const wide = builder.op('Cast', [labels], { to: 7 });
  return builder.op('OneHot', [wide, builder.constant(int64([1], [classes])), builder.constant(float32([2], [0, 1]))]);
}

function targetOf(
  context: ObjectiveContext,
  targets: NonNullable<CrossEntropyOptions['targets']>,
  classes: number,
): string {
  const { builder, batch } = context;
  if (targets === 'probabilities') {
    return context.input({ name: stepInput.probabilities, type: 'float32', dims: [batch, classes] });
  }
  const labels = context.input({ name: stepInput.labels, type: 'int32', dims: [batch] });
  const own = oneHot(context, labels, classes);
  if (targets === 'labels') return own;
  const mixedLabels = context.input({ name: stepInput.mixedLabels, type: 'int32', dims: [batch] });
  const shares = context.input({ name: stepInput.shares, type: 'float32', dims: [batch] });
  const share = builder.op('Unsqueeze', [shares, builder.ints([1])]);
  const rest = builder.op('Sub', [builder.scalar(1), share]);
  return builder.op('Add', [
    builder.op('Mul', [own, share]),
    builder.op('Mul', [oneHot(context, mixedLabels, classes), rest]),
  ]);
}

function correctCount({ builder }: ObjectiveContext, logits: string, target: string): string {
  const best = builder.op('ArgMax', [logits], { axis: 1, keepdims: 0 });
  const wanted = builder.op('ArgMax', [target], { axis: 1, keepdims: 0 });
  const equal = builder.op('Cast', [builder.op('Equal', [best, wanted])], { to: 1 });
  return builder.op('ReduceSum', [equal], { keepdims: 0 });
}
