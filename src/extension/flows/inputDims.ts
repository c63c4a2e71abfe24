import type { InputDims } from '../../protocol/messages';
import type { ModelSummary } from '../../protocol/model';
import { t } from '../l10n';
import { askText } from './ask';
import { runSteps } from './steps';
import { parseSizes, sizesProblem } from './validate';

/** Asks for the sizes of every input that the model leaves open; undefined when the user gives up. */
export async function askInputDims({ inputs }: ModelSummary): Promise<InputDims | undefined> {
  const open = inputs.filter(({ dims }) => dims.some((size) => typeof size === 'string' || size < 1));
  if (open.length === 0) return undefined;
  return runSteps<InputDims>({}, () =>
    open.map(({ name, dims }) => async (state, position) => {
      const answer = await askText({
        ...position,
        title: t('Sizes of Input {0}', name),
        prompt: t('The model declares {0}.', dims.join(' x ')),
        value: dims.map((size) => (typeof size === 'number' && size > 0 ? size : 1)).join('x'),
        problem: sizesProblem,
      });
      return typeof answer === 'string' ? { ...state, [name]: parseSizes(answer) ?? [] } : answer;
    }),
  );
}
