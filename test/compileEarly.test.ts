import { readFileSync } from 'node:fs';
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';
import { analyzeSource } from '../src/source/analyze';
import { compileEarly } from '../scripts/compileEarly.mjs';

type Exports = Record<string, (...args: unknown[]) => unknown>;

function run(text: string): Exports {
  const module = { exports: {} as Exports };
  new Function('module', 'exports', text)(module, module.exports);
  return module.exports;
}

const forms = `"use strict";var above=twice(2);function twice(n){return n*2}function unused(){return()=>0}
class A{constructor(){this.n=above}get doubled(){return twice(this.n)}static of(){return new A}#own(){return 1}own(){return this.#own()}}
async function later(){return 7}function*counted(n){for(let at=0;at<n;at++)yield at}
function deep(n){function inner(m){return m+1}let f=m=>inner(m),g=function(m){return f(m)};return n===0?[]:[g(n),...deep(n-1)]}
var object={key(){return"key"},get got(){return"got"},arrow:(a,b)=>a+b};
module.exports={all:()=>[above,new A().doubled,A.of().own(),[...counted(3)],deep(3),object.key(),object.got,object.arrow(1,2),twice.name,deep.length],later,unused};`;

it('changes nothing in what a script does', async () => {
  const early = compileEarly(forms, ({ all }: Exports) => void all());
  const [before, after] = [run(forms), run(early)];
  expect(after.all()).toEqual(before.all());
  expect(await after.later()).toBe(7);
  expect(after.later.name).toBe('later');
  expect((after.unused() as () => number)()).toBe(0);
});

it('puts the functions that were called in parentheses, and no others', () => {
  const early = compileEarly(forms, ({ all }: Exports) => void all());
  expect(early).toContain('var twice=(function twice(n){return n*2});');
  expect(early).toContain('var deep=(function deep(n){function inner(m){return m+1}let f=(m=>inner(m)),g=(function(m)');
  expect(early).toContain('arrow:((a,b)=>a+b)');
  expect(early).toContain('function unused(){return()=>0}');
  expect(early).toContain('async function later()');
  expect(early.indexOf('var twice')).toBeLessThan(early.indexOf('var above'));
});

it('leaves the analysis as it is', () => {
  const { outputFiles } = buildSync({
    ...{ entryPoints: ['src/source/analyze.ts'], bundle: true, platform: 'node', target: 'node20', format: 'cjs' },
    ...{ minify: true, write: false },
  });
  const file = 'scripts/usualModels.py';
  const reader = { read: (name: string) => (name === file ? readFileSync(file, 'utf8') : undefined) };
  const early = compileEarly(outputFiles[0].text, (analysis: { analyzeSource: typeof analyzeSource }) =>
    analysis.analyzeSource(file, reader),
  );
  const { models } = analyzeSource(file, reader);
  expect(models.map(({ entry }) => entry)).toEqual(['conv_net_small', 'conv_net_large', 'Features', 'Transformer']);
  expect((run(early).analyzeSource(file, reader) as { models: unknown }).models).toEqual(models);
});
