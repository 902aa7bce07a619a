import {
  type CustomTransformOperator,
  EmbeddedScene,
  SceneAppPage,
  SceneDataNode,
  SceneDataTransformer,
  VizPanel,
} from '@grafana/scenes';
import { map } from 'rxjs';
import { APP_URL, FORECAST_PANEL_ID } from '../../constants';
import { TARGETS } from '../../shared/metrics';
import { PAGE, serverOfParameter, serverUrl } from '../../shared/routes';
import { forecastRange, timeControls } from '../scenes/controls';
import { metricOf } from './forecastFrames';
import { DEFAULT_PAST_LEAD, forecastRunner, ServerView } from './ServerView';

function onlyMetric(metric: string): CustomTransformOperator {
  return () => (source) => source.pipe(map((frames) => frames.filter((frame) => metricOf(frame) === metric)));
}

/** A panel of one metric, which takes its frame from the page's query. */
function metricPanel(name: string, label: string): VizPanel {
  return new VizPanel({
    key: `metric-${name}`,
    pluginId: FORECAST_PANEL_ID,
    title: label,
    options: { titles: false },
    $data: new SceneDataTransformer({ transformations: [onlyMetric(name)] }),
  });
}

function riskPanel(): VizPanel {
  return new VizPanel({
    key: 'risk-history',
    pluginId: FORECAST_PANEL_ID,
    title: '',
    options: { titles: false, extend: false },
    hoverHeader: true,
    displayMode: 'transparent',
    $data: new SceneDataNode(),
  });
}

function serverView(dataSourceUid: string, server: string): ServerView {
  return new ServerView({
    server,
    panels: TARGETS.map(({ name, label }) => metricPanel(name, label)),
    riskPanel: riskPanel(),
    pastLead: DEFAULT_PAST_LEAD,
    $data: forecastRunner(dataSourceUid, server),
  });
}

function pageOf(dataSourceUid: string, server: string, fleet: SceneAppPage): SceneAppPage {
  return new SceneAppPage({
    title: server,
    url: serverUrl(server),
    routePath: '',
    $timeRange: forecastRange(),
    controls: timeControls(),
    preserveUrlKeys: [],
    getParentPage: () => fleet,
    getScene: () => new EmbeddedScene({ body: serverView(dataSourceUid, server) }),
  });
}

/** /servers/NAME for every server. */
export function serverPage(dataSourceUid: string, fleet: SceneAppPage): SceneAppPage {
  return new SceneAppPage({
    title: 'Servers',
    url: `${APP_URL}/${PAGE.server}`,
    routePath: `${PAGE.server}/*`,
    drilldowns: [
      {
        routePath: ':server/*',
        getPage: ({ params }) => pageOf(dataSourceUid, serverOfParameter(params.server ?? ''), fleet),
      },
    ],
  });
}
