import inspector from 'node:inspector';
import vm from 'node:vm';
import * as acorn from 'acorn';

const strict = '"use strict";';

/** Gives a class methods that stand outside of it. */
const methodsOf = '$methods';
const setMethods =
  '(function(of,methods){for(let name in methods)' +
  'Object.defineProperty(of.prototype,name,{value:methods[name],writable:true,configurable:true});return of})';

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
  const { expressions, declarations, classes } = functionsIn(text, calledFunctions(text, work));
  const edits = expressions.flatMap(({ start, end }) => [insert(start, '('), insert(end, ')')]);
  const within = (node) => edited(text, node.start, node.end, edits);
  // Declared functions can be used above their place: as variables they are set before all else.
  const variables = declarations.map((node) => `${node.id.name}=(${within(node)})`);
  const moves = declarations.map(cut);
  for (const { node, methods } of classes) {
    const table = methods.map(({ key, value }) => `${key.name}:(${headOf(value)}${within(value)})`);
    moves.push(insert(node.start, `${methodsOf}(`), ...methods.map(cut), insert(node.end, `,{${table.join()}})`));
  }
  const rest = edited(text, strict.length, text.length, [...edits, ...moves]);
  return `${strict}var ${[`${methodsOf}=${setMethods}`, ...variables].join()};${rest}`;
}

function headOf({ async, generator }) {
  return `${async ? 'async ' : ''}function${generator ? '*' : ''}`;
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

/** The functions in these places that can stand in parentheses: all but methods that need their class around them. */
function functionsIn(text, places) {
  const found = { expressions: [], declarations: [], classes: [] };
  const isCalled = ({ start, end }) => places.has(`${start} ${end}`);
  const visit = (node, parent, isInside) => {
    const isFunction = /Function/.test(node.type);
    if (node.type === 'FunctionDeclaration') {
      if (isCalled(node) && !isInside) found.declarations.push(node);
    } else if (isFunction && isCalled(node) && !isMethod(parent)) found.expressions.push(node);
    else if (node.type === 'ClassExpression' && !isInside && parent.type === 'VariableDeclarator') {
      const methods = node.body.body.filter((one) => isCalled(one) && canLeave(one, node.id?.name));
      if (methods.length > 0 && !node.body.body.some(isStatic)) found.classes.push({ node, methods });
    }
    for (const child of childrenOf(node)) visit(child, node, isInside || isFunction);
  };
  visit(acorn.parse(text, { ecmaVersion: 2023 }), undefined, false);
  return found;
}

function childrenOf(node) {
  return Object.values(node)
    .flat()
    .filter((child) => typeof child?.type === 'string');
}

function isMethod({ type, method, kind }) {
  return type === 'MethodDefinition' || (type === 'Property' && (method || kind !== 'init'));
}

/** What runs while the class is made, and could use its methods. */
function isStatic(member) {
  return member.type === 'StaticBlock' || (member.type === 'PropertyDefinition' && member.static);
}

/** Whether it is a plain method that knows nothing that only its class knows. */
function canLeave({ type, kind, static: ofClass, computed, key, value }, className) {
  if (type !== 'MethodDefinition' || kind !== 'method' || ofClass || computed || key.type !== 'Identifier')
    return false;
  const isBound = (node) =>
    node.type === 'Super' ||
    node.type === 'PrivateIdentifier' ||
    (node.type === 'Identifier' && node.name === className) ||
    childrenOf(node).some(isBound);
  return !isBound(value);
}

function insert(at, text) {
  return { from: at, to: at, text };
}

function cut({ start, end }) {
  return { from: start, to: end, text: '' };
}

/** A part of the text with the edits in it; those in what is cut go with it. */
function edited(text, from, to, edits) {
  let [out, at] = ['', from];
  for (const edit of edits.filter((one) => one.from >= from && one.to <= to).sort((a, b) => a.from - b.from)) {
    if (edit.from < at) continue;
    out += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return out + text.slice(at, to);
}
