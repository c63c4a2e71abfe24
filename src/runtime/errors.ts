/** What kind of thing went wrong in the runtime. */
export type RuntimeErrorCode =
  | 'unsupportedOperator'
  | 'unsupportedType'
  | 'badInput'
  | 'badModel'
  | 'unknownShape'
  | 'missingFile'
  | 'noProvider'
  | 'outOfMemory'
  | 'failed';

/** The runtime refused a model, an input or a device. The message is one sentence for the user; `hint` says what to do next. */
export class RuntimeError extends Error {
  constructor(
    readonly code: RuntimeErrorCode,
    message: string,
    readonly hint: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'RuntimeError';
  }

  static is(error: unknown, code?: RuntimeErrorCode): error is RuntimeError {
    return (
      error instanceof Error &&
      error.name === 'RuntimeError' &&
      (code === undefined || (error as RuntimeError).code === code)
    );
  }
}

interface Translation {
  readonly pattern: RegExp;
  readonly code: RuntimeErrorCode;
  readonly message: (match: RegExpMatchArray) => string;
  readonly hint: string;
}

/** What ONNX Runtime 1.30 says, in our words. The first that fits is taken. */
const translations: readonly Translation[] = [
  {
    pattern: /Could not find an implementation for ([^\s(]+)\((\d+)\) node with name '([^']*)'/,
    code: 'unsupportedOperator',
    message: ([, operator, version, node]) =>
      `The runtime can't execute node ${node || '(unnamed)'}: it has no kernel for ${operator} (version ${version}) on these element types.`,
    hint: 'Export the model in float32 or with another operator set, or choose another device.',
  },
  {
    pattern: /([^\s(]+)\(-?\d+\) is not a registered function\/op/,
    code: 'unsupportedOperator',
    message: ([, operator]) => `The runtime does not know the operator ${operator}.`,
    hint: 'Export the model with standard operators.',
  },
  {
    pattern: /In Node, \("([^"]*)".*No Op registered for (\S+) with domain_version of (\d+)/s,
    code: 'unsupportedOperator',
    message: ([, node, operator, version]) =>
      `Node ${node || '(unnamed)'} uses the operator ${operator}, which operator set ${version} does not have.`,
    hint: 'Export the model again; its operator set and its nodes do not fit together.',
  },
  {
    pattern: /Opset (\d+) is under development.*?till opset (\d+)/s,
    code: 'unsupportedOperator',
    message: ([, opset, newest]) =>
      `The model uses operator set ${opset}; the newest that this runtime knows is ${newest}.`,
    hint: 'Export the model with an older operator set.',
  },
  {
    pattern: /Unsupported data type: (\d+)/,
    code: 'unsupportedType',
    message: ([, type]) => `The model has a value of data type ${type}, which JavaScript has no array for.`,
    hint: 'Give a model in float32 or float16.',
  },
  {
    pattern: /Unexpected input data type.*Actual: \(tensor\((.+?)\)\)\s*,\s*expected: \(tensor\((.+?)\)\)/,
    code: 'badInput',
    message: ([, actual, expected]) => `An input holds ${actual} where the model wants ${expected}.`,
    hint: 'Convert the data to the element type that the model declares.',
  },
  {
    pattern: /Got invalid dimensions for input: (\S+) for the following indices\s+(.*?)\s*Please fix/s,
    code: 'badInput',
    message: ([, name, indices]) =>
      `Input ${name} has the wrong shape: ${indices.replace(/index: (\d+) Got: (\d+) Expected: (\d+)/g, 'dimension $1 is $2 and should be $3').replace(/\s*\n\s*/g, ', ')}.`,
    hint: 'Give data in the shape that the model declares.',
  },
  {
    pattern: /Invalid rank for input: (\S+) Got: (\d+) Expected: (\d+)/,
    code: 'badInput',
    message: ([, name, got, expected]) => `Input ${name} has ${got} dimensions where the model wants ${expected}.`,
    hint: 'Give data in the shape that the model declares.',
  },
  {
    pattern: /input '([^']+)' is missing in 'feeds'/,
    code: 'badInput',
    message: ([, name]) => `Input ${name} was not given.`,
    hint: 'Give every input of the model.',
  },
  {
    pattern: /Failed to allocate memory|bad_alloc|Array buffer allocation failed/i,
    code: 'outOfMemory',
    message: () => 'There is not enough memory for this model and batch.',
    hint: 'Use a smaller batch.',
  },
  {
    pattern: /Load model (\S+) failed\. File doesn't exist/,
    code: 'missingFile',
    message: ([, path]) => `There is no file ${path}.`,
    hint: 'Check the path.',
  },
  {
    pattern:
      /no available backend found|AppendExecutionProvider|ExecutionProvider.*not (?:enabled|supported)|WebGPU adapter/i,
    code: 'noProvider',
    message: () => 'The runtime finds no such device on this machine.',
    hint: 'Use the CPU, or install the driver of the device.',
  },
  {
    pattern: /ShapeInferenceError|invalid model|INVALID_GRAPH|protobuf parsing failed/i,
    code: 'badModel',
    message: ({ input = '' }) => `The runtime does not accept the model: ${firstSentence(input)}`,
    hint: 'Export the model again.',
  },
  {
    pattern: /Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message: (.*)/s,
    code: 'failed',
    message: ([, operator, node, reason]) =>
      `Node ${node || '(unnamed)'} (${operator}) failed: ${firstSentence(reason)}`,
    hint: 'The sizes of the inputs may not fit together.',
  },
];

/** The error that a failed call of ONNX Runtime means for the user; errors that are typed already pass unchanged. */
export function translateRuntimeError(error: unknown): Error {
  if (error instanceof Error && error.name !== 'Error' && error.name !== 'TypeError') return error;
  const text = error instanceof Error ? error.message : String(error);
  for (const { pattern, code, message, hint } of translations) {
    const match = text.match(pattern);
    if (match) return new RuntimeError(code, message(match), hint, { cause: error });
  }
  return new RuntimeError('failed', `The runtime failed: ${firstSentence(text)}`, 'Try the model on the CPU.', {
    cause: error,
  });
}

/** The first line, without the positions in the runtime's own source that it may begin with. */
function firstSentence(text: string): string {
  const line = text.trim().split('\n')[0];
  const plain = line.replace(/^\S+\.(?:cc|h):\d+ (?:.*?\)(?:::<lambda\(\)>)? )?/, '').trim();
  return /[.!?]$/.test(plain) ? plain : `${plain}.`;
}
