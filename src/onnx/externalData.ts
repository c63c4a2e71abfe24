import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { ModelFileError } from './errors';
import type { TensorProto } from './generated/onnx_pb';
import { bitsPerElement } from './tensorProto';
import type { ByteRange } from './weight';

/**
 * Where the elements of an external tensor lie. The file must be inside the model's folder, symbolic links followed:
 * a model from elsewhere must not make us read other files.
 */
export function resolveExternalData(proto: TensorProto, folder: string): ByteRange {
  const entry = (key: string): string | undefined => proto.externalData.find((item) => item.key === key)?.value;
  const location = entry('location');
  if (!location)
    throw new ModelFileError(
      `Tensor ${proto.name} says that its data is external but not where.`,
      'Export the model again.',
    );
  const path = resolve(folder, location);
  const inside = (base: string, target: string): boolean => {
    const way = relative(base, target);
    return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  };
  if (
    isAbsolute(location) ||
    !inside(folder, path) ||
    (existsSync(path) && !inside(realpathSync(folder), realpathSync(path)))
  ) {
    throw new ModelFileError(
      `Tensor ${proto.name} points to ${location}, outside the model's folder.`,
      'Put the weights file beside the model and refer to it by its name.',
    );
  }
  if (!existsSync(path)) {
    throw new ModelFileError(
      `The weights file ${location} that the model refers to is missing.`,
      `Put it into ${folder}.`,
    );
  }
  const offset = Number(entry('offset') ?? 0);
  const elements = proto.dims.reduce((product, dim) => product * Number(dim), 1);
  const length = Number(entry('length') ?? Math.ceil((elements * bitsPerElement(proto.dataType)) / 8));
  const size = statSync(path).size;
  if (!(offset >= 0) || offset + length > size) {
    throw new ModelFileError(
      `Tensor ${proto.name} should lie at bytes ${offset} to ${offset + length} of ${location}, which has ${size}.`,
      'The weights file does not belong to this model or was cut short.',
    );
  }
  return { path, offset, length };
}
