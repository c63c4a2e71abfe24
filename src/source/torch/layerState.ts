import type { LayerKind } from '../sourceModel';
import { Tensor, type Dims } from '../values/tensor';
import type { Instance } from '../values/values';
import { type Value } from '../values/values';

/** What a class of layers is. */
export interface LayerSpec {
  readonly op: string;
  readonly kind: LayerKind;
  /** Attributes that hold its settings, under the framework's names. */
  readonly settings: readonly string[];
  /** Part of the path after the module's own, where one module holds several layers. */
  readonly suffix?: string;
}

/** What was seen of one layer while the model ran. */
export class LayerState {
  uses = 0;
  macs = 0;
  input: Dims | undefined;
  output: Dims | undefined;

  constructor(readonly spec: LayerSpec) {}

  reset(): void {
    this.uses = 0;
    this.macs = 0;
    this.input = undefined;
    this.output = undefined;
  }

  copy(): LayerState {
    const copy = new LayerState(this.spec);
    copy.add(this);
    return copy;
  }

  /** Counts the uses of another state after its own. */
  add({ uses, macs, input, output }: LayerState): void {
    if (uses > 0) this.use(input, output, macs, uses);
  }

  /** Counts uses; `macs`, of all of them, may be NaN when a size is unknown. */
  use(input: Dims | undefined, output: Dims | undefined, macs: number, uses = 1): void {
    if (this.uses === 0) {
      this.input = input;
      this.output = output;
    }
    this.uses += uses;
    this.macs += macs;
  }

  /** Takes uses back. */
  take(uses: number, macs: number): void {
    if (this.uses === uses) this.reset();
    else {
      this.uses -= uses;
      this.macs -= macs;
    }
  }
}

export function layerOf(module: Instance): LayerState | undefined {
  return module.state instanceof LayerState ? module.state : undefined;
}

const bare: LayerSpec = { op: 'Parameter', kind: 'linear', settings: [] };

/**
 * Counts a product with a weight for the layer that computes it, which may share the weight of another; for a function of
 * tensors, for the layer that owns the weight.
 */
export function recordUse(weight: Value, input: Value, output: Tensor, macs: number, layer?: Instance): void {
  if (!(weight instanceof Tensor)) return;
  const inputShape = input instanceof Tensor ? input.shape : undefined;
  const own = layer === undefined ? undefined : layerOf(layer);
  if (own !== undefined) {
    own.use(inputShape, output.shape, macs);
    return;
  }
  const parameter = weight.parameter ? weight : weight.origin;
  if (parameter === undefined) return;
  const owner = parameter.owner?.module;
  const state = owner === undefined ? undefined : layerOf(owner);
  if (state !== undefined) state.use(inputShape, output.shape, macs);
  else (parameter.uses ??= new LayerState(bare)).use(inputShape, output.shape, macs);
}
