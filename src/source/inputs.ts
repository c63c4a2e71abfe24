import { indexOf } from './evaluate/moduleIndex';
import { imagesOf } from './imageSets';
import type { Machine } from './evaluate/machine';
import type { AnalysisOptions, InputOrigin } from './sourceModel';
import { ofText, placementAt, type ParsedFile, type Placement } from './syntax/parse';
import { sizeIn, sizeWord } from './writtenSizes';
import { isKeras } from './keras/layer';
import { declaredInputs } from './keras/models';
import { layerOf } from './torch/layerState';
import { asNumber, asNumbers } from './torch/shapes';
import { Tensor } from './values/tensor';
import { FunctionValue, List, Tuple, type Instance, type Value } from './values/values';

/** Shapes of the inputs to try, and where they come from. */
export interface InputCandidate {
  readonly shapes: readonly (readonly number[])[];
  readonly origin: InputOrigin;
  readonly note: string;
  /** Where in the file it stands. */
  readonly place?: Placement;
}

/** Candidates for a model of these modules, itself the first; best first. One from an option or a comment is the only one. */
export function inputCandidates(
  machine: Machine,
  parsed: ParsedFile,
  modules: readonly Instance[],
  options: AnalysisOptions,
  comment: readonly (readonly number[])[] | undefined,
): InputCandidate[] {
  if (options.inputs !== undefined && options.inputs.length > 0)
    return [{ shapes: options.inputs, origin: 'option', note: 'given' }];
  if (comment !== undefined) return [{ shapes: comment, origin: 'comment', note: 'from the comment' }];
  const [model] = modules;
  const candidates: InputCandidate[] = [];
  const example = machine.examples.get(model);
  if (example !== undefined) {
    const given = example.filter((value) => value instanceof Tensor).map(({ shape }) => shape);
    const shapes = sequencesFirst(modules) ? given.map(oneSequence) : oneOfEach(given);
    if (shapes.length > 0 && !shapes.flat().some(Number.isNaN))
      candidates.push({ shapes, origin: 'example', note: 'from the call of the model in this file' });
  }
  if (isKeras(model.cls)) {
    const stated = declaredInputs(model);
    if (stated !== undefined)
      candidates.push({ shapes: stated.map(oneSample), origin: 'declared', note: 'input_shape of the model' });
    candidates.push(...imagesOf(parsed, (channels, height, width) => [1, height, width, channels]));
    for (const size of [224, 32, 28])
      candidates.push({ shapes: [[1, size, size, size === 28 ? 1 : 3]], origin: 'default', note });
    return candidates;
  }
  const one = sequencesFirst(modules) ? oneSequence : oneSample;
  candidates.push(...writtenExamples(parsed).map((each) => ({ ...each, shapes: each.shapes.map(one) })));
  const first = firstLayer(modules);
  candidates.push(...declared(modules, first));
  // A recurrent layer may read the rows of an image.
  const images = trainedOn(parsed, first);
  candidates.push(...(isRecurrent(first) ? [...usual(first), ...images] : [...images, ...usual(first)]));
  return candidates;
}

/** For batch 1. */
function oneSample(shape: readonly number[]): number[] {
  return shape.length > 1 ? [1, ...shape.slice(1)] : [...shape];
}

/** For one sequence, whose steps are the first dimension. */
function oneSequence(shape: readonly number[]): number[] {
  return shape.length > 1 ? [shape[0], 1, ...shape.slice(2)] : [...shape];
}

/** Whether the model begins with a recurrent layer that has the steps of its sequences first, as PyTorch does by default. */
function sequencesFirst(modules: readonly Instance[]): boolean {
  const first = modules.find(hasProduct);
  return first?.own('batch_first') === false && isRecurrent(firstLayer(modules));
}

/** For batch 1; numbers that go with the samples, such as time steps and labels, become one as well. */
function oneOfEach(shapes: readonly (readonly number[])[]): number[][] {
  const batches = new Set(shapes.filter(({ length }) => length > 1).map(([batch]) => batch));
  return shapes.map((shape) => (shape.length === 1 && batches.has(shape[0]) ? [1] : oneSample(shape)));
}

const sizes = String.raw`[([]?\s*((?:${sizeWord})(?:\s*,\s*(?:${sizeWord})){1,4})(?=\s*,?\s*[)\]]|\s*,\s*\w+\s*=)`;

/**
 * `torch.randn(1, 3, 32, 32)` and its like anywhere in the text, with sizes that it tells; then `torch.randint(0, words, (1, 64))`,
 * and what tools that sum up a network are given.
 */
