import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';

/** Rooms of src/, each with the rooms it may import from. Anything not listed is forbidden. */
const mayImport = {
  tensor: [],
  source: ['onnx', 'tensor'],
  onnx: ['tensor'],
  runtime: ['onnx', 'tensor', 'protocol'],
  autodiff: ['onnx', 'tensor'],
  data: ['tensor'],
  hardware: ['onnx', 'tensor', 'runtime', 'protocol'],
  training: ['onnx', 'tensor', 'runtime', 'autodiff', 'data'],
  methods: ['onnx', 'tensor', 'runtime', 'hardware'],
  search: ['protocol', 'onnx', 'tensor', 'runtime', 'autodiff', 'data', 'hardware', 'training', 'methods'],
  runs: [
    'onnx',
    'tensor',
    'runtime',
    'autodiff',
    'data',
    'hardware',
    'training',
    'methods',
    'search',
    'source',
    'protocol',
  ],
  protocol: [],
  engine: ['protocol', 'runs', 'runtime', 'source'],
  cli: [
    'engine',
    'protocol',
    'runs',
    'search',
    'methods',
    'training',
    'hardware',
    'data',
    'autodiff',
    'runtime',
    'onnx',
    'tensor',
    'source',
  ],
  extension: ['protocol', 'source'],
};
const rooms = Object.keys(mayImport);

const zones = rooms.flatMap((room) => [
  {
    target: `./src/${room}`,
    from: './src',
    except: [room, ...mayImport[room]].map((name) => `./${name}`),
    message: `src/${room} may import only from: ${mayImport[room].join(', ') || 'itself'}.`,
  },
]);
zones.push({
  target: './webview',
  from: './src',
  except: ['./protocol'],
  message: 'Pages know the protocol and nothing else.',
});
const methods = ['tucker', 'svd'];
for (const method of methods)
  zones.push({
    target: `./src/methods/${method}`,
    from: './src/methods',
    except: [`./${method}`, './shared'],
    message: 'Methods do not see each other; what they share stands in src/methods/shared.',
  });
// The extension host evaluates and rewrites sources itself; only checkpoints are bytes and numbers.
for (const part of ['./src/source/*.ts', './src/source/!(checkpoints)/**'])
  zones.push({
    target: part,
    from: './src',
    except: ['./source'],
    message: 'Only src/source/checkpoints reads tensors.',
  });

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'src/onnx/generated/**', 'build/**', 'out/**', '.vscode-test/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.ts', 'webview/**/*.{ts,tsx}', 'test/**/*.ts', 'bench/**/*.ts'],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver': { node: { extensions: ['.ts', '.tsx', '.js'] } },
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
    },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'no-console': 'error',
      eqeqeq: 'error',
      'max-lines': ['error', { max: 500 }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/runtime/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'onnxruntime-node', message: 'Only src/runtime may import the runtime.' }] },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/extension/**', 'src/runtime/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'onnxruntime-node', message: 'Only src/runtime may import the runtime.' },
            { name: 'vscode', message: 'Only src/extension may import the editor.' },
          ],
        },
      ],
    },
  },
  {
    files: ['webview/**/*.{ts,tsx}'],
    ignores: ['webview/ui/toolkit.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: '@vscode/webview-ui-toolkit', message: 'Only webview/ui/toolkit.ts knows the toolkit.' },
            { name: 'vscode', message: 'Only src/extension may import the editor.' },
          ],
        },
      ],
    },
  },
  {
    // Tests, and what only tests use, check a room against the runtime and against its users.
    files: ['src/**/*.test.ts', 'src/**/testing/**'],
    rules: { 'import-x/no-restricted-paths': 'off' },
  },
  {
    files: ['vitest.config.ts', '**/*.mjs', 'esbuild.js', 'test/editor/harness/replacements/*.js'],
    rules: { 'import-x/no-default-export': 'off', '@typescript-eslint/no-require-imports': 'off' },
  },
);
