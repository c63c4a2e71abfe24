import { intAttribute } from '../../onnx/attributes';
import { axisOf, unaryRule, type RuleEntry } from './entry';

/** Softmax and its logarithm along one axis (the meaning they have from operator set 13 on). */
export const softmaxRules: readonly RuleEntry[] = [
  unaryRule('Softmax', ({ f, node, y, dY, yDims }) => {
    const axis = axisOf(intAttribute(node, 'axis', -1), yDims.length);
    return f.mul(y, f.sub(dY, f.sum(f.mul(dY, y), [axis], true)));
  }),
  unaryRule('LogSoftmax', ({ f, node, y, dY, yDims }) => {
    const axis = axisOf(intAttribute(node, 'axis', -1), yDims.length);
    return f.sub(dY, f.mul(f.unary('Exp', y), f.sum(dY, [axis], true)));
  }),
];
