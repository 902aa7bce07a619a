import type { DataSourceSettings } from '@grafana/data';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ArgusDataSourceOptions, ArgusSecrets } from '../types';
import { ConfigEditor } from './ConfigEditor';
import { addressProblem, timeoutsOf } from './settings';

type Settings = DataSourceSettings<ArgusDataSourceOptions, ArgusSecrets>;

function show(settings: Partial<Settings> = {}) {
  const onOptionsChange = jest.fn<void, [Settings]>();
  const options = Object.freeze({
    url: 'http://localhost:8000',
    jsonData: {},
    secureJsonData: {},
    secureJsonFields: {},
    ...settings,
  }) as Settings;
  render(<ConfigEditor options={options} onOptionsChange={onOptionsChange} />);
  return { onOptionsChange, user: userEvent.setup() };
}

test('address and keys can be reached by their labels', () => {
  show();
  expect(screen.getByLabelText(/Address of Argus/)).toHaveValue('http://localhost:8000');
  expect(screen.getByLabelText(/Read key/)).toBeVisible();
  expect(screen.getByLabelText(/Admin key/)).toBeVisible();
});

test('a key that is stored is not shown, and is only replaced as a whole', async () => {
  const { user, onOptionsChange } = show({ secureJsonFields: { apiKey: true } });
  expect(screen.getByLabelText(/Read key/)).toBeDisabled();
  await user.click(screen.getByRole('button', { name: 'Reset' }));
  expect(onOptionsChange.mock.lastCall?.[0]).toMatchObject({
    secureJsonFields: { apiKey: false },
    secureJsonData: { apiKey: '' },
  });
});

test('a key goes with the secrets, never with the settings a browser can read', async () => {
  const { user, onOptionsChange } = show();
  await user.type(screen.getByLabelText(/Admin key/), 'k');
  const next = onOptionsChange.mock.lastCall?.[0];
  expect(next?.secureJsonData).toEqual({ adminKey: 'k' });
  expect(JSON.stringify(next?.jsonData)).toBe('{}');
});

test('certificates are asked for where the address is one of https', () => {
  show();
  expect(screen.queryByLabelText(/Own certificate authority/)).toBeNull();
  show({ url: 'https://argus:8000', jsonData: { tlsAuthWithCACert: true } });
  expect(screen.getByLabelText(/Certificate of the authority/)).toBeVisible();
});

test('an address that cannot be one is told at once', () => {
  show({ url: 'argus:8000' });
  expect(screen.getByRole('alert')).toHaveTextContent('Begin with http:// or https://.');
});

test.each([
  ['http://localhost:8000', undefined],
  ['https://argus.example/api/', undefined],
  ['', undefined],
  ['localhost:8000', /Begin with/],
  ['http://', /not an address/],
  ['http://user:pw@argus', /Leave out user/],
  ['http://argus?key=1', /Leave out what comes after/],
])('the address %p', (address, problem) => {
  if (problem === undefined) expect(addressProblem(address)).toBeUndefined();
  else expect(addressProblem(address)).toMatch(problem);
});

test('Grafana’s proxy waits longer than we do', () => {
  expect(timeoutsOf('60')).toEqual({ timeoutSeconds: 60, timeout: 65 });
  expect(timeoutsOf('-1')).toEqual({ timeoutSeconds: undefined, timeout: undefined });
});
