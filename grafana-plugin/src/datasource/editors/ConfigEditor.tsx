import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { Field, FieldSet, Input, SecretInput, SecretTextArea, Switch } from '@grafana/ui';
import { type ChangeEvent, useId } from 'react';
import { DEFAULT_TIMEOUT_SECONDS } from '../../data/client';
import { DATA_SOURCE_TEST_ID } from '../testIds';
import type { ArgusDataSourceOptions, ArgusSecrets } from '../types';
import { addressProblem, timeoutsOf } from './settings';

type Props = DataSourcePluginOptionsEditorProps<ArgusDataSourceOptions, ArgusSecrets>;
type SecretName = keyof ArgusSecrets;

const WIDTH = 60;
const NARROW = 12;

interface SecretProps {
  readonly disabled: boolean;
  readonly isConfigured: boolean;
  readonly onReset: () => void;
  readonly onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => void;
}

/** How a secret is shown and changed: what is stored is never shown again, only replaced. */
function secretProps({ options, onOptionsChange }: Props, name: SecretName): SecretProps {
  const change = (value: string, isStored: boolean) =>
    onOptionsChange({
      ...options,
      secureJsonData: { ...options.secureJsonData, [name]: value },
      secureJsonFields: { ...options.secureJsonFields, [name]: isStored },
    });
  return {
    disabled: options.readOnly,
    isConfigured: options.secureJsonFields?.[name] ?? false,
    onReset: () => change('', false),
    onChange: (event) => change(event.currentTarget.value, false),
  };
}

function Connection(props: Props) {
  const { options, onOptionsChange } = props;
  const [urlId, timeoutId] = [useId(), useId()];
  const problem = addressProblem(options.url);
  const setJson = (changes: Partial<ArgusDataSourceOptions>) =>
    onOptionsChange({ ...options, jsonData: { ...options.jsonData, ...changes } });
  return (
    <FieldSet label="Connection">
      <Field
        label="Address of Argus"
        description="Where its REST API listens, as seen from the Grafana server"
        required
        invalid={problem !== undefined}
        error={problem}
      >
        <Input
          id={urlId}
          data-testid={DATA_SOURCE_TEST_ID.url}
          width={WIDTH}
          disabled={options.readOnly}
          value={options.url}
          placeholder="http://localhost:8000"
          onChange={(event) => onOptionsChange({ ...options, url: event.currentTarget.value.trim() })}
        />
      </Field>
      <Field label="Timeout in seconds" description="After which a request is given up">
        <Input
          id={timeoutId}
          data-testid={DATA_SOURCE_TEST_ID.timeout}
          type="number"
          min={1}
          width={NARROW}
          disabled={options.readOnly}
          value={options.jsonData.timeoutSeconds ?? ''}
          placeholder={String(DEFAULT_TIMEOUT_SECONDS)}
          onChange={(event) => setJson(timeoutsOf(event.currentTarget.value))}
        />
      </Field>
    </FieldSet>
  );
}

function Keys(props: Props) {
  const [readId, adminId] = [useId(), useId()];
  return (
    <FieldSet label="Keys">
      <Field
        label="Read key"
        description="For everyone who looks at forecasts: argus keys create --name grafana --scope read. Not needed where Argus runs without keys."
      >
        <SecretInput
          id={readId}
          data-testid={DATA_SOURCE_TEST_ID.apiKey}
          width={WIDTH}
          autoComplete="off"
          {...secretProps(props, 'apiKey')}
        />
      </Field>
      <Field
        label="Admin key"
        description="Optional. Lets administrators of Grafana, and only them, reload models and train: argus keys create --name grafana-admin --scope admin"
      >
        <SecretInput
          id={adminId}
          data-testid={DATA_SOURCE_TEST_ID.adminKey}
          width={WIDTH}
          autoComplete="off"
          {...secretProps(props, 'adminKey')}
        />
      </Field>
    </FieldSet>
  );
}

function Certificates(props: Props) {
  const { options, onOptionsChange } = props;
  const [authorityId, certificateId, skipId] = [useId(), useId(), useId()];
  const { tlsAuthWithCACert: hasAuthority = false, tlsSkipVerify = false } = options.jsonData;
  const setJson = (changes: Partial<ArgusDataSourceOptions>) =>
    onOptionsChange({ ...options, jsonData: { ...options.jsonData, ...changes } });
  return (
    <FieldSet label="Certificates">
      <Field
        label="Own certificate authority"
        description="Where the certificate of Argus is signed by an authority that the Grafana server does not know"
      >
        <Switch
          id={authorityId}
          disabled={options.readOnly}
          value={hasAuthority}
          onChange={(event) => setJson({ tlsAuthWithCACert: event.currentTarget.checked })}
        />
      </Field>
      {hasAuthority && (
        <Field
          label="Certificate of the authority"
          description="PEM, beginning with -----BEGIN CERTIFICATE-----"
        >
          <SecretTextArea id={certificateId} cols={WIDTH} rows={6} {...secretProps(props, 'tlsCACert')} />
        </Field>
      )}
      <Field
        label="Skip the check of certificates"
        description="For a trial only: anyone on the way could read the key and change what you see"
      >
        <Switch
          id={skipId}
          disabled={options.readOnly}
          value={tlsSkipVerify}
          onChange={(event) => setJson({ tlsSkipVerify: event.currentTarget.checked })}
        />
      </Field>
    </FieldSet>
  );
}

/** Settings of the data source. Grafana's own “Save & test” below them tells whether they are right. */
export function ConfigEditor(props: Props) {
  const isTls = props.options.url.startsWith('https:');
  return (
    <>
      <p>
        Forecasts, risk and alerts of servers, from a running Argus. The pages of the Argus app use this data
        source, too.
      </p>
      <Connection {...props} />
      <Keys {...props} />
      {isTls && <Certificates {...props} />}
    </>
  );
}
