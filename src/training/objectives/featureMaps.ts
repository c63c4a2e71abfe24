import type { Model } from '../../onnx/model';
import { TrainingError } from '../errors';
import { firstSamples } from '../frozenCopy';
import type { Objective } from '../objective';

export interface FeatureMapOptions {
  /** The uncompressed model; it is not changed. */
  readonly teacher: Model;
  /** Values compared; a plain name means the value that bears it in both models. */
  readonly values: readonly (string | { readonly student: string; readonly teacher: string })[];
  /** Compared on the first so many samples of the batch; on all by default. */
  readonly samples?: number;
}

/** Keeps the division finite where the teacher's feature map is zero throughout. */
const smallestPower = 1e-12;

/**
 * Sum over the listed values of mean((F - F^)^2) / mean(F^2), F of the frozen teacher and F^ of the student: each
 * feature map weighs alike, whatever its magnitude (HALOC's feature-map term; the division is ours).
 */
export function featureMaps({ teacher, values, samples }: FeatureMapOptions): Objective {
  return {
    append(context) {
      const { builder } = context;
      if (values.length === 0) {
        throw new TrainingError(
          'The feature-map term lists no value.',
          'Name at least one value, or leave the term out.',
        );
      }
      const frozen = context.frozen(teacher, samples);
      const part = samples !== undefined && samples < context.batch ? samples : undefined;
      const terms = values.map((entry) => {
        const names = typeof entry === 'string' ? { student: entry, teacher: entry } : entry;
        const wanted = frozen.value(names.teacher);
        const power = builder.op('ReduceMean', [builder.op('Mul', [wanted, wanted])], { keepdims: 0 });
        const own = part === undefined ? names.student : firstSamples(builder, names.student, part);
        const difference = builder.op('Sub', [wanted, own]);
        const error = builder.op('ReduceMean', [builder.op('Mul', [difference, difference])], { keepdims: 0 });
        return builder.op('Div', [error, builder.op('Max', [power, builder.scalar(smallestPower)])]);
      });
      return terms.reduce((sum, term) => builder.op('Add', [sum, term]));
    },
  };
}
