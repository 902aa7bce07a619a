import { Alert, Button, LinkButton, Stack } from '@grafana/ui';
import { ArgusError, type ArgusErrorKind } from '../../data/errors';
import { CONFIG_URL } from '../../shared/routes';
import { isAdministrator } from '../roles';
import { TEST_IDS } from '../testIds';
import { capitalised } from './format';

/** Errors of the connection, which an administrator puts right on the Configuration page. */
export const CONNECTION_KINDS: readonly ArgusErrorKind[] = [
  'not_configured',
  'unreachable',
  'certificate',
  'key_missing',
  'key_refused',
  'wrong_service',
];

interface Props {
  readonly error: Error;
  /** In the middle of a sentence: "the alerts". */
  readonly what: string;
  /** Older data stays on the page below. */
  readonly isStale?: boolean;
  readonly onRetry?: () => void;
  readonly isRetrying?: boolean;
}

/** What failed, why, what to do about it, and a way to do it. */
export const ErrorNotice = ({ error, what, isStale = false, onRetry, isRetrying = false }: Props) => {
  const isAdmin = isAdministrator();
  const known = error instanceof ArgusError ? error : undefined;
  const title = isStale
    ? `${capitalised(what)} could not be refreshed; what is shown is older`
    : `${capitalised(what)} could not be loaded`;
  const hasSettings = known !== undefined && CONNECTION_KINDS.includes(known.kind) && isAdmin;
  const canRetry = onRetry !== undefined && (known?.canRetry ?? true);
  return (
    <div data-testid={TEST_IDS.error}>
      <Alert severity={isStale ? 'warning' : 'error'} title={title} role="alert">
        <Stack direction="column" gap={1}>
          <div>
            {error.message} {known?.remedy}
          </div>
          {canRetry || hasSettings ? (
            <Stack direction="row" gap={1}>
              {canRetry ? (
                <Button size="sm" variant="secondary" onClick={onRetry} disabled={isRetrying} icon="sync">
                  {isRetrying ? 'Trying…' : 'Try again'}
                </Button>
              ) : null}
              {hasSettings ? (
                <LinkButton size="sm" variant="secondary" href={CONFIG_URL} icon="cog">
                  Open configuration
                </LinkButton>
              ) : null}
            </Stack>
          ) : null}
        </Stack>
      </Alert>
    </div>
  );
};
