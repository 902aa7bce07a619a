import { unknown } from 'valibot';
import { createClient } from '../data/client';
import { type Answers, BASE_URL, type TestBackend, testBackend } from '../data/testBackend';
import { sharedClient } from './sharedClient';

let backend: TestBackend;
jest.mock('@grafana/runtime', () => ({
  getBackendSrv: () => ({ fetch: (request: never) => backend.fetch(request) }),
}));

const anything = unknown();
let nowMs = 0;

function client(answers: Answers) {
  backend = testBackend(answers);
  nowMs = 0;
  return sharedClient(createClient(BASE_URL), () => nowMs);
}

test('equal requests within moments are one', async () => {
  const shared = client({ '/a': { data: 1 } });
  await Promise.all([shared.get('/a', anything), shared.get('/a', anything)]);
  await shared.get('/a', anything);
  expect(backend.requests).toHaveLength(1);
});

test('other parameters, and later ones, are requests of their own', async () => {
  const shared = client({ '/a': { data: 1 } });
  await shared.get('/a', anything);
  await shared.get('/a', anything, { params: { x: 1 } });
  nowMs = 3_000;
  await shared.get('/a', anything);
  expect(backend.requests).toHaveLength(3);
});

test('a failure is not kept', async () => {
  let status = 500;
  const shared = client({ '/a': () => (status === 500 ? { status } : { data: 1 }) });
  await expect(shared.get('/a', anything)).rejects.toThrow();
  status = 200;
  await expect(shared.get('/a', anything)).resolves.toBe(1);
});

test('one who leaves does not end the request for another', async () => {
  const shared = client({ '/a': { data: 1, delayMs: 5 } });
  const [one, other] = [new AbortController(), new AbortController()];
  const left = shared.get('/a', anything, { signal: one.signal });
  const stayed = shared.get('/a', anything, { signal: other.signal });
  one.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  await expect(stayed).resolves.toBe(1);
});

test('when everyone has left the request ends, and the next one asks anew', async () => {
  const shared = client({ '/a': 'never' });
  const aborts = [new AbortController(), new AbortController()];
  const answers = aborts.map(({ signal }) => shared.get('/a', anything, { signal }));
  for (const abort of aborts) abort.abort(new Error('left'));
  await Promise.allSettled(answers);
  expect(backend.aborted).toEqual(['/a']);
  const last = new AbortController();
  shared.get('/a', anything, { signal: last.signal }).catch(() => {});
  expect(backend.requests).toHaveLength(2);
  last.abort();
});

test('an explanation that is being computed is asked for anew', async () => {
  const shared = client({ '/explain/a': { data: 1 } });
  await shared.get('/explain/a', anything);
  await shared.get('/explain/a', anything);
  expect(backend.requests).toHaveLength(2);
});
