/** The editor's own themes, one of each kind: the name that the editor lists it by, and the kind as pages see it. */
export const themes = {
  dark: { label: 'Dark Modern', kind: 'vscode-dark' },
  light: { label: 'Light Modern', kind: 'vscode-light' },
  'high-contrast-dark': { label: 'Dark High Contrast', kind: 'vscode-high-contrast' },
  'high-contrast-light': { label: 'Light High Contrast', kind: 'vscode-high-contrast-light' },
} as const;

export type Theme = (typeof themes)[keyof typeof themes];
