/** Stochastic gradient descent with momentum, as PyTorch defines it (no dampening). */
export interface Sgd {
  readonly kind: 'sgd';
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** Added to the gradient as weightDecay x parameter. */
  readonly weightDecay?: number;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2; PyTorch's AdamW). */
export interface AdamW {
  readonly kind: 'adamW';
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** The parameter shrinks by rate x weightDecay in every step. */
  readonly weightDecay?: number;
}

export type Optimizer = Sgd | AdamW;

/** Parameters that are updated alike, with a learning rate (and, where there are several groups, a gate) of their own. */
export interface ParameterGroup {
  readonly name: string;
  /** Weights of the forward model. */
  readonly parameters: readonly string[];
  readonly optimizer: Optimizer;
  /** Leave parameters of rank 0 and 1 (biases, BatchNormalization) out of the weight decay. */
  readonly decayMatricesOnly?: boolean;
}

/** Names of the per-parameter state that an optimiser keeps beside each parameter. */
export function momentNames(optimizer: Optimizer): readonly string[] {
  if (optimizer.kind === 'adamW') return ['mean', 'square'];
  return (optimizer.momentum ?? 0) > 0 ? ['momentum'] : [];
}

/** The scalar values that steer one group in one step; computed once for all its parameters. */
export interface GroupScalars {
  /** Learning rate, float32; 0 when the group is idle. */
  readonly rate: string;
  /** Bool; `undefined` when the group is never idle. */
  readonly gate: string | undefined;
  /** Steps this group has taken, this one included, float32. */
  readonly count: string;
}

export interface Update {
  readonly parameter: string;
  /** In the order of `momentNames`. */
  readonly moments: readonly string[];
}
