import { makeNode, makeValueInfo } from '../onnx/graph';
import { numbers } from '../tensor/convert';
import { Random } from '../tensor/random';
import { float32, sizeOf, type Tensor } from '../tensor/tensor';
import type { ForwardGraph } from './forwardGraph';
import { stepInput, type StepInput } from './objective';

/** Share of values dropped where a node names none. */
const defaultRatio = 0.5;

export interface DropoutForward {
  readonly forward: ForwardGraph;
  /** Share of the values dropped, by the step input that takes the mask. */
  readonly ratios: ReadonlyMap<string, number>;
}

/**
 * Makes every Dropout of a forward graph, in place, a product with a mask that the step is fed. The runtime's own Dropout
 * would do no good: its random state can't be saved, and a run must end alike when it is killed and resumed.
 * Nodes whose ratio is known only at run time, and those whose mask is used elsewhere, stay as they are: they let
 * everything through.
 */
export function feedDropoutMasks(forward: ForwardGraph): DropoutForward {
  const { graph } = forward.model;
  const ratios = new Map<string, number>();
  const inputs: StepInput[] = [];
  const shapes = new Map(forward.shapes);
  for (const node of [...graph.nodes]) {
    if (node.opType !== 'Dropout' || node.domain !== '') continue;
    const [x, ratioInput] = node.input;
    const [y, mask] = node.output;
    const given = ratioInput ? graph.constant(ratioInput)?.tensor() : undefined;
    const ratio = ratioInput ? given && numbers(given)[0] : defaultRatio;
    const shape = forward.shapes.get(x);
    if (ratio === undefined || !(ratio > 0) || shape?.type !== 'float32') continue;
    if (mask && (graph.consumers(mask).length > 0 || graph.isOutput(mask))) continue;
    const name = stepInput.dropout(y);
    graph.insert([makeNode('Mul', [x, name], [y], {}, { name: node.name })], node);
    graph.remove([node]);
    graph.proto.input.push(makeValueInfo(name, 'float32', shape.dims));
    shapes.set(name, shape);
    inputs.push({ name, ...shape });
    ratios.set(name, ratio);
  }
  graph.changed();
  return { forward: { ...forward, shapes, inputs: [...forward.inputs, ...inputs] }, ratios };
}

/**
 * The mask of one step: 0 for values dropped and 1 / (1 - ratio) for the others, so that means stay the same (Srivastava
 * et al. 2014, section 10, the inverted form). It depends on the seed, the input's name and the step alone.
 */
export function dropoutMask(
  { name, dims }: StepInput,
  ratio: number,
  seed: number | string,
  step: number,
): Tensor<Float32Array> {
  const random = Random.of(seed).split(name).split(step);
  const kept = ratio < 1 ? 1 / (1 - ratio) : 0;
  const values = new Float32Array(sizeOf(dims));
  for (let i = 0; i < values.length; i++) values[i] = random.uniform() < ratio ? 0 : kept;
  return float32(dims, values);
}
