import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, int64 } from '../tensor/tensor';
import { float, floats } from './attributes';
import { GraphProtoSchema, type GraphProto, type NodeProto } from './generated/onnx_pb';
import { dimsOf, Graph, makeNode, makeValueInfo } from './graph';

const none = undefined;

function graphOf(nodes: NodeProto[], outputs: string[], weights: string[] = [], inputs = ['x']): Graph {
  const graph = new Graph(
    create(GraphProtoSchema, {
      node: nodes,
      input: inputs.map((name) => makeValueInfo(name, 'float32', none)),
      output: outputs.map((name) => makeValueInfo(name, 'float32', none)),
    }),
  );
  for (const name of weights) graph.setWeight(name, float32([1], [1]));
  return graph;
}

function subgraph(nodes: NodeProto[], outputs: string[], inputs: string[] = []): GraphProto {
  return graphOf(nodes, outputs, [], inputs).proto;
}

/** x -> Relu a -> If (p) { branch reads a } -> y */
function withBranch(branch: GraphProto): { graph: Graph; relu: NodeProto; choice: NodeProto } {
  const relu = makeNode('Relu', ['x'], ['a']);
  const choice = makeNode('If', ['p'], ['y'], {
    then_branch: { graph: branch },
    else_branch: { graph: subgraph([makeNode('Neg', ['x'], ['e'])], ['e']) },
  });
  return { graph: graphOf([relu, choice], ['y'], ['p']), relu, choice };
}

describe('a fact of a graph', () => {
  it('is worked out once, and again when the graph has changed', () => {
    const graph = graphOf([makeNode('Add', ['x', 'w'], ['y'])], ['y'], ['w']);
    let asked = 0;
    const sizes = ({ nodes, weights }: Graph): string => `${++asked}: ${nodes.length} nodes, ${weights.size} weights`;
    expect([graph.fact(sizes), graph.fact(sizes)]).toEqual(['1: 1 nodes, 1 weights', '1: 1 nodes, 1 weights']);
    graph.insert([makeNode('Relu', ['y'], ['z'])]);
    expect(graph.fact(sizes)).toBe('2: 2 nodes, 1 weights');
    graph.setWeight('v', float32([1], [1]));
    expect(graph.fact(sizes)).toBe('3: 2 nodes, 2 weights');
    graph.removeWeight('w');
    expect(graph.fact(sizes)).toBe('4: 2 nodes, 1 weights');
  });
});

describe('use-def chains', () => {
  /** Random graphs: every node reads some earlier values. */
  const anyNodes = fc
    .array(fc.tuple(fc.array(fc.nat(), { maxLength: 3 }), fc.integer({ min: 1, max: 2 })), { maxLength: 12 })
    .map((plan) => {
      const values = ['x', 'w0', 'w1', ''];
      return plan.map(([reads, results], i) => {
        const node = makeNode(
          'Op',
          reads.map((read) => values[read % values.length]),
          Array.from({ length: results }, (_, k) => `v${i}_${k}`),
        );
        values.push(...node.output);
        return node;
      });
    });
  const weights = ['w0', 'w1'];

  function expectRight(graph: Graph): void {
    const values = new Set(graph.nodes.flatMap((node) => [...node.input, ...node.output]));
    for (const value of values) {
      if (value === '') continue;
      expect(graph.consumers(value)).toEqual(graph.nodes.filter((node) => node.input.includes(value)));
      expect(graph.producer(value)).toBe(graph.nodes.find((node) => node.output.includes(value)));
    }
    expect(graph.consumers('')).toEqual([]);
  }

  it('agree with a search through all nodes, before and after edits', () => {
    fc.assert(
      fc.property(anyNodes, fc.nat(), (nodes, choice) => {
        const graph = graphOf(nodes, [], weights);
        expectRight(graph);
        if (nodes.length === 0) return;
        const node = graph.nodes[choice % graph.nodes.length];
        graph.insert([makeNode('New', ['x'], ['n'])], node);
        expect(graph.nodes.indexOf(node)).toBe((choice % nodes.length) + 1);
        graph.replaceUses('x', 'n', [graph.producer('n')!]);
        expect(graph.consumers('x')).toEqual([graph.producer('n')]);
        expectRight(graph);
        graph.remove([node]);
        expect(graph.producer(node.output[0])).toBeUndefined();
        expectRight(graph);
      }),
    );
  });

  it('keep, when pruned, exactly what the outputs depend on', () => {
    fc.assert(
      fc.property(anyNodes, fc.array(fc.nat(), { maxLength: 2 }), (nodes, picks) => {
        const values = nodes.flatMap((node) => node.output);
        const outputs = values.length > 0 ? [...new Set(picks.map((pick) => values[pick % values.length]))] : [];
        const graph = graphOf(nodes, outputs, weights);
        // Nodes only read earlier values: one pass from the end finds everything that is needed.
        const needed = new Set(outputs);
        const live = [...nodes]
          .reverse()
          .filter((node) => {
            if (!node.output.some((value) => needed.has(value))) return false;
            node.input.forEach((value) => needed.add(value));
            return true;
          })
          .reverse();
        graph.prune();
        expect(graph.nodes).toEqual(live);
        expect([...graph.weights.keys()]).toEqual(weights.filter((weight) => needed.has(weight)));
      }),
    );
  });

  it('list a node once however often it reads a value', () => {
    const node = makeNode('Mul', ['x', 'x'], ['y']);
    expect(graphOf([node], ['y']).consumers('x')).toEqual([node]);
  });
});

