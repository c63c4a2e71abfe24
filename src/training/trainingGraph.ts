import { createBlockedRules } from '../autodiff/blocked/rules';
import { toBlockedLayout, type ShapedGraph } from '../autodiff/blocked/toBlockedLayout';
import { differentiate } from '../autodiff/differentiate';
import { createStandardRules } from '../autodiff/ruleTable';
import { makeNode, type Graph } from '../onnx/graph';
import { buildOpset, GraphBuilder } from '../onnx/graphBuilder';
import { Model } from '../onnx/model';
import { toFloat32 } from '../tensor/convert';
import { sizeOf, type Tensor } from '../tensor/tensor';
import { findBlockedBackend } from './backend';
import { TrainingError } from './errors';
import { feedDropoutMasks, type DropoutForward } from './dropout';
import { buildForwardGraph, freePrefix, type ForwardGraph } from './forwardGraph';
import { stepInput, type StepInput } from './objective';
import { momentNames, type GroupScalars, type ParameterGroup } from './optimizer';
import { appendUpdate } from './optimizers/update';
import { partsOf, slotGroups, type StateSlot, type StoredTensor } from './stateLayout';
import type { TrainingSpec } from './trainingSpec';

/** A training step as one graph: forward pass, loss, backward pass and update. */
export interface TrainingGraph {
  readonly model: Model;
  /** What a step is fed besides its state: data, objectives' inputs, learning rates and gates. */
  readonly inputs: readonly StepInput[];
  readonly state: readonly StateSlot[];
  /** Values of the state before the first step, by slot input. */
  readonly initial: ReadonlyMap<string, Float32Array>;
  /** Scalar outputs by metric name; `loss` is always there. */
  readonly metrics: ReadonlyMap<string, string>;
  readonly groups: readonly ParameterGroup[];
  /** Share of the values that Dropout drops, by the input that takes its mask. */
  readonly dropout: ReadonlyMap<string, number>;
  /** What computes the step; 'blocked' where at least some of the network is in the blocked layout. */
  readonly backend: 'standard' | 'blocked';
}

/**
 * Builds the graph of one training step. State (parameters, moments, running statistics, step counts) goes in and comes
 * out; each group has a scalar input with its learning rate and, where there are several groups, one that tells whether
 * the group takes part in this step.
 * Throws a TrainingError for a spec that does not fit the model, an UnsupportedOperatorError for an operator without a
 * gradient, a RuntimeError for shapes that depend on the data.
 */
export async function buildTrainingGraph(spec: TrainingSpec): Promise<TrainingGraph> {
  if (spec.groups.every((group) => group.parameters.length === 0)) {
    throw new TrainingError('No parameter is trained.', 'Name at least one weight in a parameter group.');
  }
  const forward = await buildForwardGraph(spec);
  giveParametersBack(forward.model.graph, forward.parameters);
  return new StepWriter(spec, feedDropoutMasks(forward), await blockSizeFor(spec, forward)).write();
}

/** Size of a block when the step is to be computed in the blocked layout. */
async function blockSizeFor({ backend = 'auto' }: TrainingSpec, { model }: ForwardGraph): Promise<number | undefined> {
  // The self-test takes a moment; networks without convolutions gain nothing from the layout.
  const gains = model.graph.nodes.some((node) => node.opType === 'Conv');
  if (backend === 'standard' || (backend === 'auto' && !gains)) return undefined;
  const finding = await findBlockedBackend();
  if (!('absent' in finding)) return finding.blockSize;
  if (backend === 'auto') return undefined;
  throw new TrainingError(
    `The blocked layout does not work on this machine or with this version of the runtime: ${finding.absent}`,
    "Train with the backend 'standard' or 'auto'.",
  );
}

/** Makes weights again of the parameters that are inputs of the forward graph. */
function giveParametersBack(graph: Graph, parameters: ReadonlyMap<string, Tensor<Float32Array>>): void {
  graph.proto.input = graph.proto.input.filter((input) => !parameters.has(input.name));
  for (const [name, tensor] of parameters) graph.setWeight(name, tensor);
  graph.changed();
}

/** The tensors of one slot of parameters, and what is needed to update them. */
interface ParameterSlot {
  readonly group: ParameterGroup;
  readonly tensors: readonly StoredTensor[];
  readonly weightDecay: number;
  /** Value that holds the slot's parameters. */
  readonly value: string;
  readonly moments: readonly string[];
}

