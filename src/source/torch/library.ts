import type { Machine } from '../evaluate/machine';
import { isInstance, parameterType, sizeType, tensorType } from '../library/types';
import { Tensor, type Dtype } from '../values/tensor';
import {
  ClassValue,
  Float,
  Instance,
  ModuleValue,
  Native,
  Tuple,
  Unknown,
  type Arguments,
  type Value,
} from '../values/values';
import { functionType } from './autogradFunction';
import { distributions } from './distributions';
import { constructed } from './functions/create';
import { nativeOf, onValues, type FunctionTable } from './functions/define';
import { linearAlgebra } from './functions/linalg';
import { fourier } from './functions/spectral';
import { tensorFunction, tensorFunctionNames } from './functions/table';
import { attentionLayers } from './layers/attention';
import { transformerLayers } from './layers/transformer';
import { containerLayers } from './layers/containers';
import { convolutionLayers } from './layers/convolution';
import { lazyLayers } from './layers/lazy';
import { linearLayers } from './layers/linear';
import { lossLayers } from './layers/losses';
import { normalizationLayers } from './layers/normalization';
import { recurrentLayers, sequencePacking } from './layers/recurrent';
import { plainLayers, shapeLayers } from './layers/shapeLayers';

type Table = Record<string, Value>;

parameterType.construct = ({ positional, keywords }, machine): Value => {
  const data = positional[0] ?? keywords.get('data') ?? new Tensor([0]);
  if (!(data instanceof Tensor)) {
    if (machine.making) machine.lose();
    return data instanceof Unknown ? data : new Unknown('a parameter of something else');
  }
  const tensor = new Tensor(data.shape, data.dtype, data.data, true);
  tensor.madeAt = machine.frame;
  return tensor;
};
parameterType.harmless = true;
/** `LongTensor(2, 3)` has these sizes, `LongTensor([2, 3])` these numbers. */
const constructor =
  (dtype?: Dtype) =>
  ({ positional }: Arguments, machine: Machine): Value =>
    constructed(machine, new Tuple(positional), dtype);
tensorType.construct = constructor();
const typesOfTensors: Readonly<Record<string, Dtype>> = {
  Float: 'float32',
  Double: 'float32',
  Half: 'float32',
  BFloat16: 'float32',
  Long: 'int64',
  Int: 'int64',
  Short: 'int64',
  Char: 'int64',
  Byte: 'int64',
  Bool: 'bool',
};
const typedTensors: Table = Object.fromEntries(
  Object.entries(typesOfTensors).map(([type, dtype]) => {
    const name = `${type}Tensor`;
    return [name, new Native(name, constructor(dtype))];
  }),
);
sizeType.construct = ({ positional: [sizes] }, machine) => {
  const items = machine.items(sizes);
  return items instanceof Unknown ? items : new Tuple(items);
};

const first = new Native('first', ({ positional: [value = null] }) => value);
first.harmless = true;
first.sees = 'types';
const nothing = new Native('nothing', () => null);
const no = new Native('no', () => false);
nothing.harmless = no.harmless = true;
/** For use as a decorator, with and without arguments. */
const decorator = new Native('decorator', ({ positional: [value] }) => value ?? first);

const initializers =
  'uniform_ normal_ constant_ ones_ zeros_ eye_ dirac_ xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_ ' +
  'trunc_normal_ orthogonal_ sparse_ xavier_uniform xavier_normal kaiming_normal kaiming_uniform normal constant uniform';

const largestFloat = (2 - 2 ** -23) * 2 ** 127;
/** Of float32: which type it is does not matter for shapes. */
const limits = new Map(
  Object.entries({ min: -largestFloat, max: largestFloat, eps: 2 ** -23, tiny: 2 ** -126, smallest_normal: 2 ** -126 }),
);
const floatLimits = new ModuleValue('finfo', (name) => (limits.has(name) ? new Float(limits.get(name)!) : undefined));

const layers: Table = {
  ...containerLayers,
  ...convolutionLayers,
  ...linearLayers,
  ...normalizationLayers,
  ...lazyLayers,
  ...recurrentLayers,
  ...attentionLayers,
  ...transformerLayers,
  ...shapeLayers,
  ...plainLayers,
  ...lossLayers,
  Parameter: parameterType,
  UninitializedParameter: parameterType,
};

