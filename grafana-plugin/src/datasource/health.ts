/** The test of a data source: what answers, what it runs, and whether the keys are good. */
import type { TestDataSourceResponse } from '@grafana/data';
import { unknown } from 'valibot';
import type { ArgusClient } from '../data/client';
import { type ArgusError, asArgusError } from '../data/errors';
import { fetchServers } from '../data/server';
import { fetchHealth, fetchStatus, type Status } from '../data/status';

function count(servers: number): string {
  return servers === 1 ? '1 server' : `${servers} servers`;
}

function modelText({ model, model_loaded: isLoaded }: Status): string {
  if (!isLoaded) return 'no model is loaded, baselines forecast';
  const provider = model.provider === null ? '' : ` on ${model.provider}`;
  return `model ${model.id ?? 'without a name'}${provider}`;
}

function progressText({ servers_tracked: servers, warmup_complete: isWarm }: Status): string {
  if (servers === 0) return ' No server has sent anything yet: point an OpenTelemetry Collector at Argus.';
  return isWarm ? '' : ' The first forecasts are still to come.';
}

/** No model is called so: the key is checked before the name, and nothing is changed. */
const NO_MODEL = { model_path: '.argus-key-test' };

/** What the admin key is good for. Reading needs none, so a change is asked for that cannot be made. */
async function adminKeyText(client: ArgusClient): Promise<string> {
  try {
    await client.post('/admin/reload-model', unknown(), { body: NO_MODEL });
  } catch (thrown) {
    const { kind, message } = asArgusError(thrown);
    if (kind === 'key_missing') return 'No admin key: reloading and training are off.';
    if (kind === 'key_refused') return `Admin key: ${message}`;
    if (kind === 'refused' || kind === 'not_found') return 'Administrators may reload and train.';
  }
  return 'Whether administrators may reload and train could not be tested.';
}

function failed(error: ArgusError): TestDataSourceResponse {
  return { status: 'error', message: error.sentence };
}

/** Says in a sentence that all is well, or what is not and what to do. */
export async function testConnection(client: ArgusClient): Promise<TestDataSourceResponse> {
  try {
    const { version } = await fetchHealth(client);
    const status = await fetchStatus(client);
    await fetchServers(client, { limit: 1 });
    const message = `Argus ${version} answers: ${count(status.servers_tracked)}, ${modelText(status)}. Reading is allowed.`;
    return {
      status: 'success',
      message: `${message}${progressText(status)}`,
      details: { message: await adminKeyText(client) },
    };
  } catch (thrown) {
    return failed(asArgusError(thrown));
  }
}
