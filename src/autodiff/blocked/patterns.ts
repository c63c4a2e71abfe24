import { intAttribute, intsAttribute, stringAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import type { Graph } from '../../onnx/graph';
import { numbers } from '../../tensor/convert';
import type { ValueShape } from '../rule';

/** Elementwise operators that work on blocked values as they are. */
export const blockedUnary: ReadonlySet<string> = new Set([
  'Relu',
  'LeakyRelu',
  'Sigmoid',
  'HardSigmoid',
  'HardSwish',
  'Tanh',
  'Elu',
  'Softplus',
]);
export const blockedBinary: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul']);

export interface ConvolutionForm {
  readonly stride: 1 | 2;
  /** `[O, I, k, k]` */
  readonly weights: readonly number[];
}

/** Reads shapes and constants of the graph that is rewritten. */
export class GraphView {
  constructor(
    readonly graph: Graph,
    readonly shapes: ReadonlyMap<string, ValueShape>,
  ) {}

  dims(value: string): readonly number[] {
    return this.shapes.get(value)?.dims ?? [];
  }

  isImage(value: string): boolean {
    const shape = this.shapes.get(value);
    return shape?.type === 'float32' && shape.dims.length === 4;
  }

  /** A constant's elements; `undefined` for values known only at run time. */
  constant(value: string | undefined): number[] | undefined {
    const tensor = value ? this.graph.constant(value)?.tensor() : undefined;
    return tensor && Array.from(numbers(tensor));
  }

  sameDims(a: string, b: string): boolean {
    return this.dims(a).join() === this.dims(b).join();
  }

  /** The only reader of a value that is no graph output. */
  onlyReader(value: string): NodeProto | undefined {
    const readers = this.graph.consumers(value);
    return readers.length === 1 && !this.graph.isOutput(value) ? readers[0] : undefined;
  }

  /** A convolution that the blocked layout has a form for: dense, 1x1 or 3x3, stride 1 or (on even sizes) 2. */
  convolution(node: NodeProto): ConvolutionForm | undefined {
    const [x, w] = node.input;
    if (node.opType !== 'Conv' || node.domain !== '' || !this.isImage(x) || !this.isImage(w)) return undefined;
    const weights = this.dims(w);
    const [, , height, width] = this.dims(x);
    const kernel = weights[2];
    const strides = intsAttribute(node, 'strides') ?? [1, 1];
    const fits =
      weights[3] === kernel &&
      (kernel === 1 || kernel === 3) &&
      weights[1] === this.dims(x)[1] &&
      intAttribute(node, 'group', 1) === 1 &&
      stringAttribute(node, 'auto_pad', 'NOTSET') === 'NOTSET' &&
      (intsAttribute(node, 'dilations') ?? [1, 1]).every((step) => step === 1) &&
      (intsAttribute(node, 'pads') ?? [0, 0, 0, 0]).every((pad) => pad === kernel >> 1) &&
      strides[0] === strides[1];
    if (!fits) return undefined;
    if (strides[0] === 1) return { stride: 1, weights };
    return strides[0] === 2 && height % 2 === 0 && width % 2 === 0 ? { stride: 2, weights } : undefined;
  }

  /** BatchNormalization with its plain single result. */
  isBatchNormalization(node: NodeProto): boolean {
    return (
      node.opType === 'BatchNormalization' &&
      this.isImage(node.input[0]) &&
      node.output.slice(1).every((value) => value === '') &&
      node.input.slice(1).every((value) => this.shapes.get(value)?.type === 'float32')
    );
  }

  /** Whether the node averages each channel over the whole image. */
  averagesImage(node: NodeProto): boolean {
    const [x] = node.input;
    if (!this.isImage(x)) return false;
    const [, , height, width] = this.dims(x);
    switch (node.opType) {
      case 'GlobalAveragePool':
        return true;
      case 'ReduceMean': {
        const axes = this.constant(node.input[1]) ?? intsAttribute(node, 'axes');
        return (
          axes !== undefined &&
          axes
            .map((axis) => (axis + 4) % 4)
            .sort()
            .join() === '2,3'
        );
      }
      case 'AveragePool':
        return this.poolsWindow(node, [height, width]) && this.dims(node.output[0])[2] === 1;
      default:
        return false;
    }
  }

  /** Whether the node pools windows of 2 x 2 side by side over an even size. */
  poolsPairs(node: NodeProto): boolean {
    const [x] = node.input;
    if ((node.opType !== 'MaxPool' && node.opType !== 'AveragePool') || !this.isImage(x)) return false;
    if (node.output.length > 1 && node.output[1] !== '') return false;
    const [, , height, width] = this.dims(x);
    const strides = intsAttribute(node, 'strides') ?? [1, 1];
    return height % 2 === 0 && width % 2 === 0 && strides.join() === '2,2' && this.poolsWindow(node, [2, 2]);
  }

  private poolsWindow(node: NodeProto, window: readonly number[]): boolean {
    return (
      (intsAttribute(node, 'kernel_shape') ?? []).join() === window.join() &&
      (intsAttribute(node, 'pads') ?? [0]).every((pad) => pad === 0) &&
      (intsAttribute(node, 'dilations') ?? [1]).every((step) => step === 1) &&
      stringAttribute(node, 'auto_pad', 'NOTSET') === 'NOTSET'
    );
  }

  /** Whether the node hands its input on unchanged. */
  isIdentity(node: NodeProto): boolean {
    if (node.opType === 'Identity') return true;
    return node.opType === 'Pad' && this.constant(node.input[1])?.every((count) => count === 0) === true;
  }

  /** Steps along height and width when the node takes every second row, column or both, from the first on. */
  halves(node: NodeProto): readonly [number, number] | undefined {
    if (node.opType !== 'Slice' || !this.isImage(node.input[0])) return undefined;
    const dims = this.dims(node.input[0]);
    const [starts, ends, axes, steps] = node.input.slice(1).map((value) => this.constant(value));
    if (!starts || !ends || !axes || !steps) return undefined;
    const result: [number, number] = [1, 1];
    for (const [i, given] of axes.entries()) {
      const axis = (given + 4) % 4;
      if (starts[i] !== 0 || ends[i] < dims[axis]) return undefined;
      if (steps[i] === 1) continue;
      if (axis < 2 || steps[i] !== 2 || dims[axis] % 2 !== 0) return undefined;
      result[axis - 2] = 2;
    }
    return result;
  }

  /** Channels of zeros that the node puts before and behind those of its input. */
  channelFilling(node: NodeProto): readonly [before: number, behind: number] | undefined {
    if (node.opType !== 'Pad' || !this.isImage(node.input[0]) || node.input.length > 3) return undefined;
    const pads = this.constant(node.input[1]);
    const value = node.input[2] ? this.constant(node.input[2]) : [0];
    if (pads?.length !== 8 || value?.[0] !== 0 || stringAttribute(node, 'mode', 'constant') !== 'constant') {
      return undefined;
    }
    const onlyChannels = pads.every((count, i) => (i % 4 === 1 ? count >= 0 : count === 0));
    return onlyChannels ? [pads[1], pads[5]] : undefined;
  }
}
