import { Dict, type Instance, type Value } from './values';

/** `object.__dict__`: what is set in it is an attribute of the object. */
export class AttributesOf extends Dict {
  constructor(
    private readonly object: Instance,
    private readonly put: (name: string, value: Value) => void,
  ) {
    super();
  }
  override get entries(): Map<unknown, { key: Value; value: Value }> {
    return Dict.of(this.object.attributes).entries;
  }
  override get(key: Value): Value | undefined {
    return typeof key === 'string' ? this.object.attributes.get(key) : undefined;
  }
  override has(key: Value): boolean {
    return typeof key === 'string' && this.object.attributes.has(key);
  }
  override set(key: Value, value: Value): void {
    if (typeof key === 'string') this.put(key, value);
  }
  override delete(key: Value): void {
    if (typeof key === 'string') this.object.attributes.delete(key);
  }
}
