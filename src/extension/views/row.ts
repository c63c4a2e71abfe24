/** One row of a tree, as plain data: what it shows, says and does. `rowTree.ts` makes the editor's item of it. */
export interface Row {
  /** Stable, so that selection and expansion outlive a refresh. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** Name of a codicon. */
  readonly icon: string;
  /** Name of a theme colour; never the only carrier of a meaning. */
  readonly color?: string;
  /** Tells menus what stands here. */
  readonly context: string;
  /** What a screen reader says. */
  readonly accessible: string;
  readonly expandable?: 'collapsed' | 'expanded';
  /** Whether the box is ticked, and what it says. */
  readonly checkbox?: { readonly ticked: boolean; readonly tooltip: string };
  /** What a click or Enter does. */
  readonly command?: { readonly command: string; readonly title: string };
}

/** A tooltip as Markdown: a heading and lines with names and figures. */
export function tooltipTable(heading: string, lines: readonly (readonly [string, string] | undefined)[]): string {
  const rows = lines.flatMap((line) => (line ? [`| ${escape(line[0])} | ${escape(line[1])} |`] : []));
  return [`**${escape(heading)}**`, '', '| | |', '|:--|:--|', ...rows].join('\n');
}

/** Text in which Markdown finds nothing to format. */
export function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~]/g, (sign) => `\\${sign}`).replace(/\s+/g, ' ');
}

/** The parts that are there, joined by commas. */
export function listed(...parts: readonly (string | undefined | false)[]): string {
  return parts.filter(Boolean).join(', ');
}
