import { errorOfFailure } from './failures';

const argus = (code: string, detail: unknown = 'What happened.') => ({ detail, code });

// Bodies as a Grafana 12.4 with a backend behind its proxy really gave them; its proxy answers 502 without a body.
test.each([
  [
    'a backend that is down, a wrong name, an untrusted certificate',
    502,
    '',
    'unreachable',
    /Check that Argus runs/,
  ],
  [
    'a proxy that names the certificate',
    502,
    { message: 'x509: certificate signed by unknown authority' },
    'certificate',
    /certificate authority/,
  ],
  [
    'a proxy that cannot resolve the name',
    502,
    'lookup argus.lan: no such host',
    'unreachable',
    /Check that Argus runs/,
  ],
  ['a gateway on the way', 504, '<html>504 Gateway Time-out</html>', 'timeout', /overloaded/],
  ['no network', 0, undefined, 'unreachable', /network connection/],
  ['a missing key', 400, 'Authentication to data source failed', 'key_missing', /argus keys create/],
  [
    'another service that refuses',
    400,
    'Client sent an HTTP request to an HTTPS server.',
    'wrong_service',
    /Check the address/,
  ],
  ['a lost session', 401, { message: 'Unauthorized' }, 'role', /Sign in/],
  ['a role that is too low', 403, { message: 'plugin proxy route access denied' }, 'role', /administrator/],
  [
    'a data source that is gone',
    404,
    { message: 'Unable to find datasource', traceID: '' },
    'not_configured',
    /Configuration/,
  ],
  ['a page that is not there', 404, '404 page not found', 'wrong_service', /Check the address/],
  [
    'JSON of another service',
    404,
    { status: 'error', errorType: 'not_found' },
    'wrong_service',
    /Check the address/,
  ],
  ['a wrong key', 403, argus('ARGUS_KEY_WRONG'), 'key_refused', /argus keys create/],
  ['a key without the scope', 403, argus('ARGUS_SCOPE_MISSING'), 'key_refused', /scope read/],
  ['a server nobody knows', 404, argus('ARGUS_SERVER_UNKNOWN'), 'not_found', /./],
  ['a route that an older backend lacks', 404, argus('ARGUS_NOT_FOUND'), 'unsupported', /update Argus/],
  ['a training that runs already', 409, argus('ARGUS_TRAINING_ACTIVE'), 'refused', /^/],
  ['a wrong parameter', 422, argus('ARGUS_INVALID_INPUT'), 'refused', /Change the query/],
  [
    'too many requests',
    429,
    argus('ARGUS_RATE_LIMITED', 'Rate limit exceeded. Try again in 12 seconds.'),
    'busy',
    /refresh less often/,
  ],
  ['a full queue', 503, argus('ARGUS_EXPLAIN_BUSY'), 'busy', /Wait a little/],
  ['warming up', 503, argus('ARGUS_FORECAST_NOT_READY'), 'not_ready', /by itself/],
  ['a range that takes too long', 504, argus('ARGUS_HISTORY_TIMEOUT'), 'timeout', /shorter/],
  ['a failure inside', 500, { ...argus('ARGUS_INTERNAL'), request_id: 'r-1' }, 'failed', /log of Argus/],
  ['an unheard-of status', 418, 'teapot', 'failed', /Try again/],
] as const)('%s is told as such', (_, status, data, kind, remedy) => {
  const error = errorOfFailure({ status, data });
  expect(error).toMatchObject({ kind, status });
  expect(error.remedy).toMatch(remedy);
  expect(error.message).not.toBe('');
});

test('says when to ask again', () => {
  const detail = 'Rate limit exceeded. Try again in 12 seconds.';
  expect(errorOfFailure({ status: 429, data: argus('ARGUS_RATE_LIMITED', detail) }).retryAfterSeconds).toBe(
    12,
  );
});

test('names each parameter that is wrong', () => {
  const detail = [
    { loc: ['query', 'limit'], msg: 'must be >= 1', type: 'greater_than_equal' },
    { loc: ['query'], msg: 'must not have this', type: 'value_error' },
  ];
  const { message } = errorOfFailure({ status: 422, data: argus('ARGUS_INVALID_INPUT', detail) });
  expect(message).toBe('Argus refused the request: limit must be >= 1; must not have this.');
});

test('gives the request id of a failure inside the backend', () => {
  const data = { ...argus('ARGUS_INTERNAL'), request_id: 'r-1' };
  expect(errorOfFailure({ status: 500, data }).message).toContain('r-1');
});

test.each([undefined, null, 'text', new Error('boom'), { data: 1 }])('%p is an error, too', (thrown) => {
  expect(errorOfFailure(thrown).kind).toBe('unreachable');
});
