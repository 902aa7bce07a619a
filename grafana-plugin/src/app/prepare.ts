import { initPluginTranslations } from '@grafana/i18n';
import { loadResources } from '@grafana/scenes';
import { APP_ID } from '../constants';

/** Loads the words of Scenes in the person's language; before that Scenes may not be shown. */
export async function prepare(): Promise<void> {
  await initPluginTranslations(APP_ID, [loadResources]);
}
