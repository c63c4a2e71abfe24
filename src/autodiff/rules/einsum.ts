import { stringAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { UnsupportedOperatorError } from '../errors';
import type { Rule } from '../rule';
import type { RuleEntry } from './entry';
import { Formula } from './formula';

interface Equation {
  readonly terms: readonly string[];
  readonly result: string;
}

/** The labels of an Einsum node. Throws for ellipses and for labels that one term repeats (diagonals). */
function equationOf(node: NodeProto): Equation {
  const text = stringAttribute(node, 'equation', '').replaceAll(' ', '');
  if (text.includes('.')) throw new UnsupportedOperatorError(node, 'an ellipsis has no rule');
  const [left, right] = text.split('->');
  const terms = left.split(',');
  if (terms.some((term) => new Set(term).size < term.length)) {
    throw new UnsupportedOperatorError(node, 'diagonals have no rule');
  }
  // Without an arrow the result has the labels that occur once, in alphabetical order.
  const once = [...left.replaceAll(',', '')].filter((label, _, all) => all.filter((l) => l === label).length === 1);
  return { terms, result: right ?? once.sort().join('') };
}

/** Einsum: the gradient of a factor is the sum of products of the result's gradient and the other factors. */
const einsum: Rule = {
  backward(node, scope) {
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, node.output[0]);
    const { terms, result } = equationOf(node);
    for (const [i, input] of node.input.entries()) {
      if (!scope.wants(input)) continue;
      const others = node.input.filter((_, j) => j !== i);
      const otherTerms = terms.filter((_, j) => j !== i);
      const known = [result, ...otherTerms].join('');
      const { dims } = scope.shape(input);
      // Labels of this factor alone were summed away: every element along them gets the same gradient.
      const kept = [...terms[i]].filter((label) => known.includes(label)).join('');
      const equation = `${[result, ...otherTerms].join()}->${kept}`;
      const product = scope.builder.op('Einsum', [dY, ...others], { equation });
      if (kept === terms[i]) scope.accumulate(input, product);
      else {
        const ones = dims.map((dim, axis) => (known.includes(terms[i][axis]) ? dim : 1));
        scope.accumulate(input, f.expand(f.reshape(product, ones), dims));
      }
    }
  },
};

export const einsumRules: readonly RuleEntry[] = [['Einsum', einsum]];