class StepWriter {
  private readonly builder: GraphBuilder;
  private readonly forward: ForwardGraph;
  private readonly dropout: ReadonlyMap<string, number>;
  private readonly inputs: StepInput[] = [];
  private readonly state: StateSlot[] = [];
  private readonly initial = new Map<string, Float32Array>();

  constructor(
    private readonly spec: TrainingSpec,
    { forward, ratios }: DropoutForward,
    private readonly blockSize: number | undefined,
  ) {
    this.forward = forward;
    this.dropout = ratios;
    const model = Model.empty('training-step', { '': buildOpset });
    for (const { domain, version } of forward.model.proto.opsetImport) model.importOpset(domain, Number(version));
    this.builder = new GraphBuilder(model, freePrefix(forward.model.graph, 'step'));
  }

  write(): TrainingGraph {
    const { forward, builder, spec } = this;
    for (const input of forward.inputs) this.input(input);
    const slots = spec.groups.flatMap((group) => this.declareGroup(group));
    const source = this.layout();
    const batchNorm = spec.batchNorm ?? 'train';
    const { gradients, updates } = differentiate({
      ...source,
      loss: forward.loss,
      parameters: [...forward.parameters.keys()],
      builder,
      rules: new Map([...createStandardRules({ batchNorm }), ...createBlockedRules({ batchNorm })]),
    });
    this.carryStatistics(updates);
    const scalars = new Map(spec.groups.map((group) => [group.name, this.groupScalars(group)]));
    for (const slot of slots) this.update(slot, scalars.get(slot.group.name)!, gradients);
    const metrics = this.declareMetrics();
    return {
      model: builder.model,
      inputs: this.inputs,
      state: this.state,
      initial: this.initial,
      metrics,
      groups: spec.groups,
      dropout: this.dropout,
      backend: source.graph === forward.model.graph ? 'standard' : 'blocked',
    };
  }

  private layout(): ShapedGraph {
    const { forward, blockSize, spec } = this;
    const { shapes } = forward;
    const { graph } = forward.model;
    return blockSize === undefined
      ? { graph, shapes }
      : toBlockedLayout(graph, shapes, { batch: spec.batch, blockSize });
  }

  private input(input: StepInput): string {
    this.inputs.push(input);
    return this.builder.input(input.name, input.type, input.dims);
  }

  /** Declares the parameters of a group and their moments as state inputs and gives every parameter its value. */
  private declareGroup(group: ParameterGroup): ParameterSlot[] {
    const { builder, forward } = this;
    const tensors = group.parameters.map((name) => ({ name, dims: forward.parameters.get(name)!.dims }));
    const decay = group.optimizer.weightDecay ?? 0;
    const decays = ({ dims }: StoredTensor): boolean => decay !== 0 && !(group.decayMatricesOnly && dims.length < 2);
    const parts = [tensors.filter(decays), tensors.filter((tensor) => !decays(tensor))];
    return parts.flatMap((some, i) =>
      slotGroups(some).map((slot, j) => {
        const single = slot.length === 1 ? slot[0] : undefined;
        const dims = single?.dims ?? [slot.reduce((sum, tensor) => sum + sizeOf(tensor.dims), 0)];
        const name = single?.name ?? `state:${group.name}/${i}.${j}`;
        this.stateInput(
          name,
          dims,
          slot.map((tensor) => forward.parameters.get(tensor.name)!.data),
        );
        if (!single) for (const node of splitNodes(builder, name, slot)) builder.append(node);
        const moments = momentNames(group.optimizer).map((moment) => {
          const input = `state:${moment}/${name}`;
          this.stateInput(input, dims, undefined);
          return input;
        });
        return { group, tensors: slot, weightDecay: i === 0 ? decay : 0, value: name, moments };
      }),
    );
  }

  private stateInput(name: string, dims: readonly number[], values: readonly Float32Array[] | undefined): void {
    this.builder.input(name, 'float32', dims);
    const data = new Float32Array(sizeOf(dims));
    let offset = 0;
    for (const part of values ?? []) {
      data.set(part, offset);
      offset += part.length;
    }
    this.initial.set(name, data);
  }