const writtenExamples = ofText((parsed) => {
  const sized = new RegExp(String.raw`\btorch\.(?:randn|rand|zeros|ones|empty)\(\s*(?:size\s*=\s*)?${sizes}`, 'g');
  const between = new RegExp(String.raw`\btorch\.randint\([^()]*,\s*(?:size\s*=\s*)?(?=[([])${sizes}`, 'g');
  const summed = new RegExp(
    String.raw`\b(?:summary|get_model_complexity_info)\(\s*[\w.]+\s*,\s*(?:input_size\s*=\s*)?(?=[([])${sizes}`,
    'g',
  );
  // torchinfo is told the batch as well.
  const batch = /\btorchinfo\b/.test(parsed.text) ? [] : [1];
  return [...examplesLike(parsed, sized), ...examplesLike(parsed, between), ...examplesLike(parsed, summed, batch)];
});

/** All that the text tells of inputs without being part of a model: where it differs, models are evaluated anew. */
export const writtenInputs = ofText((parsed) => ({
  key: JSON.stringify(
    [...writtenExamples(parsed), ...imagesOf(parsed, (...sizes) => sizes)].map(({ shapes, note }) => [shapes, note]),
  ),
}));

function examplesLike(parsed: ParsedFile, pattern: RegExp, before: readonly number[] = []): InputCandidate[] {
  const found: InputCandidate[] = [];
  const sizeOf = sizeIn(parsed);
  for (const match of parsed.text.matchAll(pattern)) {
    // How many samples there are does not matter.
    const shape = match[1].split(',').map((word, at) => sizeOf(word.trim()) ?? (at + before.length === 0 ? 1 : NaN));
    const line = parsed.text.slice(parsed.text.lastIndexOf('\n', match.index) + 1, match.index);
    // Weights and position embeddings are made the same way.
    if (/Parameter|register_buffer|#/.test(line) || shape.some(Number.isNaN)) continue;
    const name = match[0].slice(0, match[0].indexOf('('));
    // States of recurrent networks begin with zeros of sizes that have names.
    if (/zeros|ones|empty/.test(name) && /[A-Za-z]/.test(match[1])) continue;
    found.push({
      shapes: [[...before, ...shape]],
      origin: 'example',
      note: name,
      place: placementAt(parsed, match.index),
    });
  }
  return found;
}

const sizeNames = ['image_size', 'img_size', 'input_size', 'resolution', 'input_resolution', 'im_size'];

/** A size that the model keeps as an attribute. */
function declared(modules: readonly Instance[], first: FirstLayer | undefined): InputCandidate[] {
  // Of a layer such as LSTM these names mean something else.
  for (const module of modules.filter(({ cls }) => cls.node !== undefined)) {
    for (const name of sizeNames) {
      const value = module.own(name);
      if (value === undefined || value === null) continue;
      if (!(typeof value === 'number' || value instanceof Tuple || value instanceof List)) continue;
      const sizes = asNumbers(value).slice(-2);
      const [height, width = height] = sizes;
      if (!(height > 0 && width > 0)) continue;
      // A linear layer at the beginning gets patches of the image.
      const channels = first?.op.startsWith('Conv') === true ? first.inputs : 3;
      return [{ shapes: [[1, channels, height, width]], origin: 'declared', note: `${name} of the model` }];
    }
  }
  return [];
}

/** Images that the file reads, for a model that begins as those for images do. */
function trainedOn(parsed: ParsedFile, first: FirstLayer | undefined): InputCandidate[] {
  if (first?.op !== 'Conv2d' && first?.op !== 'Linear' && !isRecurrent(first)) return [];
  return imagesOf(parsed, (channels, height, width) => [
    1,
    first?.op === 'Conv2d' && first.inputs > 0 ? first.inputs : channels,
    height,
    width,
  ]);
}

function hasProduct(module: Instance): boolean {
  const spec = layerOf(module)?.spec;
  return spec !== undefined && spec.kind !== 'elementwise';
}

function isRecurrent(first: FirstLayer | undefined): boolean {
  return /^(LSTM|GRU|RNN)/.test(first?.op ?? '');
}

/** The first layer with a product, or a look-up, and the size of its input: channels or features; NaN when it is not known. */
interface FirstLayer {
  readonly op: string;
  readonly inputs: number;
}

function firstLayer(modules: readonly Instance[]): FirstLayer | undefined {
  for (const module of modules) {
    const spec = layerOf(module)?.spec;
    if (spec === undefined || !hasProduct(module)) continue;
    const names = ['in_channels', 'in_features', 'input_size', 'embed_dim'];
    const name = names.find((candidate) => module.own(candidate) !== undefined);
    return { op: spec.op, inputs: name === undefined ? NaN : asNumber(module.own(name)) };
  }
  return undefined;
}

const note = 'usual size';

/** What networks usually get, by their first layer. */
function usual(first: FirstLayer | undefined): InputCandidate[] {
  const shapes: number[][] = [];
  const channels = first === undefined || Number.isNaN(first.inputs) ? 3 : first.inputs;
  const images = (channels === 1 ? [28, 32, 224] : [224, 32, 299]).concat(28, 64, 96, 128, 256, 384, 512);
  if (first?.op.endsWith('1d')) {
    for (const length of [1024, 128, 16000]) shapes.push([1, channels, length]);
    // Sounds without a dimension for their one channel, and sequences with their features last.
    shapes.push(...(channels === 1 ? [[1, 16000]] : []), [1, 128, channels]);
  } else if (first?.op.endsWith('3d')) shapes.push([1, channels, 16, 112, 112], [1, channels, 32, 32, 32]);
  else if (first?.op === 'Embedding') for (const length of [128, 64, 32, 16, 8]) shapes.push([1, length]);
  else if (isRecurrent(first)) shapes.push([1, 32, channels], [1, channels]);
  else if (first?.op === 'Linear' || first?.op === 'Bilinear' || first?.op === 'MultiheadAttention') {
    shapes.push([1, channels], [1, 16, channels]);
    for (const depth of [1, 3]) {
      const side = Math.sqrt(channels / depth);
      if (Number.isInteger(side)) shapes.push([1, depth, side, side]);
    }
    for (const size of [224, 32, 28]) shapes.push([1, 3, size, size]);
  } else for (const size of images) shapes.push([1, channels, size, size]);
  return shapes.map((shape) => ({ shapes: [shape], origin: 'default', note }));
}

/** Names of the arguments that `forward` must be given; one at least. */
export function requiredInputs(forward: Value | undefined): readonly string[] {
  if (!(forward instanceof FunctionValue)) return ['input'];
  const required = forward.parameters.filter(
    ({ star, keywordOnly }, at) => at > 0 && star === '' && !keywordOnly && forward.defaults[at] === undefined,
  );
  return required.length === 0 ? ['input'] : required.map(({ name }) => name);
}

/** States and masks have shapes of their own. */
const ofOwnShape = /hidden|state|mask|memory|cache|cell|^(h|c|hx|cx|h0|c0|hc)$/;

/** One number for each sample: lengths, labels, steps of time. */
const perSample = /len(gth)?s?$|^(t|time|times|timesteps?|step|steps|sigmas?|labels?|class(es)?|targets?)$|_labels?$/;

/**
 * A candidate for the first input with what the others of a model may be: one number for each sample by its name, else like the
 * first, or the first in parts.
 */
export function withOtherInputs(candidate: InputCandidate, names: readonly string[]): InputCandidate[] {
  const [first] = candidate.shapes;
  const [, ...others] = names;
  if (candidate.shapes.length !== 1 || others.length === 0 || candidate.origin === 'option') return [];
  if (others.some((name) => ofOwnShape.test(name))) return [];
  const alike = others.map((name) => (perSample.test(name) ? [first[0]] : first));
  const [batch, channels, ...places] = first;
  const part = [batch, channels / names.length, ...places];
  const divides = places.length > 0 && Number.isInteger(part[1]) && alike.every((shape) => shape === first);
  return [[first, ...alike], ...(divides ? [names.map(() => part)] : [])].map((shapes) => ({ ...candidate, shapes }));
}

/** Directives `# layerwise: input=1x3x32x32 entry=Net` with the definition that follows them, if one does at once. */
export interface Directive {
  readonly entry?: string;
  readonly inputs?: readonly (readonly number[])[];
  readonly definition?: string;
}

export function directivesOf(parsed: ParsedFile): Directive[] {
  return parsed.comments.map(({ from, text }) => {
    const entry = /\bentry\s*[=: ]\s*((?:[\w.]+)(?:\(.*\))?)/.exec(text)?.[1];
    const inputs = [...text.matchAll(/\binput\s*[=: ]\s*(\d+(?:\s*[x,]\s*\d+)*)/g)].map((match) =>
      match[1].split(/\s*[x,]\s*/).map(Number),
    );
    return {
      entry,
      inputs: inputs.length === 0 ? undefined : inputs,
      definition: definitionAt(parsed, from),
    };
  });
}

/** The definition whose header holds the comment or follows on the next line (decorators aside). */
function definitionAt(parsed: ParsedFile, from: number): string | undefined {
  const line = parsed.lineOf(from);
  for (const placed of indexOf(parsed).definitions) {
    const { chunk, name } = placed;
    const first = parsed.lineOf(chunk.start);
    if (line < first - 1 || line > parsed.lineOf(chunk.start + chunk.text.length)) continue;
    const { statement } = placed;
    if (statement.kind !== 'function' && statement.kind !== 'class') continue;
    if (line <= parsed.lineOf(chunk.start + statement.nameTo)) return name;
  }
  return undefined;
}
