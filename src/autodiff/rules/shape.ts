import { intsAttribute } from '../../onnx/attributes';
import { reduceTo } from './broadcasting';
import { axesOf, unaryRule, type RuleEntry } from './entry';

/** Operators that give the same elements other dimensions: the gradient gets the input's dimensions back. */
const reshaping = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'].map((operator) =>
  unaryRule(operator, ({ f, dY, xDims }) => f.reshape(dY, xDims)),
);

const transpose = unaryRule('Transpose', ({ f, node, dY, xDims }) => {
  const order = intsAttribute(node, 'perm') ?? axesOf(xDims.length).reverse();
  return f.transpose(
    dY,
    axesOf(xDims.length).map((axis) => order.indexOf(axis)),
  );
});

const expand = unaryRule('Expand', ({ f, dY, xDims, yDims }) => reduceTo(f, dY, yDims, xDims));

export const shapeRules: readonly RuleEntry[] = [...reshaping, transpose, expand];
