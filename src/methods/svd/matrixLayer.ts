import { intAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import type { Model } from '../../onnx/model';
import { matrix, transpose, type Matrix } from '../../tensor/matrix';
import { layerKernel, type LayerKernel } from '../shared/layerKernel';

/** A layer whose weight is one matrix `W: [O, I]`, y = W x, however it is stored and read. */
export interface MatrixLayer extends LayerKernel {
  readonly output: number;
  readonly inputs: number;
  /** Whether the node, by its operator and attributes, wants the weight as `[O, I]`; else as `[I, O]`. */
  readonly readsOutputFirst: boolean;
  /** W in float64. */
  matrix(): Matrix;
}

/** Finds the layer. Throws a MethodError when its weight is not stored. */
export function matrixLayer(model: Model, name: string): MatrixLayer {
  const kernel = layerKernel(model, name);
  const { node, input, source } = kernel;
  const readsOutputFirst = outputFirst(node, input);
  const storesOutputFirst = readsOutputFirst !== source.transposed;
  const [rows, columns] = source.weight.dims;
  return {
    ...kernel,
    output: storesOutputFirst ? rows : columns,
    inputs: storesOutputFirst ? columns : rows,
    readsOutputFirst,
    matrix: () => {
      const stored = matrix(rows, columns, kernel.read().data);
      return storesOutputFirst ? stored : transpose(stored);
    },
  };
}

/** y = A x reads its weight A as [O, I], y = x B its weight B as [I, O]; Gemm can transpose either. */
function outputFirst(node: NodeProto, input: 0 | 1): boolean {
  if (node.opType === 'Conv') return true;
  const flag = node.opType === 'Gemm' && intAttribute(node, input === 0 ? 'transA' : 'transB', 0) !== 0;
  return (input === 0) !== flag;
}
