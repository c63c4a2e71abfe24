import { collectModules, type Collected } from './collect';
import type { Candidate } from './entryPoints';
import { Machine, type UnknownAt } from './evaluate/machine';
import { GaveUp, Raised } from './evaluate/raised';
import type { Touched } from './evaluate/touched';
import type { Files } from './evaluate/workspace';
import { Workspace } from './evaluate/workspace';
import { Graph, isCallable } from './keras/models';
import { isKeras } from './keras/layer';
import { inputCandidates, requiredInputs, withOtherInputs, type InputCandidate } from './inputs';
import { builtins } from './library/builtins';
import type { AnalysisOptions, Framework } from './sourceModel';
import type { ParsedFile } from './syntax/parse';
import { layerOf } from './torch/layerState';
import { allModules, parametersOf } from './torch/moduleTree';
import { Tensor, type Dims } from './values/tensor';
import { Dict, Instance, List, Tuple, Unknown, type Value } from './values/values';

/** What evaluating one entry gave. Places are nodes, so that it stays valid while its statements only move. */
export interface Evaluated {
  /** What was asked for. */
  readonly asked: Candidate;
  /** With the name that the model is shown under. */
  readonly candidate: Candidate;
  readonly framework: Framework;
  /** Undefined when the entry gave no model. */
  readonly collected?: Collected;
  readonly input?: InputCandidate;
  readonly output?: Dims;
  readonly failure?: string;
  readonly unknown: readonly UnknownAt[];
  /** Uses of what modules have that were not found. */
  readonly missing?: readonly UnknownAt[];
  readonly touched: Touched;
}

export const defaultStepLimit = 1_000_000;

/** Evaluates one entry in a machine of its own. Never throws. */
export function evaluateModel(
  files: Files,
  parsed: ParsedFile,
  asked: Candidate,
  options: AnalysisOptions,
  commentInputs: (name: string) => readonly (readonly number[])[] | undefined,
): Evaluated {
  const workspace = new Workspace(files);
  const machine = new Machine(workspace, builtins, options.stepLimit ?? defaultStepLimit);
  workspace.machine = machine;
  const base = { asked, candidate: asked, framework: 'torch' as const, touched: machine.touched };
  try {
    const globals = workspace.module(parsed.file);
    if (globals === undefined) return { ...base, failure: 'the file cannot be read', unknown: [] };
    machine.chunk = asked.placed.chunk;
    machine.givenInputs = options.inputs ?? commentInputs(asked.name);
    const value = asked.build(machine, globals);
    if (!(value instanceof Instance && value.cls.isModule))
      return { ...base, failure: reasonOf(value), ...machine.places };
    const candidate = { ...asked, ...asked.identify?.(machine, value) };
    const framework = isKeras(value.cls) ? ('keras' as const) : ('torch' as const);
    if (framework === 'keras' && !isCallable(value))
      return { ...base, candidate, framework, failure: `${value.cls.name} has no call`, ...machine.places };
    const { complete = true, ...run } =
      value.state instanceof Graph
        ? runGraph(value.state, machine)
        : runModel(machine, parsed, value, options, commentInputs(candidate.name));
    return {
      ...base,
      candidate,
      framework,
      collected: collectModules(machine, value, { entry: candidate.name, framework }, complete),
      ...run,
      ...machine.places,
    };
  } catch (error) {
    return { ...base, failure: failureOf(error), ...machine.places };
  }
}

function reasonOf(value: Value): string {
  return value instanceof Unknown ? value.reason : 'this is no model';
}

function failureOf(error: unknown): string {
  if (error instanceof Raised || error instanceof GaveUp) return error.reason;
  if (error instanceof RangeError) return 'nested too deeply';
  // Whatever a half-typed file brings up, the editor goes on; the reason is told with the model.
  return `could not be evaluated: ${error instanceof Error ? error.message : String(error)}`;
}

