import fc from 'fast-check';
import type { Model } from '../../onnx/model';
import { GraphBuilder } from '../../onnx/graphBuilder';
import { inferShapes } from '../../runtime/shapes';
import { Session } from '../../runtime/session';
import { Random } from '../../tensor/random';
import { numbers } from '../../tensor/convert';
import { sizeOf, type Tensor } from '../../tensor/tensor';
import { differentiate } from '../differentiate';
import type { RuleTable, ValueShape } from '../rule';
import { standardRules } from '../ruleTable';
import { CaseGraph, type FloatType } from './caseGraph';

/** Steps of the central difference: near the cube root of the precision, where cutting and rounding errors meet. */
const step: Record<FloatType, number> = { float64: 2 ** -17, float32: 2 ** -7 };
/** Largest deviation from the difference quotient, relative to the largest element of the gradient. */
const tolerance: Record<FloatType, number> = { float64: 2e-5, float32: 4e-3 };
/** Elements per parameter that are compared. */
const comparedElements = 24;
/** Random settings per case. */
const defaultRuns = 6;
const seed = 20240617;

/** A node, or a few, whose gradients are compared with difference quotients for random settings. */
export interface GradientCase {
  /** The operator that the case stands for, as the rule table lists it. */
  readonly operator: string;
  readonly title: string;
  check(): Promise<void>;
}

export interface GradientCaseOptions {
  readonly title?: string;
  readonly rules?: RuleTable;
  readonly runs?: number;
  /** The function is linear in each parameter: then a difference quotient is exact for any step, and a large one is taken. */
  readonly linear?: boolean;
}

/** A case with random settings; `build` writes the nodes and returns the results, which are summed with random factors. */
export function gradientCase<T>(
  operator: string,
  settings: fc.Arbitrary<T>,
  build: (graph: CaseGraph, settings: T) => string | readonly string[],
  options: GradientCaseOptions = {},
): GradientCase {
  const { title = operator, rules = standardRules, runs = defaultRuns, linear = false } = options;
  const property = fc.asyncProperty(settings, fc.nat(), async (drawn, dataSeed) => {
    await checkGradients((graph) => build(graph, drawn), { rules, dataSeed, linear });
  });
  return { operator, title, check: () => fc.assert(property, { numRuns: runs, seed }) };
}

interface CheckOptions {
  readonly rules: RuleTable;
  readonly dataSeed: number;
  readonly linear: boolean;
}

type Build = (graph: CaseGraph) => string | readonly string[];

/** Throws when a gradient that the rules give, in float32, is not the difference quotient of the training forward pass. */
async function checkGradients(build: Build, options: CheckOptions): Promise<void> {
  const { parameters, gradients } = await computeGradients(build, options);
  const forward = await forwardPass(build, options);
  try {
    const h = options.linear && forward.type === 'float32' ? 0.5 : step[forward.type];
    for (const [name, tensor] of parameters) {
      const gradient = gradients.get(name);
      const analytic = gradient ? numbers(gradient) : new Float64Array(sizeOf(tensor.dims));
      if (gradient && gradient.dims.join() !== tensor.dims.join()) {
        throw new Error(`The gradient of ${name} has ${gradient.dims.join('x')} for ${tensor.dims.join('x')}.`);
      }
      const scale = Math.max(1e-2, ...Array.from(analytic, Math.abs));
      const count = analytic.length;
      const chosen = [...Random.of(options.dataSeed).permutation(count).slice(0, comparedElements)];
      for (const i of chosen) {
        const up = await forward.loss(name, i, h);
        const down = await forward.loss(name, i, -h);
        const quotient = (up - down) / (2 * h);
        const deviation = Math.abs(quotient - analytic[i]) / scale;
        if (!(deviation <= tolerance[forward.type])) {
          throw new Error(
            `Gradient of ${name} [${tensor.dims.join('x')}] at ${i}: ${analytic[i]}, difference quotient ${quotient} (${forward.type}).`,
          );
        }
      }
    }
  } finally {
    await forward.dispose();
  }
}

interface BuiltCase {
  readonly graph: CaseGraph;
  readonly model: Model;
  readonly shapes: ReadonlyMap<string, ValueShape>;
  readonly loss: string;
}