  /** The scalars of a group: its rate and gate are step inputs; AdamW counts its steps in the state. */
  private groupScalars({ name, optimizer }: ParameterGroup): GroupScalars {
    const { builder } = this;
    const gate =
      this.spec.groups.length > 1 ? this.input({ name: stepInput.gate(name), type: 'bool', dims: [] }) : undefined;
    const given = this.input({ name: stepInput.rate(name), type: 'float32', dims: [] });
    const whenOpen = (value: string): string =>
      gate === undefined ? value : builder.op('Where', [gate, value, builder.scalar(0)]);
    const rate = whenOpen(given);
    if (optimizer.kind !== 'adamW') return { gate, rate, count: '' };
    const before = `state:count/${name}`;
    this.stateInput(before, [], undefined);
    const count = builder.op('Add', [before, whenOpen(builder.scalar(1))]);
    this.stateOutput({
      input: before,
      output: count,
      dims: [],
      parts: [{ key: `count/${name}`, dims: [], offset: 0 }],
    });
    return { gate, rate, count };
  }

  private update(slot: ParameterSlot, scalars: GroupScalars, gradients: ReadonlyMap<string, string>): void {
    const { builder } = this;
    const single = slot.tensors.length === 1;
    const pieces = slot.tensors.map(({ name, dims }) => {
      const gradient = gradients.get(name);
      if (gradient === undefined) {
        throw new TrainingError(
          `The loss does not depend on the parameter ${name}.`,
          'Leave it out of its parameter group, or choose an objective that depends on it.',
        );
      }
      return single || dims.length === 1 ? gradient : builder.op('Reshape', [gradient, builder.ints([sizeOf(dims)])]);
    });
    const gradient = single ? pieces[0] : builder.op('Concat', pieces, { axis: 0 });
    const { optimizer } = slot.group;
    const updated = appendUpdate(builder, optimizer, slot.weightDecay, scalars, slot.value, gradient, slot.moments);
    const dims = single ? slot.tensors[0].dims : [slot.tensors.reduce((sum, tensor) => sum + sizeOf(tensor.dims), 0)];
    this.stateOutput({ input: slot.value, output: updated.parameter, dims, parts: partsOf(slot.tensors, 'weight') });
    for (const [i, moment] of momentNames(optimizer).entries()) {
      const parts = partsOf(slot.tensors, moment);
      this.stateOutput({ input: slot.moments[i], output: updated.moments[i], dims, parts });
    }
  }

  /** Running statistics become state: one joined vector, split before the first node. */
  private carryStatistics(updates: ReadonlyMap<string, string>): void {
    if (updates.size === 0) return;
    const { builder, forward } = this;
    const { graph } = builder.model;
    const tensors = [...updates.keys()].map((name) => ({ name, dims: forward.model.graph.weights.get(name)!.dims }));
    const input = 'state:statistics';
    const dims = [tensors.reduce((sum, tensor) => sum + sizeOf(tensor.dims), 0)];
    this.stateInput(
      input,
      dims,
      tensors.map(({ name }) => toFloat32(graph.weights.get(name)!.tensor()).data),
    );
    for (const { name } of tensors) graph.removeWeight(name);
    graph.insert(splitNodes(builder, input, tensors), graph.nodes[0]);
    const output = builder.op('Concat', [...updates.values()], { axis: 0 });
    this.stateOutput({ input, output, dims, parts: partsOf(tensors, 'weight') });
  }

  private stateOutput(slot: StateSlot): void {
    this.builder.output(slot.output, 'float32', slot.dims);
    this.state.push(slot);
  }

  /** Metrics become outputs; one that is an output already or no result of a node gets one by a copy. */
  private declareMetrics(): Map<string, string> {
    const { builder, forward } = this;
    const taken = new Set<string>();
    const metrics = new Map<string, string>();
    for (const [name, value] of forward.metrics) {
      const output = taken.has(value) ? builder.op('Identity', [value]) : value;
      builder.output(output, 'float32', []);
      taken.add(output);
      metrics.set(name, output);
    }
    return metrics;
  }
}

/** Nodes that give every tensor of a joined slot its value under its own name. */
function splitNodes(
  builder: GraphBuilder,
  joined: string,
  tensors: readonly StoredTensor[],
): ReturnType<typeof makeNode>[] {
  const flat = tensors.map(({ name, dims }) => (dims.length === 1 ? name : `state:flat/${name}`));
  const sizes = tensors.map(({ dims }) => sizeOf(dims));
  if (tensors.length === 1) return [makeNode('Reshape', [joined, builder.ints(tensors[0].dims)], [tensors[0].name])];
  return [
    makeNode('Split', [joined, builder.ints(sizes)], flat, { axis: 0 }),
    ...tensors.flatMap(({ name, dims }, i) =>
      dims.length === 1 ? [] : [makeNode('Reshape', [flat[i], builder.ints(dims)], [name])],
    ),
  ];
}
