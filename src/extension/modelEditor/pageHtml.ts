/** What the frame of a page refers to. */
export interface PageFrame {
  readonly title: string;
  readonly language: string;
  /** Where the editor serves the extension's files from. */
  readonly cspSource: string;
  /** Fresh for every page. */
  readonly nonce: string;
  readonly script: string;
  readonly style: string;
  /** What is shown while the script loads. */
  readonly loading: string;
}

/** The frame of a page: nothing from elsewhere, no inline code or style without the nonce. */
export function pageHtml({ title, language, cspSource, nonce, script, style, loading }: PageFrame): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeHtml(style)}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<div id="root"><p>${escapeHtml(loading)}</p></div>
<script type="module" nonce="${nonce}" src="${escapeHtml(script)}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