describe('subgraphs', () => {
  it('read outer values, at any depth, and follow when their readers are moved', () => {
    const inner = makeNode('If', ['p'], ['i'], {
      then_branch: { graph: subgraph([makeNode('Abs', ['a'], ['deep'])], ['deep']) },
    });
    const branch = subgraph([inner, makeNode('Add', ['a', 'i'], ['b'])], ['b']);
    const { graph, choice } = withBranch(branch);
    expect(graph.consumers('a')).toEqual([choice]);
    expect(graph.consumers('p')).toEqual([choice]);
    expect(graph.consumers('i')).toEqual([]);
    graph.replaceUses('a', 'c');
    expect(branch.node[1].input).toEqual(['c', 'i']);
    expect(inner.attribute[0].g!.node[0].input).toEqual(['c']);
    expect(graph.consumers('a')).toEqual([]);
    expect(graph.consumers('c')).toEqual([choice]);
  });

  it('may give an outer value as their result', () => {
    const branch = subgraph([], ['a']);
    const { graph, choice } = withBranch(branch);
    expect(graph.consumers('a')).toEqual([choice]);
    graph.replaceUses('a', 'c');
    expect(branch.output.map((output) => output.name)).toEqual(['c']);
  });

  it('hide outer values behind their own of the same name', () => {
    const byInput = subgraph([makeNode('Abs', ['a'], ['b'])], ['b'], ['a']);
    const byNode = subgraph([makeNode('Abs', ['q'], ['a']), makeNode('Neg', ['a'], ['b'])], ['b']);
    for (const branch of [byInput, byNode]) {
      const { graph } = withBranch(branch);
      expect(graph.consumers('a')).toEqual([]);
      const before = branch.node.map((node) => [...node.input]);
      graph.replaceUses('a', 'c');
      expect(branch.node.map((node) => node.input)).toEqual(before);
    }
  });

  it('keep alive what only they read', () => {
    const { graph, relu, choice } = withBranch(subgraph([makeNode('Add', ['a', 'w'], ['b'])], ['b']));
    graph.setWeight('w', float32([1], [1]));
    graph.setWeight('unread', float32([1], [1]));
    graph.prune();
    expect(graph.nodes).toEqual([relu, choice]);
    expect([...graph.weights.keys()]).toEqual(['p', 'w']);
  });
});

describe('names', () => {
  it('are never given twice, nor those of values, nodes and subgraphs, through all edits', () => {
    const { graph } = withBranch(subgraph([makeNode('Add', ['a', 'a'], ['s'], {}, { name: 'n' })], ['s']));
    const taken = ['x', 'a', 'p', 'y', 's', 'n', 'e'];
    const given = new Set<string>();
    for (const stem of [...taken, 'fresh', 'fresh_1', 'fresh']) {
      const name = graph.uniqueName(stem);
      expect(taken).not.toContain(name);
      expect(given).not.toContain(name);
      given.add(name);
      graph.changed();
    }
    graph.setWeight('kernel', float32([1], [1]));
    expect(graph.uniqueName('kernel')).toBe('kernel_1');
    graph.insert([makeNode('Relu', ['x'], ['late'])]);
    expect(graph.uniqueName('late')).toBe('late_1');
  });
});

describe('inputs and constants', () => {
  it('of old files, which list weights among the inputs, are told apart', () => {
    const graph = graphOf([makeNode('Add', ['x', 'w'], ['y'])], ['y'], ['w'], ['x', 'w']);
    expect(graph.inputs.map((input) => input.name)).toEqual(['x']);
    graph.removeWeight('w');
    expect(graph.proto.input.map((input) => input.name)).toEqual(['x']);
  });

  it('are found behind weights and every kind of Constant node', () => {
    const node = (name: string, value: Parameters<typeof makeNode>[3]): NodeProto =>
      makeNode('Constant', [], [name], value);
    const graph = graphOf(
      [
        node('tensor', { value: { tensor: int64([2], [3, 4]) } }),
        node('float', { value_float: float(0.5) }),
        node('floats', { value_floats: floats([0.5, 2]) }),
        node('int', { value_int: 7 }),
        node('ints', { value_ints: [7, -8] }),
        node('text', { value_string: 'no number' }),
      ],
      [],
      ['w'],
    );
    const found = (name: string): unknown => graph.constant(name)?.tensor();
    expect(found('w')).toEqual(float32([1], [1]));
    expect(found('tensor')).toEqual(int64([2], [3, 4]));
    expect(found('float')).toEqual(float32([], [0.5]));
    expect(found('floats')).toEqual(float32([2], [0.5, 2]));
    expect(found('int')).toEqual(int64([], [7]));
    expect(found('ints')).toEqual(int64([2], [7, -8]));
    expect(found('text')).toBeUndefined();
    expect(found('x')).toBeUndefined();
  });

  it('keep the weights that quantisation annotations name', () => {
    const graph = graphOf([makeNode('Relu', ['x'], ['y'])], ['y'], ['scale', 'unread']);
    graph.proto.quantizationAnnotation = create(GraphProtoSchema, {
      quantizationAnnotation: [
        { tensorName: 'y', quantParameterTensorNames: [{ key: 'SCALE_TENSOR', value: 'scale' }] },
      ],
    }).quantizationAnnotation;
    graph.prune();
    expect([...graph.weights.keys()]).toEqual(['scale']);
  });

  it('declare sizes, names of sizes and open ones', () => {
    for (const dims of [[], [1, 'N', undefined, 0], undefined])
      expect(dimsOf(makeValueInfo('v', 'float32', dims))).toEqual(dims);
  });
});
