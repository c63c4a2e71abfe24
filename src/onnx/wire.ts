/** The protobuf wire format, as far as it is needed to walk over a file without reading it. */

export const wireType = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Encodes an unsigned number below 2^53 as a varint. */
export function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  while (value > 127) {
    bytes.push((value % 128) | 128);
    value = Math.floor(value / 128);
  }
  bytes.push(value);
  return Uint8Array.from(bytes);
}

/** The tag and length that go before a length-delimited field. */
export function fieldHeader(field: number, length: number): Uint8Array {
  const tag = encodeVarint(field * 8 + wireType.bytes);
  const size = encodeVarint(length);
  const header = new Uint8Array(tag.length + size.length);
  header.set(tag);
  header.set(size, tag.length);
  return header;
}
