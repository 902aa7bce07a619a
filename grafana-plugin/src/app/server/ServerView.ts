import {
  SceneObjectBase,
  type SceneObjectState,
  SceneObjectUrlSyncConfig,
  type SceneObjectUrlValues,
  SceneQueryRunner,
  type VizPanel,
} from '@grafana/scenes';
import { DATA_SOURCE_TYPE } from '../../constants';
import type { ArgusQuery } from '../../datasource/types';
import { HORIZONS } from '../../shared/metrics';
import { lazyView } from '../scenes/lazyView';

interface State extends SceneObjectState {
  readonly server: string;
  /** One for each forecast metric, in the order of TARGETS. */
  readonly panels: readonly VizPanel[];
  readonly riskPanel: VizPanel;
  /** How long before a time the earlier forecast was made; empty: it is not shown. */
  readonly pastLead: string;
}

export const DEFAULT_PAST_LEAD = '1h';

function forecastQuery(server: string, pastLead: string): ArgusQuery {
  return {
    refId: 'A',
    queryType: 'forecast',
    servers: [server],
    history: true,
    ...(pastLead === '' ? {} : { pastLead }),
  };
}

/** One query for all metrics of a server; each panel takes its own from the answer. */
export function forecastRunner(dataSourceUid: string, server: string): SceneQueryRunner {
  return new SceneQueryRunner({
    datasource: { type: DATA_SOURCE_TYPE, uid: dataSourceUid },
    queries: [forecastQuery(server, DEFAULT_PAST_LEAD)],
  });
}

/** The Server page's content. */
export class ServerView extends SceneObjectBase<State> {
  static Component = lazyView<ServerView>(async () => (await import('./ServerPage')).ServerPage);

  protected override _urlSync = new SceneObjectUrlSyncConfig(this, { keys: ['past'] });

  getUrlState(): SceneObjectUrlValues {
    const { pastLead } = this.state;
    return { past: pastLead === DEFAULT_PAST_LEAD ? null : pastLead || 'none' };
  }

  updateFromUrl({ past }: SceneObjectUrlValues): void {
    if (past === undefined) return;
    if (past === null) this.setPastLead(DEFAULT_PAST_LEAD);
    else this.setPastLead(HORIZONS.some(({ name }) => name === past) ? String(past) : '');
  }

  /** The person's choice: the back button undoes it. */
  choosePastLead(pastLead: string): void {
    this._urlSync.performBrowserHistoryAction(() => this.setPastLead(pastLead));
  }

  private setPastLead(pastLead: string): void {
    if (pastLead === this.state.pastLead) return;
    this.setState({ pastLead });
    const runner = this.state.$data;
    if (!(runner instanceof SceneQueryRunner)) return;
    runner.setState({ queries: [forecastQuery(this.state.server, pastLead)] });
    if (runner.isActive) runner.runQueries();
  }
}
