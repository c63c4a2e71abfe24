/** What a layer of an ONNX model is called: its node, and its weight where that is known. */
export interface OnnxNames {
  readonly node: string;
  readonly weight?: string;
}

const operator = /^(Conv|ConvTranspose|Gemm|MatMul)(_\d+)?$/;
const dotted = /^[A-Za-z_]\w*(\.\w+)*$/;

/**
 * The paths, in the model's code, that the names of an ONNX layer may stand for, the surest first: the weight's name
 * (`layer1.0.conv1.weight`), the scopes that PyTorch's exporter writes into the node's name (`/layer1/layer1.0/conv1/Conv`), and
 * the node's name itself (`layer1.0.conv1`).
 */
export function candidatePaths({ node, weight }: OnnxNames): string[] {
  const candidates: string[] = [];
  const named = /^([A-Za-z_][\w.]*)\.weight$/.exec(weight ?? '');
  if (named) candidates.push(named[1]);
  const segments = node.split('/').filter((segment) => segment !== '');
  if (node.includes('/') && operator.test(segments.at(-1) ?? '')) candidates.push(scopePath(segments.slice(0, -1)));
  if (dotted.test(node) && !operator.test(node)) candidates.push(node);
  return [...new Set(candidates.filter((path) => path !== ''))];
}

/** `['layer1', 'layer1.0', 'conv1']` is `layer1.0.conv1`: items of a container repeat the container's name. */
function scopePath(scopes: readonly string[]): string {
  const path: string[] = [];
  for (const scope of scopes) {
    const last = path.at(-1);
    if (last !== undefined && scope.startsWith(`${last}.`)) path[path.length - 1] = scope;
    else path.push(scope);
  }
  return path.join('.');
}

/**
 * The path that the names of an ONNX layer stand for among those of a model's layers; without them the surest candidate.
 * Modules around the exported model (`model.layer1...`) are left away, and scopes of other exporters
 * (`functional/conv2d/Conv2D`) are looked for as they are. `undefined` when none fits.
 */
export function modulePath(names: OnnxNames, known?: ReadonlySet<string>): string | undefined {
  const candidates = candidatePaths(names);
  if (!known) return candidates[0];
  for (const candidate of candidates) {
    for (let path = candidate; path !== ''; path = path.includes('.') ? path.slice(path.indexOf('.') + 1) : '')
      if (known.has(path)) return path;
  }
  return names.node.split('/').findLast((segment) => known.has(segment));
}
