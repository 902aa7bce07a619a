import { fetchExplanation } from '../../data/explanation';
import { explanationFrame } from '../frames/explanation';
import { info, type QueryAnswer, type QueryContext } from './context';
import { forEachServer } from './eachServer';
import { selectedServers } from './selection';

/** Each explanation is some two hundred forecasts or more. */
const LIMITS = { most: 5, unasked: 1 };

/** Why servers are at risk: of the one at most risk where none is named. */
export async function runExplanation(context: QueryContext): Promise<QueryAnswer> {
  const { client, query, signal } = context;
  const selection = await selectedServers(context, LIMITS);
  const { answers, notices } = await forEachServer(selection.names, signal, (name) =>
    fetchExplanation(client, name, signal),
  );
  const limits = new Set(answers.flatMap((explanation) => explanation.limits));
  return {
    frames: answers.map((explanation) => explanationFrame(query.refId, explanation)),
    notices: [...selection.notices, ...notices, ...[...limits].map(info)],
  };
}
