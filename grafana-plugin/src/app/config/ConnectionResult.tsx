import { Alert } from '@grafana/ui';
import type { TestResult } from './testDataSource';

/** What the test found. */
export const ConnectionResult = ({ test }: { readonly test: TestResult }) => (
  <Alert
    severity={test.isGood ? 'success' : 'error'}
    title={test.isGood ? 'Saved, and Argus answers' : 'Saved, but Argus does not answer as it should'}
  >
    {test.message} {test.details}
  </Alert>
);
