import type { Resource } from './space';

/** The logits and weights are trained in turn: which of the two a step moved. */
export type Phase = 'weights' | 'logits';

/** What a search tells while it works. */
export type SearchEvent =
  | {
      /** The rise of the loss was measured for one more choice. */
      readonly kind: 'measured';
      readonly done: number;
      readonly total: number;
      readonly site: string;
    }
  | {
      readonly kind: 'step';
      readonly epoch: number;
      /** Steps done, this one included. */
      readonly step: number;
      readonly steps: number;
      readonly phase: Phase;
      readonly loss: number;
      readonly temperature: number;
      readonly budgets: readonly BudgetState[];
    }
  | {
      /** Selection probabilities of every site, in the order of its choices. */
      readonly kind: 'probabilities';
      readonly epoch: number;
      readonly step: number;
      readonly sites: readonly { readonly site: string; readonly probabilities: readonly number[] }[];
    };

/** Where a budget stands in the differentiable search. */
export interface BudgetState {
  readonly resource: Resource;
  /** Expected cost of the whole model as a share of the budget. */
  readonly expected: number;
  /** Dual variable of the budget: the price of exceeding it. */
  readonly multiplier: number;
}

export type SearchListener = (event: SearchEvent) => void;
