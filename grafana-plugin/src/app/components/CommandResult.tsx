import { Alert } from '@grafana/ui';
import type { UseMutationResult } from '@tanstack/react-query';
import type { ArgusError } from '../../data/errors';
import type { Done } from '../../data/models';

interface Props<Answer, Order> {
  readonly command: UseMutationResult<Answer, ArgusError, Order>;
  /** In the middle of a sentence: "the model could not be changed". */
  readonly failed: string;
}

/** Why a command did not do what it should, and what to do; nothing where it did. */
export function CommandFailure<Answer, Order>({ command: { error, reset }, failed }: Props<Answer, Order>) {
  return error === null ? null : (
    <Alert severity="error" title={failed} onRemove={reset}>
      {error.message} {error.remedy}
    </Alert>
  );
}

/** What came of a command: what the backend says it did, or why it did not and what to do. */
export function CommandResult<Order>({ command, failed }: Props<Done, Order>) {
  const { data, error, reset } = command;
  if (error !== null) return <CommandFailure command={command} failed={failed} />;
  return data === undefined ? null : <Alert severity="success" title={data.message} onRemove={reset} />;
}
