import { Tensor } from '../values/tensor';
import { Dict, List, Tuple, Unknown, type Instance, type Value } from '../values/values';

/** Where a tensor came from. */
interface Source {
  readonly layer: Instance | undefined;
  readonly inputs: readonly Tensor[];
  /** Something else than these may have taken part. */
  readonly open: boolean;
}

/**
 * What was computed from what while functional models are put together: a model is made of the layers on the ways from its
 * inputs to its outputs, as in Keras.
 */
export class Trace {
  /** Set with the first `Input`: before it, and in models of other frameworks, nothing is noted. */
  active = false;
  private readonly sources = new Map<Tensor, Source>();
  /** In the order of their first calls. */
  private readonly layers: Instance[] = [];
  /** So many of them were called before the last model was made. */
  private before = 0;

  called(layer: Instance): void {
    if (!this.layers.includes(layer)) this.layers.push(layer);
  }

  /**
   * Notes what came of an operation or of a layer, and returns it. What is known already, such as an input that is passed on,
   * keeps its source.
   */
  note<T extends Value>(result: T, given: readonly Value[], layer?: Instance): T {
    if (!this.active) return result;
    const made = tensorsOf(result).filter((tensor) => !this.sources.has(tensor));
    if (made.length === 0) return result;
    const inputs = given.flatMap(tensorsOf);
    const source = { layer, inputs, open: inputs.length === 0 || given.some(holdsUnknown) };
    for (const tensor of made) this.sources.set(tensor, source);
    return result;
  }

  /**
   * The layers between the inputs and the outputs of a model, in the order of their calls. Where the way back is lost, all that
   * were called since the last model count as well.
   */
  between(inputs: readonly Tensor[], outputs: readonly Tensor[]): Instance[] {
    const found = new Set<Instance>();
    const seen = new Set(inputs);
    const open = [...outputs];
    let lost = outputs.length === 0;
    for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
      if (seen.has(tensor)) continue;
      seen.add(tensor);
      const source = this.sources.get(tensor);
      lost ||= source?.open ?? true;
      if (source === undefined) continue;
      if (source.layer !== undefined) found.add(source.layer);
      open.push(...source.inputs);
    }
    const { before } = this;
    this.before = this.layers.length;
    return this.layers.filter((layer, at) => found.has(layer) || (lost && at >= before));
  }
}

export function tensorsOf(value: Value | undefined): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (value instanceof List || value instanceof Tuple) return value.items.flatMap(tensorsOf);
  if (value instanceof Dict) return value.values().flatMap(tensorsOf);
  return [];
}

export function holdsUnknown(value: Value): boolean {
  if (value instanceof Unknown) return true;
  if (value instanceof List || value instanceof Tuple) return value.items.some(holdsUnknown);
  return value instanceof Dict && value.values().some(holdsUnknown);
}
