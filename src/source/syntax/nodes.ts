import type { SyntaxNode } from '@lezer/common';
import type { Chunk, Span } from './ast';

/** Children of a node without comments. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'Comment') children.push(child);
  return children;
}

/** A top-level statement being built: its chunk, the text of the file at that time, and where the statement stood in it. */
export interface Building {
  readonly chunk: Chunk;
  readonly base: number;
}

export function spanOf(building: Building, node: { from: number; to: number }): Span {
  return { from: node.from - building.base, to: node.to - building.base };
}

export function textOf(building: Building, node: { from: number; to: number }): string {
  return building.chunk.text.slice(node.from - building.base, node.to - building.base);
}

/** Splits children at commas of the same level. */
export function splitAtCommas(nodes: readonly SyntaxNode[]): SyntaxNode[][] {
  const groups: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === ',') groups.push([]);
    else groups[groups.length - 1].push(node);
  }
  return groups;
}
