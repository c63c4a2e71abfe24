import { clone, create } from '@bufbuild/protobuf';
import { GraphProtoSchema, ModelProtoSchema, OperatorSetIdProtoSchema, type ModelProto } from './generated/onnx_pb';
import { Graph } from './graph';

/** An ONNX model: the file's message with its main graph made editable. */
export class Model {
  readonly graph: Graph;

  constructor(
    /** The message without its graph, which is `graph`. */
    readonly proto: ModelProto,
    /** The file it came from, if any. */
    readonly path?: string,
  ) {
    this.graph = new Graph(proto.graph ?? create(GraphProtoSchema));
    proto.graph = undefined;
  }

  /** An empty model for graphs that are made here, in the operator sets given. */
  static empty(name: string, opsets: Readonly<Record<string, number>>): Model {
    return new Model(
      create(ModelProtoSchema, {
        irVersion: 9n, // the oldest that holds every operator set used here, so that older runtimes open the file too
        producerName: 'layerwise',
        opsetImport: Object.entries(opsets).map(([domain, version]) => ({ domain, version: BigInt(version) })),
        graph: create(GraphProtoSchema, { name }),
      }),
    );
  }

  /**
   * Version of an operator set that the model imports; 0 when it does not. The default domain has two spellings, and
   * files from before there were operator sets (IR versions 1 and 2) mean its first version.
   */
  opset(domain = ''): number {
    const spelt = domain === '' || domain === 'ai.onnx' ? ['', 'ai.onnx'] : [domain];
    const { opsetImport, irVersion } = this.proto;
    const implied = spelt.includes('') && irVersion > 0n && irVersion < 3n ? 1 : 0;
    return Number(opsetImport.find((entry) => spelt.includes(entry.domain))?.version ?? implied);
  }

  importOpset(domain: string, version: number): void {
    if (this.opset(domain) > 0) return;
    this.proto.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }));
  }

  /** An independent copy; bytes of weights are shared, whether they lie in a file or in memory. */
  clone(): Model {
    const copy = new Model(clone(ModelProtoSchema, this.proto), this.path);
    Object.assign(copy.graph.proto, clone(GraphProtoSchema, this.graph.proto));
    for (const [key, weight] of this.graph.weights) copy.graph.weights.set(key, weight.copy());
    copy.graph.changed();
    return copy;
  }
}
