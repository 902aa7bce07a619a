import { createClient } from '../data/client';
import { type Answers, BASE_URL, type TestBackend, testBackend } from '../data/testBackend';
import { healthAnswer, listAnswer, statusAnswer } from '../data/testFixtures';
import { testConnection } from './health';

let backend: TestBackend;
jest.mock('@grafana/runtime', () => ({
  getBackendSrv: () => ({ fetch: (request: never) => backend.fetch(request) }),
}));

const WELL: Answers = {
  '/health': { data: healthAnswer },
  '/status': { data: statusAnswer },
  '/servers': { data: listAnswer(['a']) },
  '/admin/reload-model': {
    status: 404,
    body: { detail: 'There is no such model.', code: 'ARGUS_MODEL_UNKNOWN' },
  },
};

function outcomeOf(answers: Answers) {
  backend = testBackend({ ...WELL, ...answers });
  return testConnection(createClient(BASE_URL));
}

test('says version, servers, model and that both keys are good', async () => {
  expect(await outcomeOf({})).toEqual({
    status: 'success',
    message: 'Argus 0.1.0 answers: 40 servers, model argus-tft on cpu. Reading is allowed.',
    details: { message: 'Administrators may reload and train.' },
  });
});

test('says what is missing before there are forecasts', async () => {
  const status = { ...statusAnswer, servers_tracked: 0, warmup_complete: false };
  const { status: outcome, message } = await outcomeOf({ '/status': { data: status } });
  expect(outcome).toBe('success');
  expect(message).toMatch(/No server has sent anything yet/);
});

test('says that baselines forecast where no model is loaded', async () => {
  const status = { ...statusAnswer, model_loaded: false, warmup_complete: false };
  const { message } = await outcomeOf({ '/status': { data: status } });
  expect(message).toMatch(/no model is loaded, baselines forecast.*first forecasts are still to come/);
});

const refusal = (code: string) => ({ detail: 'What happened.', code });

test.each([
  ['a backend that is down', { '/health': { status: 502, body: '' } }, /Check that Argus runs/],
  ['another service', { '/health': { data: '<html></html>' } }, /not Argus.*Check the address/],
  ['JSON of another service', { '/health': { data: { status: 'ok' } } }, /not Argus/],
  [
    'a missing key',
    { '/servers': { status: 400, body: 'Authentication to data source failed' } },
    /argus keys create/,
  ],
  ['a wrong key', { '/servers': { status: 403, body: refusal('ARGUS_KEY_WRONG') } }, /argus keys create/],
  [
    'a key that may not read',
    { '/servers': { status: 403, body: refusal('ARGUS_SCOPE_MISSING') } },
    /scope read/,
  ],
  ['a version that differs', { '/status': { data: { version: '9' } } }, /could not be read: the field/],
])('tells %s and what to do', async (_, answers, sentence) => {
  const { status, message } = await outcomeOf(answers as Answers);
  expect(status).toBe('error');
  expect(message).toMatch(sentence);
});

test.each([
  [{ status: 400, body: 'Authentication to data source failed' }, /No admin key/],
  [{ status: 403, body: refusal('ARGUS_SCOPE_MISSING') }, /^Admin key: /],
  [{ status: 403, body: { message: 'plugin proxy route access denied' } }, /could not be tested/],
])('is a success without the right to train, and says so', async (answer, sentence) => {
  const { status, details } = await outcomeOf({ '/admin/reload-model': answer });
  expect(status).toBe('success');
  expect(details?.message).toMatch(sentence);
});
