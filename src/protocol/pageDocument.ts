/** Where a page's parts lie and what its policy lets in. */
export interface PageParts {
  /** Language of the user, as `de`. */
  readonly lang: string;
  readonly title: string;
  /** From `crypto`, new for every document. */
  readonly nonce: string;
  /** `webview.cspSource` */
  readonly cspSource: string;
  /** `dist/webview/model.js` and `model.css` as the webview reaches them. */
  readonly scriptUri: string;
  readonly styleUri: string;
}

/**
 * The document of a page. Scripts run by nonce only (what the page loads later inherits it); nothing comes from
 * elsewhere. `csp-nonce` is where the webview toolkit looks for the nonce of its style sheets.
 */
export function pageDocument({ lang, title, nonce, cspSource, scriptUri, styleUri }: PageParts): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escape(lang)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${escape(nonce)}">
<title>${escape(title)}</title>
<link rel="stylesheet" href="${escape(styleUri)}">
</head>
<body>
<div id="root"></div>
<script type="module" nonce="${escape(nonce)}" src="${escape(scriptUri)}"></script>
</body>
</html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
