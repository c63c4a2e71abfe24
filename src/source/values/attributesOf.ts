import { Dict, type Value } from './values';

/** `object.__dict__`: what is set in it is an attribute of the object. */
export class AttributesOf extends Dict {
  constructor(private readonly names: Map<string, Value>) {
    super();
  }
  override get entries(): Map<unknown, { key: Value; value: Value }> {
    return Dict.of(this.names).entries;
  }
  override get(key: Value): Value | undefined {
    return typeof key === 'string' ? this.names.get(key) : undefined;
  }
  override has(key: Value): boolean {
    return typeof key === 'string' && this.names.has(key);
  }
  override set(key: Value, value: Value): void {
    if (typeof key === 'string') this.names.set(key, value);
  }
  override delete(key: Value): void {
    if (typeof key === 'string') this.names.delete(key);
  }
}
