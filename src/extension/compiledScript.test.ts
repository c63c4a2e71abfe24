import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CompiledScript } from './compiledScript';

interface Exports {
  readonly answer: () => number;
}

let folder: string;
let file: string;
let codeFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerwise-compiled-'));
  [file, codeFile] = [join(folder, 'script.js'), join(folder, 'kept', 'code')];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A script of many functions, so that the compiled code of them weighs something; they are compiled when they are called. */
function sourceThatAnswers(number: number): string {
  const functions = Array.from({ length: 50 }, (_, at) => `function f${at}(x) { return x + ${at} - ${at}; }`);
  const calls = functions.map((_, at) => `f${at}(`).join('');
  return `${functions.join('\n')}\nmodule.exports = { answer: () => ${calls}${number}${')'.repeat(50)} };`;
}

function script(): CompiledScript<Exports> {
  return new CompiledScript<Exports>(file, codeFile);
}

it('gives what the script exports and runs it once', async () => {
  writeFileSync(
    file,
    'globalThis.timesRun = (globalThis.timesRun ?? 0) + 1;\nexports.answer = () => globalThis.timesRun;',
  );
  const one = script();
  expect((await one.load()).answer()).toBe(1);
  expect((await one.load()).answer()).toBe(1);
});

it('keeps code, runs with it and keeps it again only when it has grown', async () => {
  writeFileSync(file, sourceThatAnswers(42));
  const first = script();
  await first.load();
  await first.keep();
  const before = readFileSync(codeFile);
  const second = script();
  expect((await second.load()).answer()).toBe(42);
  await second.keep();
  const grown = readFileSync(codeFile);
  expect(grown.length).toBeGreaterThan(before.length * 1.1);
  const third = script();
  expect((await third.load()).answer()).toBe(42);
  const { ino } = statSync(codeFile);
  await third.keep();
  expect(statSync(codeFile).ino).toBe(ino);
});

it('keeps code once', async () => {
  writeFileSync(file, sourceThatAnswers(42));
  const one = script();
  await one.keep();
  await one.load();
  await one.keep();
  rmSync(codeFile);
  await one.keep();
  expect(existsSync(codeFile)).toBe(false);
});

/** Keeps the code of a script that answers 42, all of it compiled, and writes one of the same length in its place. */
async function replaced(): Promise<void> {
  writeFileSync(file, sourceThatAnswers(42));
  const before = script();
  (await before.load()).answer();
  await before.keep();
  writeFileSync(file, sourceThatAnswers(43));
}

it('does not run the code of another script of the same length', async () => {
  await replaced();
  const after = script();
  expect((await after.load()).answer()).toBe(43);
  await after.keep();
  expect((await script().load()).answer()).toBe(43);
});

it('runs the kept code, not the source anew', async () => {
  await replaced();
  // As V8 looks at the length of the source only, code that claims to be of the new script shows whether it is run.
  const code = readFileSync(codeFile).subarray(4);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(code, crc32(`(function (module, exports) {${sourceThatAnswers(43)}\n})`)));
  writeFileSync(codeFile, Buffer.concat([checksum, code]));
  expect((await script().load()).answer()).toBe(42);
});

it('compiles anew where the kept code is damaged, cut off or empty', async () => {
  await replaced();
  const whole = readFileSync(codeFile);
  const damaged = Buffer.from(whole);
  damaged[whole.length >> 1] ^= 1;
  for (const kept of [damaged, whole.subarray(0, whole.length >> 1), Buffer.alloc(3), Buffer.alloc(0)]) {
    writeFileSync(file, sourceThatAnswers(42));
    writeFileSync(codeFile, kept);
    const one = script();
    expect((await one.load()).answer()).toBe(42);
    await one.keep();
    expect(readFileSync(codeFile).equals(kept)).toBe(false);
  }
});

it('works where nothing can be kept, and leaves nothing behind', async () => {
  writeFileSync(file, sourceThatAnswers(42));
  mkdirSync(codeFile, { recursive: true });
  writeFileSync(join(codeFile, 'in the way'), '');
  const one = script();
  expect((await one.load()).answer()).toBe(42);
  await expect(one.keep()).rejects.toThrow();
  expect(readdirSync(join(folder, 'kept'))).toEqual(['code']);
});

it('tells what running the script throws, and keeps nothing of it', async () => {
  writeFileSync(file, 'throw new Error("of the script");');
  const one = script();
  await expect(one.load()).rejects.toThrow('of the script');
  await expect(one.keep()).rejects.toThrow('of the script');
  expect(existsSync(codeFile)).toBe(false);
});