/** The case with its loss: the sum of all results times random factors. */
async function buildCase(build: Build, type: FloatType, dataSeed: number): Promise<BuiltCase> {
  const graph = new CaseGraph(type, dataSeed);
  const built = build(graph);
  const results = typeof built === 'string' ? [built] : built;
  const { model } = graph.builder;
  const inner = await staticShapes(model);
  const parts = results.map((result) => {
    const factors = graph.randoms(inner.get(result)!.dims, { low: 0.5, high: 1.5 });
    return graph.op('ReduceSum', [graph.op('Mul', [result, factors])], { keepdims: 0 });
  });
  const loss = parts.reduce((sum, part) => graph.op('Add', [sum, part]));
  graph.builder.output(loss, type, []);
  return { graph, model, shapes: await staticShapes(model), loss };
}

async function staticShapes(model: Model): Promise<Map<string, ValueShape>> {
  const shapes = new Map<string, ValueShape>();
  const probe = model.clone();
  for (const [value, { type, dims }] of await inferShapes(probe)) {
    if (!dims.every((dim) => typeof dim === 'number')) throw new Error(`Value ${value} has no fixed shape.`);
    shapes.set(value, { type, dims });
  }
  for (const input of model.graph.inputs) {
    if (!shapes.has(input.name)) throw new Error(`Input ${input.name} has no shape.`);
  }
  return shapes;
}

/** Gradients as training computes them: float32, with the standard rules. */
async function computeGradients(
  build: Build,
  { rules, dataSeed }: CheckOptions,
): Promise<{ parameters: ReadonlyMap<string, Tensor>; gradients: Map<string, Tensor> }> {
  const { graph, model, shapes, loss } = await buildCase(build, 'float32', dataSeed);
  const builder = new GraphBuilder(undefined, 'bw');
  for (const [name, { dims }] of graph.parameters) builder.input(name, 'float32', dims);
  const parameters = [...graph.parameters.keys()];
  const derivatives = differentiate({ graph: model.graph, shapes, loss, parameters, builder, rules });
  builder.output(loss, 'float32', []);
  for (const [name, gradient] of derivatives.gradients) builder.output(`d:${name}`, 'float32', undefined, gradient);
  const session = await Session.create(builder.model, { optimization: 'basic' });
  try {
    const results = await session.run(Object.fromEntries(graph.parameters));
    const found = [...derivatives.gradients.keys()].map((name): [string, Tensor] => [name, results[`d:${name}`]]);
    return { parameters: graph.parameters, gradients: new Map(found) };
  } finally {
    await session.dispose();
  }
}

interface ForwardPass {
  readonly type: FloatType;
  /** The loss with element `index` of a parameter moved by `by`. */
  loss(parameter: string, index: number, by: number): Promise<number>;
  dispose(): Promise<void>;
}

/** The forward pass in its training form: in float64 where the runtime has the kernels, else in float32. */
async function forwardPass(build: Build, options: CheckOptions): Promise<ForwardPass> {
  try {
    return await forwardPassIn('float64', build, options);
  } catch {
    return forwardPassIn('float32', build, options);
  }
}

async function forwardPassIn(type: FloatType, build: Build, { rules, dataSeed }: CheckOptions): Promise<ForwardPass> {
  const { graph, model, shapes, loss } = await buildCase(build, type, dataSeed);
  const builder = new GraphBuilder(undefined, 'fw');
  for (const [name, { dims }] of graph.parameters) builder.input(name, type, dims);
  differentiate({ graph: model.graph, shapes, loss, parameters: [], builder, rules });
  builder.output(loss, type, []);
  const session = await Session.create(builder.model, { optimization: 'disabled' });
  const feeds = Object.fromEntries(graph.parameters);
  return {
    type,
    async loss(parameter, index, by) {
      const { data } = feeds[parameter] as { data: Float64Array | Float32Array };
      const before = data[index];
      data[index] = before + by;
      const result = await session.run(feeds);
      data[index] = before;
      return numbers(result[loss])[0];
    },
    dispose: () => session.dispose(),
  };
}
