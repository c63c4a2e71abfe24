/**
 * Parts of well-known libraries, written in Python for our own evaluation. They stand in where the library itself cannot be read.
 * Their files have names that no disk has.
 */
const files: Readonly<Record<string, string>> = {};

export function preludeFile(path: string): string | undefined {
  return path.startsWith('layerwise:') && Object.hasOwn(files, path) ? files[path] : undefined;
}
