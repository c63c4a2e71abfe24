import { shallowCopy } from '../onnx/shallowCopy';
import { makeNode, makeValueInfo } from '../onnx/graph';
import { buildOpset, GraphBuilder } from '../onnx/graphBuilder';
import { Model } from '../onnx/model';
import type { TrainingGraph } from './trainingGraph';

/** Inputs of the graph that `loopSteps` makes, besides the state and the stacked step inputs. */
export const loopInput = {
  /** Number of steps to take, scalar int64. */
  count: 'loop:count',
  /** The state before the first step; a body must not use a name of the graph around it, so these have their own. */
  state: (input: string): string => `loop:before/${input}`,
  stacked: (input: string): string => `loop:stacked/${input}`,
} as const;

/** Outputs of the graph that `loopSteps` makes. */
export const loopOutput = {
  state: (output: string): string => `loop:state/${output}`,
  metric: (output: string): string => `loop:metric/${output}`,
} as const;

/**
 * A graph that takes several steps in one run, so that the state stays in the runtime's memory between them: one ONNX
 * Loop whose body is the step. Step inputs come stacked, [steps, ...dims]; metrics come out as [steps].
 */
export function loopSteps(step: TrainingGraph): Model {
  const outer = new GraphBuilder(Model.empty('training-loop', { '': buildOpset }), 'outer');
  const { model } = outer;
  for (const { domain, version } of step.model.proto.opsetImport) model.importOpset(domain, Number(version));
  // Constants stand outside the body: it sees them, and the runtime prepares them once.
  for (const [name, weight] of step.model.graph.weights) model.graph.weights.set(name, weight);

  outer.input(loopInput.count, 'int64', []);
  for (const { name, type, dims } of step.inputs) outer.input(loopInput.stacked(name), type, ['steps', ...dims]);
  for (const { input, dims } of step.state) outer.input(loopInput.state(input), 'float32', dims);

  const metrics = [...new Set(step.metrics.values())];
  const body = shallowCopy(step.model.graph.proto, {
    name: 'step',
    initializer: [],
    valueInfo: [],
    node: [
      ...step.inputs.map(({ name }) => makeNode('Gather', [loopInput.stacked(name), 'loop:step'], [name], { axis: 0 })),
      ...step.model.graph.nodes,
      makeNode('Identity', ['loop:going'], ['loop:goOn']),
    ],
    input: [
      makeValueInfo('loop:step', 'int64', []),
      makeValueInfo('loop:going', 'bool', []),
      ...step.state.map(({ input, dims }) => makeValueInfo(input, 'float32', dims)),
    ],
    output: [
      makeValueInfo('loop:goOn', 'bool', []),
      ...step.state.map(({ output, dims }) => makeValueInfo(output, 'float32', dims)),
      ...metrics.map((name) => makeValueInfo(name, 'float32', [])),
    ],
  });
  const going = outer.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) });
  outer.ops(
    step.state.length + metrics.length,
    'Loop',
    [loopInput.count, going, ...step.state.map(({ input }) => loopInput.state(input))],
    { body: { graph: body } },
    {
      outputs: [
        ...step.state.map(({ output }) => loopOutput.state(output)),
        ...metrics.map((name) => loopOutput.metric(name)),
      ],
    },
  );
  for (const { output, dims } of step.state) outer.output(loopOutput.state(output), 'float32', dims);
  for (const name of metrics) outer.output(loopOutput.metric(name), 'float32', ['steps']);
  return model;
}
