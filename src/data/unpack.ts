import { Gunzip, Unzip, UnzipInflate, UnzipPassThrough } from 'fflate';
import { openDataFile, TemporaryFile, type DataFile } from './dataFile';
import { DataError } from './errors';

/** Packed files are read in pieces of this size. */
const chunkBytes = 1 << 18;

/** Opens a file, unpacked to a temporary file when its name ends in .gz. */
export function openMaybeGzip(path: string): DataFile {
  return path.endsWith('.gz') ? gunzip(path) : openDataFile(path);
}

function gunzip(path: string): DataFile {
  const unpacked = new TemporaryFile();
  try {
    const stream = new Gunzip((chunk) => unpacked.write(chunk));
    pump(path, (chunk, last) => stream.push(chunk, last));
    return unpacked.asDataFile(path);
  } catch (error) {
    unpacked.close();
    throw DataError.is(error) ? error : damaged(path, 'gzip');
  }
}

/**
 * Unpacks the members of a zip archive that `wants` says yes to, each to a temporary file.
 * Throws a DataError when the archive is damaged.
 */
export function unzip(path: string, wants: (name: string) => boolean): Map<string, DataFile> {
  const temporary = new Map<string, TemporaryFile>();
  const finished = new Set<string>();
  let found = 0;
  const archive = new Unzip((member) => {
    found++;
    if (!wants(member.name)) return;
    const unpacked = new TemporaryFile();
    temporary.set(member.name, unpacked);
    member.ondata = (error, chunk, last) => {
      if (error) throw error;
      unpacked.write(chunk);
      if (last) finished.add(member.name);
    };
    member.start();
  });
  checkEnd(path);
  archive.register(UnzipInflate);
  archive.register(UnzipPassThrough);
  try {
    pump(path, (chunk, last) => archive.push(chunk, last));
    if (found === 0 || finished.size < temporary.size) throw damaged(path, 'zip');
    return new Map([...temporary].map(([name, file]) => [name, file.asDataFile(`${path}/${name}`)]));
  } catch (error) {
    for (const file of temporary.values()) file.close();
    throw DataError.is(error) ? error : damaged(path, 'zip');
  }
}

/** Bytes of the record at the end of a zip archive, without its comment (APPNOTE.TXT 4.3.16). */
const zipEndBytes = 22;

/** Throws for an archive without the record that ends it: it was cut short. */
function checkEnd(path: string): void {
  const file = openDataFile(path);
  try {
    const tail = new Uint8Array(Math.min(file.length, zipEndBytes + 0xffff));
    file.read(file.length - tail.length, tail);
    const end = Buffer.from(tail).lastIndexOf('PK\x05\x06', undefined, 'latin1');
    if (end < 0 || end + zipEndBytes > tail.length) throw damaged(path, 'zip');
  } finally {
    file.close();
  }
}

function pump(path: string, push: (chunk: Uint8Array, last: boolean) => void): void {
  const file = openDataFile(path);
  try {
    let at = 0;
    do {
      const chunk = new Uint8Array(Math.min(chunkBytes, file.length - at));
      file.read(at, chunk);
      at += chunk.length;
      push(chunk, at === file.length);
    } while (at < file.length);
  } finally {
    file.close();
  }
}

function damaged(path: string, format: string): DataError {
  return new DataError(`${path} is not a whole ${format} file.`, 'Download or save it again.');
}
