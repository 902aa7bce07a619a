import type { AppPluginMeta } from '@grafana/data';
import { Alert, Button, Field, Input, SecretInput, Stack } from '@grafana/ui';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { asArgusError } from '../../data/errors';
import type { ArgusAppSettings } from '../../data/instance';
import {
  type ArgusDataSourceSettings,
  addressProblem,
  reloadDataSources,
  saveApp,
  saveDataSource,
} from './settings';
import { type TestResult, testDataSource } from './testDataSource';

interface Props {
  readonly meta: AppPluginMeta<ArgusAppSettings>;
  /** Null: it is made by saving. */
  readonly existing: ArgusDataSourceSettings | null;
  /** Before anything is sent. */
  readonly onStart: () => void;
  readonly onSaved: (outcome: Outcome) => void;
}

export interface Outcome {
  readonly uid: string;
  readonly test: TestResult;
}

/** Address and keys of the backend, saved and tested with one click. */
export const ConnectionForm = ({ meta, existing, onStart, onSaved }: Props) => {
  const id = useId();
  const [url, setUrl] = useState(existing?.url ?? '');
  const [apiKey, setApiKey] = useState<string>();
  const [adminKey, setAdminKey] = useState<string>();
  const [isTouched, setTouched] = useState(false);
  const isReadOnly = existing?.readOnly === true;
  const problem = isReadOnly ? undefined : addressProblem(url);
  const save = useMutation<Outcome>({
    mutationFn: async () => {
      const uid = isReadOnly ? existing.uid : await saveDataSource(existing, { url, apiKey, adminKey });
      await saveApp(meta, uid);
      await reloadDataSources();
      return { uid, test: await testDataSource(uid) };
    },
    onMutate: onStart,
    onSuccess: (outcome) => {
      setApiKey(undefined);
      setAdminKey(undefined);
      onSaved(outcome);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTouched(true);
    if (problem === undefined) save.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Connection to Argus" noValidate>
      {isReadOnly ? (
        <Alert severity="info" title="This data source is provisioned">
          Its address and keys come from a file on the Grafana server and are changed there. It can be chosen
          and tested here.
        </Alert>
      ) : null}
      <Field
        label="Address of Argus"
        description="The REST API as the Grafana server reaches it."
        invalid={isTouched && problem !== undefined}
        error={problem}
        disabled={isReadOnly}
      >
        <Input
          id={`${id}-url`}
          type="url"
          placeholder="http://localhost:8000"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          onBlur={() => setTouched(url !== '')}
        />
      </Field>
      <Key
        id={`${id}-read`}
        label="Read key"
        description={
          <>
            <code>argus keys create --name grafana --scope read</code> prints one. Not needed where Argus has
            no keys and listens on its own machine only.
          </>
        }
        isConfigured={existing?.secureJsonFields?.apiKey === true}
        isReadOnly={isReadOnly}
        value={apiKey}
        onChange={setApiKey}
      />
      <Key
        id={`${id}-admin`}
        label="Admin key (optional)"
        description={
          <>
            <code>argus keys create --name grafana-admin --scope admin</code> prints one. Used for training
            and changing models, and only for administrators of Grafana.
          </>
        }
        isConfigured={existing?.secureJsonFields?.adminKey === true}
        isReadOnly={isReadOnly}
        value={adminKey}
        onChange={setAdminKey}
      />
      <Stack direction="column" gap={2}>
        <div>
          <Button type="submit" disabled={save.isPending} icon={save.isPending ? 'spinner' : undefined}>
            {buttonText(isReadOnly, save.isPending)}
          </Button>
        </div>
        {save.error === null ? null : (
          <Alert severity="error" title="Nothing was saved">
            {asArgusError(save.error).sentence}
          </Alert>
        )}
      </Stack>
    </form>
  );
};

function buttonText(isReadOnly: boolean, isPending: boolean): string {
  if (isPending) return isReadOnly ? 'Testing…' : 'Saving and testing…';
  return isReadOnly ? 'Use and test' : 'Save and test';
}

interface KeyProps {
  readonly id: string;
  readonly label: string;
  readonly description: ReactNode;
  /** Whether Grafana holds one. */
  readonly isConfigured: boolean;
  readonly isReadOnly: boolean;
  /** Undefined: as it is. */
  readonly value: string | undefined;
  readonly onChange: (value: string) => void;
}

/** A key that Grafana keeps and never shows again. */
const Key = ({ id, label, description, isConfigured, isReadOnly, value, onChange }: KeyProps) => (
  <Field label={label} description={description} disabled={isReadOnly}>
    <SecretInput
      id={id}
      autoComplete="off"
      isConfigured={isConfigured && value === undefined}
      value={value ?? ''}
      onReset={() => onChange('')}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  </Field>
);
