import { CheckpointFileError, damaged } from './errors';
import { OtherTensor, TorchStorage, TorchTensor, TorchType } from './torchValues';

/** A plain object whose contents are of no interest here. */
class Inert {}

type Maker = (...args: readonly unknown[]) => unknown;

const inert: Maker = () => new Inert();
const mapping: Maker = (items) => new Map(Array.isArray(items) ? (items as [unknown, unknown][]) : []);
const set: Maker = (items) => (Array.isArray(items) ? items : []);
const other =
  (kind: string): Maker =>
  () =>
    new OtherTensor(kind);
/** The first argument: what a wrapper of a tensor wraps. */
const wrapped: Maker = (value) => value;

function strided(storage: unknown, offset: unknown, dims: unknown, strides: unknown, type?: unknown): TorchTensor {
  if (!(storage instanceof TorchStorage) || !Array.isArray(dims) || !Array.isArray(strides))
    throw damaged('a tensor is described in a way that makes no sense');
  const element = type instanceof TorchType ? type : storage.type;
  return new TorchTensor(storage, element, Number(offset), Array.from(dims, Number), Array.from(strides, Number));
}

/**
 * What a pickle may call, with what stands for it here. Everything in this list is plain data; nothing of the checkpoint's
 * own is ever executed.
 */
const harmless: readonly (readonly [string, Maker])[] = [
  ['collections.OrderedDict', mapping],
  ['collections.defaultdict', () => new Map()],
  ['collections.Counter', mapping],
  ['builtins.set', set],
  ['builtins.frozenset', set],
  ['builtins.list', set],
  ['builtins.tuple', set],
  ['builtins.dict', mapping],
  ['builtins.bytearray', inert],
  ['builtins.complex', inert],
  ['builtins.slice', inert],
  ['__builtin__.set', set],
  ['__builtin__.frozenset', set],
  ['_codecs.encode', inert],
  ['argparse.Namespace', inert],
  ['types.SimpleNamespace', inert],
  ['pathlib.PosixPath', inert],
  ['pathlib.WindowsPath', inert],
  ['pathlib.PurePosixPath', inert],
  ['datetime.datetime', inert],
  ['datetime.timedelta', inert],
  ['numpy.dtype', inert],
  ['numpy.ndarray', inert],
  ['numpy.core.multiarray.scalar', inert],
  ['numpy.core.multiarray._reconstruct', inert],
  ['numpy._core.multiarray.scalar', inert],
  ['numpy._core.multiarray._reconstruct', inert],
  ['torch.device', inert],
  ['torch.Size', set],
  ['torch.Tensor', inert],
  ['torch.nn.parameter.Parameter', wrapped],
  ['torch.serialization._get_layout', inert],
  ['torch._utils._rebuild_tensor', (storage, offset, dims, strides) => strided(storage, offset, dims, strides)],
  ['torch._utils._rebuild_tensor_v2', (storage, offset, dims, strides) => strided(storage, offset, dims, strides)],
  [
    'torch._utils._rebuild_tensor_v3',
    (storage, offset, dims, strides, _grad, _hooks, type) => strided(storage, offset, dims, strides, type),
  ],
  ['torch._utils._rebuild_parameter', wrapped],
  ['torch._utils._rebuild_parameter_with_state', wrapped],
  [
    'torch._tensor._rebuild_from_type_v2',
    (make, _type, args) => (isAllowed(make) && Array.isArray(args) ? make(...(args as unknown[])) : new Inert()),
  ],
  ['torch._utils._rebuild_sparse_tensor', other('sparse')],
  ['torch._utils._rebuild_sparse_csr_tensor', other('sparse')],
  ['torch._utils._rebuild_qtensor', other('quantised')],
  ['torch._utils._rebuild_meta_tensor_no_storage', other('without elements')],
];

const allowed = new Map(harmless.map(([name, make]) => [name, constructible(make)]));

/**
 * Arrow functions can't be constructed, which the parser does for some objects. Frozen, so that a pickle can't give its
 * makers properties.
 */
function constructible(make: Maker): Maker {
  return Object.freeze(function (...args: readonly unknown[]) {
    return make(...args);
  });
}

const makers = new Set<unknown>(allowed.values());

function isAllowed(value: unknown): value is Maker {
  return makers.has(value);
}

/**
 * What stands for a class or function that a pickle names. Throws a CheckpointFileError for everything that is not on the list
 * of harmless ones.
 */
export function pickleClass(module: unknown, name: unknown): unknown {
  const full = `${String(module)}.${String(name)}`;
  if (module === 'torch' || module === 'torch.storage') {
    const type = TorchType.ofStorage(String(name)) ?? TorchType.ofDtype(String(name));
    if (type) return type;
  }
  const maker = allowed.get(full);
  if (maker) return maker;
  throw new CheckpointFileError(
    `The checkpoint asks for ${full}, which is neither a tensor nor plain data.`,
    'If you trust its maker, load it in Python, which may run any code it holds, and save the weights alone: torch.save(model.state_dict(), "weights.pt").',
  );
}
