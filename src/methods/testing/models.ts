import type { AttributeValue } from '../../onnx/attributes';
import { makeNode, makeValueInfo, type Dim } from '../../onnx/graph';
import { layersOf, type Layer } from '../../onnx/layers';
import { Model } from '../../onnx/model';
import { Session } from '../../runtime/session';
import { inferShapes } from '../../runtime/shapes';
import { numbers } from '../../tensor/convert';
import type { Random } from '../../tensor/random';
import { float32, sizeOf, type ElementType, type Tensor } from '../../tensor/tensor';

/** Standard normal elements. */
export function randomTensor(dims: readonly number[], random: Random): Tensor<Float32Array> {
  return float32(
    dims,
    Array.from({ length: sizeOf(dims) }, () => random.normal()),
  );
}

export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly name?: string;
}

export interface ModelSpec {
  readonly x: readonly Dim[];
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly nodes: readonly NodeSpec[];
  readonly type?: ElementType;
  readonly opset?: number;
}

/** A model with the input `x` and the output `y`. */
export function makeModel({ x, weights, nodes, type = 'float32', opset = 18 }: ModelSpec): Model {
  const model = Model.empty('test', { '': opset });
  model.graph.proto.input.push(makeValueInfo('x', type, x));
  for (const [name, tensor] of Object.entries(weights)) model.graph.setWeight(name, tensor);
  model.graph.insert(
    nodes.map(({ op, inputs, output, attributes, name }) => makeNode(op, inputs, [output], attributes, { name })),
  );
  model.graph.proto.output.push(makeValueInfo('y', type, undefined));
  return model;
}

/** The layers of a model with its shapes inferred by the runtime. */
export async function layersIn(model: Model): Promise<Layer[]> {
  return layersOf(model, await inferShapes(model));
}

/** The output `y` for the feeds, by the runtime, unoptimised. */
export async function evaluate(model: Model, feeds: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  const session = await Session.create(model, { optimization: 'disabled' });
  try {
    return (await session.run(feeds)).y;
  } finally {
    await session.dispose();
  }
}

/** Largest difference of two tensors of one shape, relative to the largest magnitude of the second. */
export function relativeDifference(a: Tensor, b: Tensor): number {
  if (a.dims.join() !== b.dims.join()) throw new Error(`Shapes differ: ${a.dims.join('x')} and ${b.dims.join('x')}.`);
  const [x, y] = [numbers(a), numbers(b)];
  let difference = 0;
  let size = Number.MIN_VALUE;
  for (let i = 0; i < x.length; i++) {
    difference = Math.max(difference, Math.abs(x[i] - y[i]));
    size = Math.max(size, Math.abs(y[i]));
  }
  return difference / size;
}
