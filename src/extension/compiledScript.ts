import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** Bytes before the code: the checksum. */
const headerBytes = 4;

/** Code that grew by less is not worth another file. */
const growth = 1.02;

/**
 * A file of CommonJS that imports nothing, run with the code that V8 compiled in an earlier process: with `require` V8 compiles
 * every function anew when it is first called, which for a large file takes longer than its work.
 */
export class CompiledScript<Exports> {
  private running: Promise<{ script: Script; exports: Exports }> | undefined;
  private source = '';
  /** Size of the code that came from the file. */
  private knownBytes = 0;
  private kept = false;

  /**
   * @param file the script
   * @param codeFile where its compiled code is kept; it need not exist
   */
  constructor(
    private readonly file: string,
    private readonly codeFile: string,
  ) {}

  /**
   * Runs the script, once, and gives what it exports.
   * @throws what reading or running it throws
   */
  async load(): Promise<Exports> {
    return (await (this.running ??= this.run())).exports;
  }

  /**
   * Keeps what was compiled so far for processes to come. Does so once; call it when the script has done its usual work.
   * @throws where the file can't be written
   */
  async keep(): Promise<void> {
    if (this.running === undefined || this.kept) return;
    this.kept = true;
    const { script } = await this.running;
    const code = script.createCachedData();
    if (code.length < this.knownBytes * growth) return;
    const temporary = `${this.codeFile}.${process.pid}`;
    await mkdir(dirname(this.codeFile), { recursive: true });
    try {
      await writeFile(temporary, [checksumOf(this.source, code), code]);
      await rename(temporary, this.codeFile);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  private async run(): Promise<{ script: Script; exports: Exports }> {
    const [text, kept] = await Promise.all([
      readFile(this.file, 'utf8'),
      readFile(this.codeFile).catch(() => undefined),
    ]);
    // On the script's first line, so that places in it stay what they are.
    this.source = `(function (module, exports) {${text}\n})`;
    const code = kept && verified(this.source, kept);
    const script = new Script(this.source, { filename: this.file, ...(code && { cachedData: code }) });
    // Of another version of V8, or of other settings.
    if (code && script.cachedDataRejected !== true) this.knownBytes = code.length;
    const run = script.runInThisContext() as (module: { exports: Exports }, exports: Exports) => void;
    const module = { exports: {} as Exports };
    run(module, module.exports);
    return { script, exports: module.exports };
  }
}

/** The code of a file when it is whole and of this very source: V8 looks at versions and at the length of the source only. */
function verified(source: string, kept: Buffer): Buffer | undefined {
  const code = kept.subarray(headerBytes);
  return checksumOf(source, code).equals(kept.subarray(0, headerBytes)) ? code : undefined;
}

function checksumOf(source: string, code: Uint8Array): Buffer {
  const checksum = Buffer.alloc(headerBytes);
  checksum.writeUInt32LE(crc32(code, crc32(source)));
  return checksum;
}
