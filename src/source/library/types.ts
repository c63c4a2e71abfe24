import { Tensor } from '../values/tensor';
import {
  BoundMethod,
  ClassValue,
  Dict,
  Float,
  FunctionValue,
  Instance,
  Iterator_,
  List,
  Native,
  PySet,
  Range,
  Slice,
  Tuple,
  Unknown,
  type Value,
} from '../values/values';

export const objectType = new ClassValue('object', []);
export const typeType = new ClassValue('type', [objectType]);

function builtin(name: string, ...bases: ClassValue[]): ClassValue {
  return new ClassValue(name, bases.length === 0 ? [objectType] : bases);
}

export const intType = builtin('int');
export const boolType = builtin('bool', intType);
export const floatType = builtin('float');
export const strType = builtin('str');
export const listType = builtin('list');
export const tupleType = builtin('tuple');
export const dictType = builtin('dict');
dictType.isDict = true;
export const orderedDictType = builtin('OrderedDict', dictType);
export const setType = builtin('set');
export const rangeType = builtin('range');
export const sliceType = builtin('slice');
export const noneType = builtin('NoneType');
export const functionType = builtin('function');
export const generatorType = builtin('generator');
export const tensorType = builtin('Tensor');
export const parameterType = builtin('Parameter', tensorType);
export const sizeType = builtin('Size', tupleType);

export const exceptionType = builtin('Exception', builtin('BaseException'));
exceptionType.attributes_.set(
  '__init__',
  new Native(
    '__init__',
    ({ positional: [self, message] }) => {
      if (self instanceof Instance) self.attributes.set('message', typeof message === 'string' ? message : '');
      return null;
    },
    true,
  ),
);

/** Enumerations; members are made when the body of a subclass has run. */
export const enumType = builtin('Enum');
enumType.attributes_.set('_missing_', null);
export const namedTupleType = builtin('NamedTuple', tupleType);

/** Abstract types of `typing` and `collections.abc` with the built-in types that count as them. */
export const sequenceType = builtin('Sequence');
export const iterableType = builtin('Iterable');
export const mappingType = builtin('Mapping');
export const callableType = builtin('Callable');
export const numberType = builtin('Number');

/** The class of a value; `undefined` when it is unknown. */
export function typeOf(value: Value): ClassValue | undefined {
  if (value === null) return noneType;
  if (typeof value === 'number') return intType;
  if (typeof value === 'string') return strType;
  if (typeof value === 'boolean') return boolType;
  if (value instanceof Float) return floatType;
  if (value instanceof List) return listType;
  if (value instanceof Tuple) return value.named ?? tupleType;
  if (value instanceof Dict) return value.cls ?? dictType;
  if (value instanceof PySet) return setType;
  if (value instanceof Range) return rangeType;
  if (value instanceof Slice) return sliceType;
  if (value instanceof Instance) return value.cls;
  if (value instanceof Tensor) return value.parameter ? parameterType : tensorType;
  if (value instanceof ClassValue) return typeType;
  if (value instanceof Iterator_) return generatorType;
  if (value instanceof Native) return value.cls ?? functionType;
  if (value instanceof FunctionValue || value instanceof BoundMethod) return functionType;
  return undefined;
}

/** `isinstance(value, type)`; `undefined` when it cannot be said. */
export function isInstance(value: Value, type: Value): boolean | undefined {
  if (type instanceof Tuple) {
    let unsure = false;
    for (const each of type.items) {
      const is = isInstance(value, each);
      if (is === true) return true;
      unsure ||= is === undefined;
    }
    return unsure ? undefined : false;
  }
  if (value instanceof Unknown || type instanceof Unknown) return undefined;
  if (!(type instanceof ClassValue)) return type === null ? value === null : undefined;
  const actual = typeOf(value);
  if (actual === undefined) return undefined;
  if (actual.isSubclassOf(type)) return true;
  if (type === sequenceType) return [listType, tupleType, strType, rangeType].some((each) => actual.isSubclassOf(each));
  if (type === iterableType)
    return [listType, tupleType, strType, rangeType, dictType, setType, generatorType].some((each) =>
      actual.isSubclassOf(each),
    );
  if (type === mappingType) return actual.isSubclassOf(dictType);
  if (type === orderedDictType) return false;
  if (type === numberType) return actual.isSubclassOf(intType) || actual.isSubclassOf(floatType);
  if (type === callableType)
    return (
      value instanceof Native ||
      actual === functionType ||
      actual === typeType ||
      actual.lookup('__call__') !== undefined
    );
  if (value instanceof Instance && value.cls.openBase !== undefined) return undefined;
  return false;
}
