import type { LayerDetail, ModelGraph, ModelSummary } from '../../../src/protocol/model';
import type { PageStart } from '../../../src/protocol/page';
import type { RunDetail } from '../../../src/protocol/runs';
import type { DeviceSummary, LayerStaircase, ModelComparison, ModelTimes } from '../../../src/protocol/times';

/** Everything a host answers about a model: recorded from the engine, or generated. */
export interface ModelData {
  readonly start: PageStart;
  readonly summary: ModelSummary;
  readonly graph: ModelGraph;
  readonly details: readonly LayerDetail[];
  readonly times?: ModelTimes;
  readonly staircases: readonly LayerStaircase[];
  readonly devices: readonly DeviceSummary[];
  /** Newest first. */
  readonly runs: readonly RunDetail[];
  readonly comparison?: ModelComparison;
}
