import { convertIndexedToRgb, decode as decodePng, hasPngSignature } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import { readFileSync } from 'node:fs';
import { unreadable } from './dataFile';
import { DataError } from './errors';

/** Pixels of an image: one byte a channel, planes [C, H, W], C = 1 or 3. */
export interface DecodedImage {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  readonly planes: Uint8Array;
}

/** Larger images are no samples for training, and decoding them takes memory that a hostile file could ask for. */
const mostMegapixels = 100;

/**
 * Decodes a PNG or JPEG file by its content. Palettes are resolved, 16-bit values cut to their upper byte, and alpha is
 * left out. Throws a DataError that names the file when it can't be decoded.
 */
export function decodeImage(path: string): DecodedImage {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
  const isPng = bytes.length > 24 && hasPngSignature(bytes);
  try {
    if (isPng) return decodedPng(bytes);
    if (bytes[0] === 0xff && bytes[1] === 0xd8) return decodedJpeg(bytes);
  } catch (error) {
    throw new DataError(
      `${path} can't be decoded: ${(error as Error).message}.`.replace(/\.+$/, '.'),
      'It is damaged or was cut short; remove it or save it again.',
    );
  }
  throw new DataError(`${path} is neither a PNG nor a JPEG image.`, 'Convert it, or remove it from the folder.');
}

function decodedPng(bytes: Uint8Array): DecodedImage {
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  if (header.getUint32(16) * header.getUint32(20) > mostMegapixels * 1e6) throw new Error('it is too large');
  const image = decodePng(bytes);
  const { width, height } = image;
  if (image.palette) return planesOf(convertIndexedToRgb(image), width, height, image.palette[0].length);
  if (image.depth < 8) return planesOf(unpackedGrey(image.data, width, height, image.depth), width, height, 1);
  const bytesOf = image.data instanceof Uint16Array ? Uint8Array.from(image.data, (value) => value >> 8) : image.data;
  return planesOf(bytesOf, width, height, image.channels);
}

/** Grey values of 1, 2 or 4 bits, each row from a new byte on, spread over 0..255. */
function unpackedGrey(packed: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const most = 2 ** depth - 1;
  const rowBytes = Math.ceil((width * depth) / 8);
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const bit = (i % width) * depth;
    const byte = packed[Math.floor(i / width) * rowBytes + (bit >> 3)];
    return (((byte >> (8 - depth - (bit & 7))) & most) * 255) / most;
  });
}

function decodedJpeg(bytes: Uint8Array): DecodedImage {
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: mostMegapixels,
  });
  return planesOf(data, width, height, 3);
}

/** Interleaved pixels as planes; a second or fourth channel is alpha. RGB that is grey all over stays RGB. */
function planesOf(pixels: ArrayLike<number>, width: number, height: number, stored: number): DecodedImage {
  const channels = stored < 3 ? 1 : 3;
  const plane = width * height;
  if (pixels.length < plane * stored || plane === 0) throw new Error('it ends early');
  const planes = new Uint8Array(channels * plane);
  for (let c = 0; c < channels; c++) for (let p = 0; p < plane; p++) planes[c * plane + p] = pixels[p * stored + c];
  return { channels, height, width, planes };
}

/** The image with another channel count: grey repeated, or the luma of RGB (ITU-R BT.601). */
export function withChannels(image: DecodedImage, channels: 1 | 3): DecodedImage {
  if (image.channels === channels) return image;
  const plane = image.width * image.height;
  const { planes } = image;
  const made = new Uint8Array(channels * plane);
  if (channels === 3) for (let c = 0; c < 3; c++) made.set(planes, c * plane);
  else
    for (let p = 0; p < plane; p++)
      made[p] = Math.round(0.299 * planes[p] + 0.587 * planes[plane + p] + 0.114 * planes[2 * plane + p]);
  return { ...image, channels, planes: made };
}
