import * as vscode from 'vscode';
import { modulePath } from '../../source/rewrite/modulePaths';
import type { SourceModel } from '../../source/sourceModel';
import type { LayerSummary } from '../../protocol/model';
import type { App } from '../app';
import type { ExportedModel } from './evidence';

/** An exported model belongs to the code when it has at least this share of its layers by name. */
const leastCoverage = 0.8;

/** Files of the workspace that are looked into at most. */
const mostModels = 20;

/** The exported model of the workspace whose layers bear the names of those in the code, with its newest accepted run. */
export async function findExported(app: App, model: SourceModel): Promise<ExportedModel | undefined> {
  const paths = new Set(model.layers.map(({ path }) => path));
  for (const { uri } of (await app.models.files.list()).slice(0, mostModels)) {
    const summary = await app.models.summary(uri).catch(() => undefined);
    if (!summary) continue;
    const layers = layersByPath(summary.layers, paths);
    if (layers.size < leastCoverage * paths.size) continue;
    const times = await app.models.knownTimes(uri).catch(() => undefined);
    const accepted = app.runs
      .of(summary.path)
      .find(({ state, figures }) => state === 'finished' && figures?.verdict === 'accepted');
    const detail = accepted && (await app.runs.show(accepted.path).catch(() => undefined));
    return {
      uri: uri.toString(),
      name: uri.path.slice(uri.path.lastIndexOf('/') + 1),
      layers,
      ...(times && { times }),
      ...(detail?.report && { report: detail.report, run: detail.summary.path }),
    };
  }
  return undefined;
}

/** Errors by rank of the exported model's own weights, by the names of the layers. */
export async function spectraOf(
  app: App,
  model: ExportedModel,
  layers: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const params = { ...(await app.models.paramsOf(vscode.Uri.parse(model.uri))), layers };
  const details = await app.engine.request('details', params);
  return new Map(details.flatMap(({ layer, byRank }) => (byRank ? [[layer, byRank.error] as const] : [])));
}

function layersByPath(layers: readonly LayerSummary[], paths: ReadonlySet<string>): Map<string, LayerSummary> {
  return new Map(
    layers.flatMap((layer) => {
      const path = modulePath({ node: layer.name, weight: layer.weight }, paths);
      return path === undefined ? [] : [[path, layer] as const];
    }),
  );
}
