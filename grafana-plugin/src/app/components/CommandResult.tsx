import { Alert } from '@grafana/ui';
import type { UseMutationResult } from '@tanstack/react-query';
import type { ArgusError } from '../../data/errors';
import type { Done } from '../../data/models';

interface Props<Order> {
  readonly command: UseMutationResult<Done, ArgusError, Order>;
  /** In the middle of a sentence: "the model could not be changed". */
  readonly failed: string;
}

/** What came of a command: what the backend says it did, or why it did not and what to do. */
export function CommandResult<Order>({ command, failed }: Props<Order>) {
  const { data, error, reset } = command;
  if (error !== null) {
    return (
      <Alert severity="error" title={failed} onRemove={reset}>
        {error.message} {error.remedy}
      </Alert>
    );
  }
  return data === undefined ? null : <Alert severity="success" title={data.message} onRemove={reset} />;
}
