import { intAttribute, stringAttribute } from '../../onnx/attributes';
import { unaryRule, type RuleEntry } from './entry';

/** DepthToSpace and its inverse SpaceToDepth, `[N, C, H, W]`; each is the other's gradient. */
export const blockRules: readonly RuleEntry[] = [
  unaryRule('DepthToSpace', ({ f, node, dY, xDims }) => {
    const blocksize = intAttribute(node, 'blocksize', 1);
    if (stringAttribute(node, 'mode', 'DCR') === 'DCR') return f.builder.op('SpaceToDepth', [dY], { blocksize });
    // In the order column, row, depth no operator is the inverse.
    const [n, c, h, w] = xDims;
    const blocks = f.reshape(dY, [n, c / (blocksize * blocksize), h, blocksize, w, blocksize]);
    return f.reshape(f.transpose(blocks, [0, 1, 3, 5, 2, 4]), xDims);
  }),
  unaryRule('SpaceToDepth', ({ f, node, dY }) =>
    f.builder.op('DepthToSpace', [dY], { blocksize: intAttribute(node, 'blocksize', 1), mode: 'DCR' }),
  ),
];