const normOf = (name: Value): string => `${String(name)}_g`;
/** Lengths of a weight's vectors, one for each index along `dim`, become a parameter beside it. */
const weightNorm = nativeOf(
  'weight_norm',
  onValues("module, name='weight', dim=0", ({ module, name, dim }, machine) => {
    const weight = module instanceof Instance ? module.attributes.get(String(name)) : undefined;
    if (!(weight instanceof Tensor)) return module;
    const lengths = dim === null ? [] : weight.shape.map((size, at) => (at === dim ? size : 1));
    machine.setAttribute(module, normOf(name), new Tensor(lengths, weight.dtype, undefined, true));
    return module;
  }),
);
const removeWeightNorm = nativeOf(
  'remove_weight_norm',
  onValues("module, name='weight'", ({ module, name }) => {
    if (module instanceof Instance) module.attributes.delete(normOf(name));
    return module;
  }),
);
/** Give back the layer, with its shape and place. */
const reparametrizations: Table = {
  weight_norm: weightNorm,
  remove_weight_norm: removeWeightNorm,
  spectral_norm: first,
  remove_spectral_norm: first,
  orthogonal: first,
};

const dtypes =
  'float32 float float64 double float16 half bfloat16 int64 long int32 int int8 uint8 int16 bool cfloat cdouble complex64 complex128';

const optimizers = 'SGD Adam AdamW SparseAdam Adamax RMSprop Adagrad Adadelta ASGD LBFGS NAdam RAdam Rprop Optimizer';
const schedulers =
  'StepLR MultiStepLR CosineAnnealingLR CosineAnnealingWarmRestarts ReduceLROnPlateau ExponentialLR LambdaLR OneCycleLR ' +
  'CyclicLR LinearLR PolynomialLR ConstantLR SequentialLR';
/** What trains a model changes nothing about it. */
const training = (names: string): Table =>
  Object.fromEntries(
    names.split(' ').map((name) => [name, new Native(name, () => new Unknown('what trains a model'))]),
  );

const hubSettings = new Set([
  'repo_or_dir',
  'model',
  'source',
  'trust_repo',
  'force_reload',
  'verbose',
  'skip_validation',
]);

/** Where the networks are that torchvision offers to the hub. */
const visionModules = ['', '.segmentation', '.video', '.optical_flow', '.quantization'];

/** `torch.hub.load('pytorch/vision', 'resnet18', pretrained=True)`: other repositories are not on this machine. */
const hubLoad = new Native('load', ({ positional: [repo, second, ...rest], keywords }, machine) => {
  const [repository, name] = [repo ?? keywords.get('repo_or_dir'), second ?? keywords.get('model')];
  const own = new Map([...keywords].filter(([key]) => !hubSettings.has(key)));
  if (typeof name === 'string' && typeof repository === 'string' && /^pytorch\/vision(:|$)/.test(repository))
    for (const part of visionModules) {
      const module = machine.importer.load(`torchvision.models${part}`, 0, machine.chunk?.file ?? '');
      const make = module instanceof ModuleValue ? module.get(name) : undefined;
      if (make !== undefined) return machine.call(make, { positional: rest, keywords: own });
    }
  const reason = `${String(name)} of ${String(repository)} is not on this machine`;
  if (machine.frame !== undefined) machine.miss(machine.frame.node, reason);
  return new Unknown(reason);
});
hubLoad.makesModel = true;

const natives = (table: FunctionTable): Table =>
  Object.fromEntries(Object.entries(table).map(([name, use]) => [name, nativeOf(name, use)]));

