import type { AppRootProps } from '@grafana/data';
import { render, screen } from '@testing-library/react';
import { App } from './App';

test('shows its name', () => {
  render(<App {...({ meta: { name: 'Argus' } } as AppRootProps)} />);
  expect(screen.getByRole('heading')).toHaveTextContent('Argus');
});
