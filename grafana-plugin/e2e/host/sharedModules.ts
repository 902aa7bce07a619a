import * as emotionCss from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as grafanaData from '@grafana/data';
import * as grafanaDataUnstable from '@grafana/data/unstable';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaRuntimeUnstable from '@grafana/runtime/unstable';
import * as grafanaUi from '@grafana/ui';
import * as grafanaUiUnstable from '@grafana/ui/unstable';
import i18next from 'i18next';
import lodash from 'lodash';
import moment from 'moment';
import * as react from 'react';
import * as reactJsxDevRuntime from 'react/jsx-dev-runtime';
import * as reactJsxRuntime from 'react/jsx-runtime';
import * as reactDom from 'react-dom';
import * as reactRouter from 'react-router';
import * as rxjs from 'rxjs';
import * as rxjsOperators from 'rxjs/operators';

/** A library that plugins import as its default export and whose properties they also read by name. */
function withDefault(library: object): object {
  return { ...library, default: library, __useDefault: true };
}

/**
 * The libraries that Grafana gives to plugins instead of letting them bundle their own: the externals of the
 * @grafana/create-plugin scaffold, as far as this plugin and the libraries it bundles ask for them.
 */
const SHARED: Readonly<Record<string, object>> = {
  '@emotion/css': emotionCss,
  '@emotion/react': emotionReact,
  '@grafana/data': grafanaData,
  '@grafana/data/unstable': grafanaDataUnstable,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/runtime/unstable': grafanaRuntimeUnstable,
  '@grafana/ui': grafanaUi,
  '@grafana/ui/unstable': grafanaUiUnstable,
  i18next: withDefault(i18next),
  lodash: withDefault(lodash),
  moment: withDefault(moment),
  react,
  'react-dom': reactDom,
  'react-router': reactRouter,
  'react/jsx-dev-runtime': reactJsxDevRuntime,
  'react/jsx-runtime': reactJsxRuntime,
  rxjs,
  'rxjs/operators': rxjsOperators,
};

/** Makes the libraries known to SystemJS. It copies what a module exports, so services must stand before this. */
export function installSharedModules(): void {
  const imports = Object.fromEntries(Object.keys(SHARED).map((name) => [name, `shared:${name}`]));
  window.System.addImportMap({ imports });
  for (const [name, library] of Object.entries(SHARED)) window.System.set(`shared:${name}`, library);
}
