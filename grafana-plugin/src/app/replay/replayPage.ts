import { EmbeddedScene, SceneAppPage, SceneTimePicker, SceneTimeRange } from '@grafana/scenes';
import { PAGE, pageUrl } from '../../shared/routes';
import { ReplayView } from './ReplayView';

/** Without a refresh: the period stays as it is while settings are tried, so that its forecasts are made once. */
export function replayPage(): SceneAppPage {
  return new SceneAppPage({
    title: 'Replay',
    subTitle: 'What other thresholds and hold times would have said in a time that is past.',
    url: pageUrl('replay'),
    routePath: `${PAGE.replay}/*`,
    $timeRange: new SceneTimeRange({ from: 'now-30d', to: 'now' }),
    controls: [new SceneTimePicker({ isOnCanvas: true })],
    getScene: () => new EmbeddedScene({ body: new ReplayView({}) }),
  });
}
