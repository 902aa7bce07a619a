import { Alert } from '@grafana/ui';
import { useStatus } from '../../data/hooks';
import type { Status } from '../../data/status';
import { formatDuration, formatTimeAgo } from '../../shared/format';
import { Fact, Facts } from '../components/Facts';
import { counted, formatMoment } from '../components/format';
import { QueryState } from '../components/QueryState';

const PROVIDERS: Readonly<Record<string, string>> = {
  cpu: 'CPU',
  cuda: 'GPU (CUDA)',
  webgpu: 'GPU (WebGPU)',
};

/** Which model runs, on what, and whether it keeps up. */
export const RunningModel = ({ timeZone }: { readonly timeZone: string }) => {
  const status = useStatus();
  return (
    <QueryState query={status} what="the state of the backend">
      {(data) => (
        <section aria-label="Model in use">
          <Running status={data} timeZone={timeZone} />
        </section>
      )}
    </QueryState>
  );
};

const Running = ({ status, timeZone }: { readonly status: Status; readonly timeZone: string }) => {
  const { model, last_cycle: cycle, servers_by_mode: modes } = status;
  const provider = model.provider === null ? 'Nothing' : (PROVIDERS[model.provider] ?? model.provider);
  return (
    <>
      {model.problem === null ? null : (
        <Alert
          severity="warning"
          title={status.model_loaded ? 'The model runs with a problem' : 'No model is loaded'}
        >
          {model.problem} {status.model_loaded ? '' : 'Baselines forecast until a model can be loaded.'}
        </Alert>
      )}
      <Facts>
        <Fact
          label="Model in use"
          value={status.model_path ?? 'None: baselines'}
          second={model.id === null ? undefined : `id ${model.id}`}
        />
        <Fact label="Runs on" value={provider} second={`Argus ${status.version}`} />
        <Fact
          label="Last forecast"
          value={cycle == null ? 'None yet' : formatTimeAgo(new Date(cycle.finished).valueOf(), timeZone)}
          second={
            cycle == null
              ? 'made when enough was measured'
              : `${formatMoment(cycle.finished, timeZone)}, ${counted(cycle.servers, 'server')} in ${cycle.duration_seconds.toFixed(1)} s`
          }
        />
        <Fact
          label="Servers"
          value={status.servers_tracked.toLocaleString('en-US')}
          second={`${modes.model ?? 0} by model, ${modes.baseline ?? 0} by baseline, ${modes.warming_up ?? 0} warming up, ${modes.stale ?? 0} stale`}
        />
        <Fact label="Running for" value={formatDuration(status.uptime_seconds)} />
      </Facts>
    </>
  );
};
