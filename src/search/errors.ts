import type { Resource } from './space';

/** A budget that can't be understood or used. The message is one sentence for the user; `hint` says what to do next. */
export class BudgetError extends Error {
  constructor(
    message: string,
    readonly hint: string,
    readonly resource: Resource,
  ) {
    super(message);
    this.name = 'BudgetError';
  }

  static is(error: unknown): error is BudgetError {
    return error instanceof Error && (error.name === 'BudgetError' || error.name === 'InfeasibleBudgetError');
  }
}

/** No plan of the space meets the budget. */
export class InfeasibleBudgetError extends BudgetError {
  constructor(
    message: string,
    hint: string,
    resource: Resource,
    /** The smallest cost of the whole model that any plan reaches, in the budget's unit. */
    readonly least: number,
    /** A budget that can be met, as the user would write it. */
    readonly reachable: string,
  ) {
    super(message, hint, resource);
    this.name = 'InfeasibleBudgetError';
  }

  static override is(error: unknown): error is InfeasibleBudgetError {
    return error instanceof Error && error.name === 'InfeasibleBudgetError';
  }
}

/** A plan that can't be read or does not fit its model. */
export class PlanError extends Error {
  constructor(
    message: string,
    readonly hint: string,
    /** Where in the plan, e.g. `sites.conv2.choice.rank`. */
    readonly field?: string,
  ) {
    super(message);
    this.name = 'PlanError';
  }

  static is(error: unknown): error is PlanError {
    return error instanceof Error && error.name === 'PlanError';
  }
}

/** A setting of a search that is not known or out of range. */
export class SettingError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'SettingError';
  }

  static is(error: unknown): error is SettingError {
    return error instanceof Error && error.name === 'SettingError';
  }
}
