import type { Rule, RuleTable } from '../rule';

/** Rules for the operators of the blocked domain, by `domain:Operator`. */
export const blockedRules: RuleTable = new Map<string, Rule>();
