import inspector from 'node:inspector';
import vm from 'node:vm';
import * as acorn from 'acorn';

const strict = '"use strict";';

/**
 * Rewrites a script so that V8 compiles the functions that its usual work calls together with the script. V8 only reads functions
 * over when it loads a script, and compiles each with some ado when it is first called; those in parentheses it compiles at once,
 * which costs less if they are called. What the script does stays the same.
 *
 * @param text CommonJS that imports nothing and begins with "use strict"
 * @param work does with what the script exports what is usually done with it
 */
export function compileEarly(text, work) {
  if (!text.startsWith(strict)) throw new Error(`a script that begins with ${strict} is expected`);
  const called = calledFunctions(text, work);
  const { plain, declared } = functionsIn(text, called);
  const signs = plain.flatMap(({ start, end }) => [
    { at: start, sign: '(' },
    { at: end, sign: ')' },
  ]);
  // Declared functions can be used above their place: as variables they are set before all else.
  let [variables, rest, end] = ['', '', strict.length];
  for (const node of declared) {
    variables += `var ${node.id.name}=(${withSigns(text, node.start, node.end, signs)});`;
    rest += withSigns(text, end, node.start, signs);
    end = node.end;
  }
  return strict + variables + rest + withSigns(text, end, text.length, signs);
}

/** Places, `start end`, of the functions that loading the script and the work call. */
function calledFunctions(text, work) {
  const head = '(function (module, exports) {';
  const filename = 'script';
  const session = new inspector.Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const module = { exports: {} };
  new vm.Script(`${head}${text}\n})`, { filename }).runInThisContext()(module, module.exports);
  work(module.exports);
  const places = new Set();
  session.post('Profiler.takePreciseCoverage', (error, taken) => {
    if (error) throw error;
    const { functions } = taken.result.find(({ url }) => url === filename);
    for (const { ranges } of functions) {
      const [{ startOffset, endOffset, count }] = ranges;
      if (count > 0) places.add(`${startOffset - head.length} ${endOffset - head.length}`);
    }
  });
  session.disconnect();
  return places;
}

/** Those of the functions that can stand in parentheses: expressions, and declarations at the top level. */
function functionsIn(text, places) {
  const found = { plain: [], declared: [] };
  const walk = (node, parent, isInside) => {
    const isFunction = /Function/.test(node.type);
    if (isFunction && places.has(`${node.start} ${node.end}`)) {
      if (node.type !== 'FunctionDeclaration' && !isMethod(parent)) found.plain.push(node);
      else if (node.type === 'FunctionDeclaration' && !isInside) found.declared.push(node);
    }
    for (const value of Object.values(node))
      for (const child of Array.isArray(value) ? value : [value])
        if (typeof child?.type === 'string') walk(child, node, isInside || isFunction);
  };
  walk(acorn.parse(text, { ecmaVersion: 2023 }), undefined, false);
  return found;
}

function isMethod({ type, method, kind }) {
  return type === 'MethodDefinition' || (type === 'Property' && (method || kind !== 'init'));
}

function withSigns(text, from, to, signs) {
  let [out, at] = ['', from];
  const within = signs.filter((one) => one.at >= from && one.at <= to).sort((a, b) => a.at - b.at);
  for (const { at: place, sign } of within) {
    out += text.slice(at, place) + sign;
    at = place;
  }
  return out + text.slice(at, to);
}
