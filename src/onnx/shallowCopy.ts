import type { Message } from '@bufbuild/protobuf';

/**
 * A message with the same contents but for `changes`, its parts shared with the original: unknown fields come along,
 * and large bytes are not copied as `clone` would.
 */
export function shallowCopy<M extends Message>(message: M, changes: Partial<M>): M {
  const copy = Object.create(Object.getPrototypeOf(message) as object) as M;
  return Object.assign(copy, message, changes);
}