/** What `torch` and its parts hold besides the table of functions. */
const members: Readonly<Record<string, Table>> = {
  torch: {
    Tensor: tensorType,
    ...typedTensors,
    Size: sizeType,
    device: new Native('device', () => 'cpu'),
    pi: new Float(Math.PI),
    inf: new Float(Infinity),
    no_grad: decorator,
    inference_mode: decorator,
    enable_grad: decorator,
    compile: decorator,
    manual_seed: nothing,
    set_grad_enabled: nothing,
    _assert: nothing,
    is_tensor: new Native('is_tensor', ({ positional: [value] }) => value instanceof Tensor),
    is_grad_enabled: no,
    finfo: new Native('finfo', () => floatLimits),
    load: new Native('load', () => new Unknown('contents of a checkpoint')),
    save: nothing,
    strided: null,
    contiguous_format: 'torch.contiguous_format',
    channels_last: 'torch.channels_last',
    __version__: '2.0.0',
    ...Object.fromEntries(dtypes.split(' ').map((name) => [name, `torch.${name}`])),
  },
  'torch.nn': layers,
  'torch.nn.functional': {},
  'torch.nn.init': {
    ...Object.fromEntries(initializers.split(' ').map((name) => [name, first])),
    _calculate_fan_in_and_fan_out: new Native('_calculate_fan_in_and_fan_out', () => new Tuple([1, 1])),
    calculate_gain: new Native('calculate_gain', () => new Float(1)),
  },
  'torch.nn.modules': layers,
  'torch.nn.parallel': {
    DataParallel: containerLayers.DataParallel,
    data_parallel: nativeOf(
      'data_parallel',
      onValues(
        'module, inputs, device_ids=None, output_device=None, dim=0, module_kwargs=None',
        ({ module, inputs }, machine) =>
          machine.callWith(module, ...(inputs instanceof Tuple ? inputs.items : [inputs])),
      ),
    ),
  },
  'torch.nn.parameter': { Parameter: parameterType },
  'torch.nn.utils': reparametrizations,
  'torch.nn.utils.parametrizations': reparametrizations,
  'torch.jit': {
    is_scripting: no,
    is_tracing: no,
    script: decorator,
    ignore: decorator,
    unused: decorator,
    export: decorator,
    script_if_tracing: decorator,
    interface: decorator,
    isinstance: new Native(
      'isinstance',
      ({ positional: [value, type] }) => isInstance(value, type) ?? new Unknown('the type of an unknown value'),
    ),
    annotate: new Native('annotate', ({ positional: [, value] }) => value),
    Final: new ClassValue('Final', []),
    _overload_method: decorator,
  },
  'torch.cuda': {
    ...typedTensors,
    is_available: no,
    device_count: new Native('device_count', () => 0),
    amp: new Unknown('mixed precision'),
  },
  'torch.backends': {},
  'torch.fx': { wrap: decorator },
  'torch.utils.checkpoint': {
    checkpoint: new Native('checkpoint', ({ positional: [use, ...rest] }, machine) => machine.callWith(use, ...rest)),
  },
  'torch.onnx': { is_in_onnx_export: no },
  // A tensor, since PyTorch 0.4.
  'torch.autograd': { Variable: first, Function: functionType },
  'torch.hub': { load: hubLoad },
  'torch.utils': {},
  'torch.linalg': natives(linearAlgebra),
  'torch.special': {},
  'torch.distributed': {},
  'torch.amp': { autocast: decorator },
  'torch.nn.attention': {},
  'torch.optim': training(optimizers),
  'torch.optim.lr_scheduler': training(schedulers),
  'torch.fft': natives(fourier),
  'torch.nn.utils.rnn': sequencePacking,
  'torch.distributions': distributions,
};

const functionHolders = new Set(['torch', 'torch.nn.functional', 'torch.special', 'torch.linalg', 'torch.functional']);

const cache = new Map<string, ModuleValue>();

/** `torch` or one of its parts. What we do not model is unknown by name, not an error. */
export function torchModule(name: string): ModuleValue | undefined {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const layersAlias = /^torch\.nn\.modules\.\w+$/.test(name) ? layers : undefined;
  const own: Table = members[name] ?? layersAlias ?? {};
  const get = (attribute: string): Value | undefined => {
    if (Object.hasOwn(own, attribute)) return own[attribute];
    // Before methods of tensors: `torch.cuda` is no function.
    const inner = `${name}.${attribute}`;
    if (members[inner] !== undefined) return torchModule(inner);
    if (functionHolders.has(name)) {
      const native = tensorFunction(attribute);
      if (native !== undefined) return native;
    }
    return attribute.startsWith('__') ? undefined : new Unknown(`${inner} is not modelled`);
  };
  const module = new ModuleValue(name, get, () => [
    ...Object.keys(own),
    ...(functionHolders.has(name) ? tensorFunctionNames() : []),
  ]);
  cache.set(name, module);
  return module;
}
