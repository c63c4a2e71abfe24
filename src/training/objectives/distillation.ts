import type { Model } from '../../onnx/model';
import { int64, float32 } from '../../tensor/tensor';
import { outputOf, type Objective } from '../objective';
import { classesOf, softCrossEntropy } from './crossEntropy';

export interface DistillationOptions {
  /** The model whose answers are learnt; it is not changed. */
  readonly teacher: Model;
  /** Value with the student's logits, [N, classes]; its first output when left out. */
  readonly logits?: string;
  /** Value with the teacher's logits; its first output when left out. */
  readonly teacherLogits?: string;
  /** Softens both distributions; 1 leaves them as they are. */
  readonly temperature?: number;
  /** Learn only the class the teacher prefers. */
  readonly hardLabels?: boolean;
}

/**
 * Distance of the student's answers from the teacher's, as a mean over the batch: T^2 KL(softmax(teacher / T) ||
 * softmax(student / T)) (Hinton et al. 2015, section 2), or the cross-entropy with the teacher's preferred class.
 */
export function distillation(options: DistillationOptions): Objective {
  const { temperature = 1, hardLabels = false } = options;
  return {
    append(context) {
      const { builder, batch } = context;
      const logits = outputOf(context, options.logits);
      const classes = classesOf(context, logits);
      const teacherOutput = options.teacherLogits ?? options.teacher.graph.outputs[0].name;
      const teacher = context.frozen(options.teacher).value(teacherOutput);
      if (hardLabels) {
        const best = builder.op('ArgMax', [teacher], { axis: 1, keepdims: 0 });
        const target = builder.op('OneHot', [
          best,
          builder.constant(int64([1], [classes])),
          builder.constant(float32([2], [0, 1])),
        ]);
        return softCrossEntropy(context, logits, target);
      }
      const soften = (value: string): string =>
        temperature === 1 ? value : builder.op('Mul', [value, builder.scalar(1 / temperature)]);
      const teacherLog = builder.op('LogSoftmax', [soften(teacher)], { axis: -1 });
      const studentLog = builder.op('LogSoftmax', [soften(logits)], { axis: -1 });
      const weighted = builder.op('Mul', [
        builder.op('Exp', [teacherLog]),
        builder.op('Sub', [teacherLog, studentLog]),
      ]);
      const perSample = builder.op('ReduceSum', [weighted, builder.ints([1])], { keepdims: 0 });
      const sum = builder.op('ReduceSum', [perSample], { keepdims: 0 });
      return builder.op('Mul', [sum, builder.scalar(temperature ** 2 / batch)]);
    },
  };
}
