import { elementsOf, Tensor } from '../../values/tensor';
import { Tuple, type Value } from '../../values/values';
import { recordUse } from '../layerState';
import { linear } from '../products';
import { asNumber, like } from '../shapes';
import { onTensor, type FunctionTable } from './define';

/** Multiply-accumulates of projecting a sequence with a weight of these sizes. */
export function projection(sequence: Value, weight: readonly number[]): number {
  return sequence instanceof Tensor ? elementsOf(sequence.shape.slice(0, -1)) * elementsOf(weight) : NaN;
}

export interface ScoreSettings {
  readonly batchFirst?: boolean;
  /** Keys that are added to those given. */
  readonly added: number;
  /** Heads whose scores are told each. */
  readonly heads?: number;
}

/** How much each place of the query looks at each of the keys. */
export function scores(query: Tensor, key: Value, { batchFirst = false, added, heads }: ScoreSettings): Tensor {
  const batched = query.shape.length > 2;
  const place = batched && batchFirst ? 1 : 0;
  const source = key instanceof Tensor ? key.shape[place] : NaN;
  return new Tensor([
    ...(batched ? [query.shape[1 - place]] : []),
    ...(heads === undefined ? [] : [heads]),
    query.shape[place],
    source + added,
  ]);
}

export const attentionFunctions: FunctionTable = {
  multi_head_attention_forward: onTensor(
    'query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn, ' +
      'dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True, attn_mask=None, ' +
      'use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None, ' +
      'static_v=None, average_attn_weights=True, is_causal=False',
    (query, bound) => {
      const { key, value, in_proj_weight } = bound;
      const width = asNumber(bound.embed_dim_to_check);
      const inner = like(query, [...query.shape.slice(0, -1), width]);
      if (bound.use_separate_proj_weight === true) {
        linear(query, bound.q_proj_weight);
        linear(key, bound.k_proj_weight);
        linear(value, bound.v_proj_weight);
      } else {
        const same = query === key && key === value;
        const projected = same ? like(query, [...query.shape.slice(0, -1), 3 * width]) : inner;
        const macs = [query, key, value].reduce<number>((sum, part) => sum + projection(part, [width, width]), 0);
        recordUse(in_proj_weight, query, projected, macs);
      }
      const added = Number(bound.bias_k !== null) + Number(bound.add_zero_attn === true);
      const heads = bound.average_attn_weights === false ? asNumber(bound.num_heads) : undefined;
      return new Tuple([
        linear(inner, bound.out_proj_weight),
        bound.need_weights === false ? null : scores(query, key, { added, heads }),
      ]);
    },
  ),
};
