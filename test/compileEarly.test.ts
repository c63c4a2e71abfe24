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
var A=class{constructor(){this.n=above}field=()=>twice(this.n);get doubled(){return twice(this.n)}static of(){return new A}#own(){return 1}own(){return this.#own()}
plain(n,m=()=>n+1){return m()+this.n}*counted(n){for(let at=0;at<n;at++)yield at}async soon(){return"soon"}["computed"](){return"computed"}left(){return unused()}};
var B=class Inner extends A{plain(n){return super.plain(n)+100}self(){return Inner.name}other(){return this.plain(1)}};
var C0=class{value(){return 6}},C=class{static made=new C0().value();value(){return C.made-1}};
async function later(){return 7}
function deep(n){function inner(m){return m+1}let f=m=>inner(m),g=function(m){return f(m)};return n===0?[]:[g(n),...deep(n-1)]}
var object={key(){return"key"},get got(){return"got"},arrow:(a,b)=>a+b};
module.exports={all:()=>{let a=new A,b=new B;return[above,a.doubled,a.field(),A.of().own(),a.plain(3),[...a.counted(3)],a.soon() instanceof Promise,a.computed(),
b.plain(1),b.self(),b.other(),new C().value(),Object.keys(a),Object.getOwnPropertyDescriptor(A.prototype,"plain").enumerable,a.plain.name,a.plain.length,
deep(3),object.key(),object.got,object.arrow(1,2),twice.name,deep.length]},later,unused};`;

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
  expect(early).toContain(',twice=(function twice(n){return n*2}),');
  expect(early).toContain(',deep=(function deep(n){function inner(m){return m+1}let f=(m=>inner(m)),g=(function(m)');
  expect(early).toContain('arrow:((a,b)=>a+b)');
  expect(early).toContain('function unused(){return()=>0}');
  expect(early).toContain('async function later()');
  expect(early).toContain(',{plain:(function(n,m=(()=>n+1)){return m()+this.n}),counted:(function*(n)');
  expect(early).toContain('soon:(async function(){return"soon"})});');
  expect(early).toContain('left(){return unused()}}');
  expect(early).toContain(
    'var B=$methods(class Inner extends A{plain(n){return super.plain(n)+100}self(){return Inner.name}}',
  );
  expect(early).toContain('C=class{static made=');
  expect(early.indexOf('twice=')).toBeLessThan(early.indexOf('var above'));
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
