import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutGraph, nodeHeight, nodeWidth } from '../../webview/model/graph/layout';
import { generatedModel } from './support/generated';

/** Networks: every node reads some of the nodes before it. */
const graphs = fc
  .array(fc.array(fc.nat({ max: 1000 }), { maxLength: 3 }), { minLength: 1, maxLength: 40 })
  .map((reads) => ({
    nodes: reads.map((_, index) => ({ id: `n${index}`, op: 'Conv' })),
    edges: reads.flatMap((places, index) =>
      index === 0
        ? []
        : [...new Set(places.map((place) => place % index))].map((from) => ({ from: `n${from}`, to: `n${index}` })),
    ),
  }));

describe('the picture of a network', () => {
  it('has every node once, and every edge runs downwards', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { nodes, edges } = layoutGraph(graph);
        expect(nodes.map(({ id }) => id).sort()).toEqual(graph.nodes.map(({ id }) => id).sort());
        expect(edges).toHaveLength(graph.edges.length);
        for (const { points } of edges) {
          for (let i = 1; i < points.length; i++) expect(points[i].y).toBeGreaterThan(points[i - 1].y);
        }
      }),
    );
  });

  it('lets no two nodes touch, and keeps all in its frame', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { nodes, width, height } = layoutGraph(graph);
        nodes.forEach((a, i) => {
          expect(a.x - nodeWidth / 2).toBeGreaterThanOrEqual(0);
          expect(a.x + nodeWidth / 2).toBeLessThanOrEqual(width);
          expect(a.y + nodeHeight / 2).toBeLessThanOrEqual(height);
          for (const b of nodes.slice(i + 1)) {
            expect(Math.abs(a.x - b.x) >= nodeWidth || Math.abs(a.y - b.y) >= nodeHeight).toBe(true);
          }
        });
      }),
    );
  });

  it('draws a chain as a straight line', () => {
    const nodes = Array.from({ length: 30 }, (_, index) => ({ id: `n${index}`, op: 'Relu' }));
    const edges = nodes.slice(1).map(({ id }, index) => ({ from: nodes[index].id, to: id }));
    expect(new Set(layoutGraph({ nodes, edges }).nodes.map(({ x }) => Math.round(x))).size).toBe(1);
  });

  it('copes with thousands of layers and with edges to nodes that are not there', () => {
    const { graph } = generatedModel(2000, 16);
    const { nodes } = layoutGraph({ ...graph, edges: [...graph.edges, { from: 'nobody', to: graph.nodes[0].id }] });
    expect(nodes).toHaveLength(graph.nodes.length);
  });
});
