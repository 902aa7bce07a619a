import { createClient } from '../../data/client';
import { testConnection } from '../../datasource/health';

export interface TestResult {
  readonly isGood: boolean;
  /** What was found, or what is wrong and what to do. */
  readonly message: string;
  readonly details: string | undefined;
}

/** Asks the backend through the data source's routes, as the pages will. */
export async function testDataSource(uid: string): Promise<TestResult> {
  const client = createClient(`/api/datasources/proxy/uid/${encodeURIComponent(uid)}`, {
    isAfterChange: true,
  });
  const { status, message, details } = await testConnection(client);
  const more: unknown = details?.message;
  return { isGood: status === 'success', message, details: typeof more === 'string' ? more : undefined };
}