interface Run {
  readonly input?: InputCandidate;
  readonly output?: Dims;
  readonly failure?: string;
  /** Whether all of it is known; by default it is. */
  readonly complete?: boolean;
}

/** A functional Keras model ran when it was put together. */
function runGraph({ inputs, outputs }: Graph, { unknown, missing, lost }: Machine): Run {
  const shapes = inputs.map(({ shape }) => shape);
  const output = shapeOf(outputs);
  const complete = unknown.size + missing.size === 0 && !lost && output !== undefined;
  return { input: { shapes, origin: 'declared', note: 'Input of the model' }, output, complete };
}

/** Runs the model on the first input shape that fits, or on the best one when none does. */
function runModel(
  machine: Machine,
  parsed: ParsedFile,
  model: Instance,
  options: AnalysisOptions,
  comment: readonly (readonly number[])[] | undefined,
): Run {
  const required = requiredInputs(model.cls.lookup(isKeras(model.cls) ? 'call' : 'forward'));
  const modules = allModules(model);
  const candidates = inputCandidates(machine, parsed, modules, options, comment);
  const { lost } = machine;
  const before = [machine.unknown, machine.missing].map((places) => ({ places, known: [...places] }));
  // What a constructor switched to training for a trial run is run for inference all the same.
  for (const module of modules) if (module.own('training') !== undefined) module.attributes.delete('training');
  let best: { candidate: InputCandidate; used: number } | undefined;
  let fresh = machine.examples.size === 0;
  const attempt = (candidate: InputCandidate): { fits: boolean; output?: Dims; complete: boolean } => {
    if (!fresh) resetLayers(allModules(model));
    fresh = false;
    for (const { places, known } of before) {
      places.clear();
      for (const [key, point] of known) places.set(key, point);
    }
    machine.lost = lost;
    const errors = machine.errors;
    let output: Value = null;
    try {
      const positional: Value[] = candidate.shapes.map((shape) => new Tensor(shape));
      while (positional.length < required.length) positional.push(new Unknown('no shape is known for this input'));
      output = machine.callWith(model, ...positional);
    } catch (error) {
      if (!(error instanceof Raised)) throw error;
      machine.errors++;
      machine.note({ from: 0, to: 0 }, error.reason);
    }
    const told = before.some(({ places, known }) => places.size > known.length);
    const complete = !told && !machine.lost && !(output instanceof Unknown);
    return { fits: machine.errors === errors, output: shapeOf(output), complete };
  };
  for (const candidate of candidates) {
    for (const whole of withOtherInputs(candidate, required)) {
      const { fits, ...run } = attempt(whole);
      if (fits && run.complete) return { input: whole, ...run };
    }
    const { fits, ...run } = attempt(candidate);
    if (fits) return { input: candidate, ...run };
    const used = allModules(model).reduce((sum, module) => sum + Math.min(1, layerOf(module)?.uses ?? 0), 0);
    if (best === undefined || used > best.used) best = { candidate, used };
  }
  if (best === undefined) return { failure: 'no input shape is known' };
  const { output, complete } = attempt(best.candidate);
  return { input: best.candidate, output, complete };
}

function resetLayers(modules: readonly Instance[]): void {
  for (const module of modules) {
    layerOf(module)?.reset();
    // Nobody has changed the rest of it.
    if (module.copied !== undefined) continue;
    // Layers of Keras have weights for the shape that they are first called with.
    if (module.cls.tracksLists) module.attributes.delete('built');
    for (const [, tensor] of parametersOf(module)) tensor.uses = undefined;
  }
}

function shapeOf(value: Value): Dims | undefined {
  if (value instanceof Tensor) return value.shape;
  if (value instanceof Tuple || value instanceof List)
    return value.items.map(shapeOf).find((shape) => shape !== undefined);
  if (value instanceof Dict)
    return value
      .values()
      .map(shapeOf)
      .find((shape) => shape !== undefined);
  return undefined;
}
