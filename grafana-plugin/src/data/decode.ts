import { type BaseIssue, type BaseSchema, safeParse } from 'valibot';
import { ArgusError } from './errors';

export type Decoder<T> = BaseSchema<unknown, T, BaseIssue<unknown>>;

/** Where in the answer an issue is: `servers[3].alert.level`. */
function placeOf(issue: BaseIssue<unknown>): string {
  const keys = (issue.path ?? []).map(({ key }) => key);
  const place = keys
    .map((key) =>
      typeof key === 'number' ? `[${key}]` : /^\w+$/.test(String(key)) ? `.${key}` : `["${key}"]`,
    )
    .join('');
  return place.replace(/^\./, '');
}

function isText(data: unknown): boolean {
  return typeof data === 'string' || data === null || data === undefined;
}

/**
 * Reads an answer by its schema.
 * @throws ArgusError wrong_service where it is no JSON document, malformed with the name of the first wrong field
 */
export function decoded<T>(decoder: Decoder<T>, data: unknown, path: string): T {
  const result = safeParse(decoder, data, { abortEarly: true });
  if (result.success) return result.output;
  if (isText(data)) {
    throw new ArgusError(
      'wrong_service',
      `What answered ${path} is not Argus: the answer is a page or text, not JSON.`,
      'Check the address of the data source: it is that of the Argus REST API, by default http://localhost:8000.',
    );
  }
  const [issue] = result.issues;
  const place = placeOf(issue);
  const where = place === '' ? 'it' : `the field ${place}`;
  throw new ArgusError(
    'malformed',
    `The answer of ${path} could not be read: ${where} should be ${issue.expected ?? 'valid'} but is ${issue.received}.`,
    'The plugin and the backend may be of different versions: update the older of them.',
  );
}
