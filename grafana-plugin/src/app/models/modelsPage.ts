import { EmbeddedScene, SceneAppPage } from '@grafana/scenes';
import { PAGE, pageUrl } from '../../shared/routes';
import { presentRange, refreshControl } from '../scenes/controls';
import { ModelsView } from './ModelsView';

export function modelsPage(): SceneAppPage {
  return new SceneAppPage({
    title: 'Models',
    subTitle: 'What forecasts, how exact it has been, and what is being learned.',
    url: pageUrl('models'),
    routePath: `${PAGE.models}/*`,
    $timeRange: presentRange(),
    controls: [refreshControl()],
    getScene: () => new EmbeddedScene({ body: new ModelsView({}) }),
  });
}
