import { number, object } from 'valibot';
import { createClient, queryString } from './client';
import { ArgusError } from './errors';
import { type Answers, BASE_URL, type TestBackend, testBackend } from './testBackend';

let backend: TestBackend;
jest.mock('@grafana/runtime', () => ({
  getBackendSrv: () => ({ fetch: (request: never) => backend.fetch(request) }),
}));

const schema = object({ answer: number() });

function client(answers: Answers, timeoutSeconds?: number) {
  backend = testBackend(answers);
  return createClient(BASE_URL, { timeoutSeconds });
}

test('asks below the routes of the data source, lists repeated, without Grafana’s own alert boxes', async () => {
  const argus = client({ '/a': { data: { answer: 1 } } });
  const params = { server: ['a/b', 'c d'], limit: 5, level: undefined };
  await expect(argus.get('/a', schema, { params })).resolves.toEqual({ answer: 1 });
  expect(backend.requests[0]).toMatchObject({
    url: `${BASE_URL}/api/a?server=a%2Fb&server=c+d&limit=5`,
    method: 'GET',
    showErrorAlert: false,
  });
});

test('posts JSON', async () => {
  const argus = client({ '/a': { data: { answer: 1 } } });
  await argus.post('/a', schema, { body: { x: 1 } });
  expect(backend.requests[0]).toMatchObject({ method: 'POST', data: { x: 1 } });
});

test('lets Grafana read changed settings anew, where they were just changed', async () => {
  const answers: Answers = { '/a': { data: { answer: 1 } } };
  await client(answers).get('/a', schema);
  expect(backend.requests[0]).not.toHaveProperty('headers');
  backend = testBackend(answers);
  await createClient(BASE_URL, { isAfterChange: true }).get('/a', schema);
  expect(backend.requests[0]).toMatchObject({ headers: { 'X-Grafana-NoCache': 'true' } });
});

test('leaves out the question mark where there is nothing to ask', () => {
  expect(queryString({ a: undefined })).toBe('');
});

test('ends the request when the caller leaves', async () => {
  const argus = client({ '/a': 'never' });
  const abort = new AbortController();
  const answer = argus.get('/a', schema, { signal: abort.signal });
  abort.abort(new Error('left'));
  await expect(answer).rejects.toThrow('left');
  expect(backend.aborted).toEqual(['/a']);
});

test('asks nothing for a caller who has left before', async () => {
  const argus = client({ '/a': 'never' });
  await expect(argus.get('/a', schema, { signal: AbortSignal.abort() })).rejects.toThrow();
  expect(backend.requests).toEqual([]);
});

test('gives a slow backend up, and ends the request', async () => {
  jest.useFakeTimers();
  try {
    const answer = client({ '/a': 'never' }, 3).get('/a', schema);
    const settled = expect(answer).rejects.toMatchObject({
      kind: 'timeout',
      message: 'Argus did not answer within 3 seconds.',
    });
    jest.advanceTimersByTime(3_000);
    await settled;
    expect(backend.aborted).toEqual(['/a']);
  } finally {
    jest.useRealTimers();
  }
});

test('names the field that is not as it should be', async () => {
  const argus = client({ '/a': { data: { answer: 'forty-two' } } });
  const error = await argus.get('/a', schema).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ArgusError);
  expect(error).toMatchObject({
    kind: 'malformed',
    message: 'The answer of /a could not be read: the field answer should be number but is "forty-two".',
  });
});

test.each(['<html></html>', '', null])('takes %p for the answer of another service', async (data) => {
  await expect(client({ '/a': { data } }).get('/a', schema)).rejects.toMatchObject({ kind: 'wrong_service' });
});
