import { copyDict } from '../evaluate/methods';
import { Tensor } from '../values/tensor';
import { Dict, Instance, List, PySet, Tuple, type Value } from '../values/values';
import { LayerState } from './layerState';

/** `copy.copy` and `copy.deepcopy`. Layers in a deep copy count for themselves; they were made where the original was. */
export function cloned(value: Value, deep: boolean, seen = new Map<Value, Value>()): Value {
  const known = seen.get(value);
  if (known !== undefined) return known;
  const inner = (item: Value): Value => (deep ? cloned(item, true, seen) : item);
  if (value instanceof List) {
    const copy = new List([]);
    seen.set(value, copy);
    copy.items = value.items.map(inner);
    return copy;
  }
  if (value instanceof Tuple) return deep ? new Tuple(value.items.map(inner), value.named) : value;
  if (value instanceof PySet) return new PySet(value.entries.values());
  if (value instanceof Dict) {
    if (!deep) return copyDict(value);
    const copy = new Dict();
    seen.set(value, copy);
    copy.missing = value.missing;
    copy.cls = value.cls;
    if (value.attributes !== undefined)
      copy.attributes = new Map([...value.attributes].map(([name, item]) => [name, inner(item)]));
    for (const { key, value: item } of value.entries.values()) copy.set(key, inner(item));
    return copy;
  }
  if (value instanceof Tensor && deep) {
    const copy = new Tensor(value.shape, value.dtype, value.data, value.parameter);
    copy.madeAt = value.madeAt;
    seen.set(value, copy);
    if (value.owner !== undefined) {
      const module = seen.get(value.owner.module);
      copy.owner = { module: module instanceof Instance ? module : value.owner.module, name: value.owner.name };
    }
    return copy;
  }
  if (value instanceof Instance) {
    const copy = new Instance(value.cls, value.madeAt);
    seen.set(value, copy);
    copy.state = value.state instanceof LayerState ? new LayerState(value.state.spec) : value.state;
    for (const [name, item] of value.attributes) copy.attributes.set(name, inner(item));
    return copy;
  }
  return value;
}
