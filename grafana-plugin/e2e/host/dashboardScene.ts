import type { DataSourceRef, FieldConfigSource } from '@grafana/data';
import {
  ConstantVariable,
  CustomVariable,
  DataSourceVariable,
  EmbeddedScene,
  QueryVariable,
  SceneControlsSpacer,
  SceneDataTransformer,
  SceneGridItem,
  SceneGridLayout,
  SceneGridRow,
  SceneQueryRunner,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  SceneVariableSet,
  TextBoxVariable,
  VariableValueSelectors,
  VizPanel,
} from '@grafana/scenes';

interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface PanelJson {
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos: GridPosition;
  readonly datasource?: DataSourceRef | null;
  readonly targets?: readonly (Record<string, unknown> & { readonly refId: string })[];
  readonly options?: Record<string, unknown>;
  readonly fieldConfig?: FieldConfigSource<Record<string, unknown>>;
  readonly transformations?: readonly { readonly id: string; readonly options: unknown }[];
  readonly maxDataPoints?: number;
  readonly repeat?: string;
}

interface VariableJson {
  readonly type: string;
  readonly name: string;
  readonly label?: string;
  readonly query?: unknown;
  readonly regex?: string;
  readonly datasource?: DataSourceRef | null;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly current?: { readonly value?: string | string[]; readonly text?: string | string[] };
}

/** A dashboard's JSON as Grafana's documentation describes it, as far as the preview reads it. */
export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly time?: { readonly from: string; readonly to: string };
  readonly refresh?: string;
  readonly templating?: { readonly list: readonly VariableJson[] };
  readonly panels: readonly PanelJson[];
}

function variable(json: VariableJson) {
  const { name, label, multi = false, includeAll = false, regex = '' } = json;
  const value = json.current?.value ?? (includeAll ? '$__all' : '');
  const text = json.current?.text ?? value;
  const common = { name, label: label ?? name };
  const choice = { ...common, isMulti: multi, includeAll, value, text };
  switch (json.type) {
    case 'datasource':
      return new DataSourceVariable({ ...choice, pluginId: String(json.query ?? ''), regex });
    case 'query':
      return new QueryVariable({
        ...choice,
        datasource: json.datasource ?? null,
        query: json.query as string,
        regex,
      });
    case 'custom':
      return new CustomVariable({ ...choice, query: String(json.query ?? '') });
    case 'textbox':
      return new TextBoxVariable({ ...common, value: String(value) });
    default:
      return new ConstantVariable({ ...common, value: String(value) });
  }
}

function panelData(json: PanelJson) {
  if (json.targets === undefined) return undefined;
  const runner = new SceneQueryRunner({
    queries: json.targets.map((target) => ({ ...target })),
    ...(json.datasource && { datasource: json.datasource }),
    ...(json.maxDataPoints && { maxDataPoints: json.maxDataPoints }),
  });
  const transformations = [
    ...(json.transformations ?? []),
  ] as SceneDataTransformer['state']['transformations'];
  return transformations.length === 0 ? runner : new SceneDataTransformer({ $data: runner, transformations });
}

function gridItem(json: PanelJson) {
  const { x, y, w: width, h: height } = json.gridPos;
  if (json.type === 'row')
    return new SceneGridRow({ title: json.title ?? '', y, isCollapsible: false, children: [] });
  const data = panelData(json);
  return new SceneGridItem({
    x,
    y,
    width,
    height,
    body: new VizPanel({
      pluginId: json.type,
      title: json.title ?? '',
      ...(json.description && { description: json.description }),
      options: json.options ?? {},
      fieldConfig: json.fieldConfig ?? { defaults: {}, overrides: [] },
      ...(data && { $data: data }),
    }),
  });
}

/** Rows hold the panels that follow them, up to the next row. */
function gridChildren(panels: readonly PanelJson[]) {
  const children: (SceneGridItem | SceneGridRow)[] = [];
  for (const json of panels) {
    const item = gridItem(json);
    const last = children.at(-1);
    if (item instanceof SceneGridItem && last instanceof SceneGridRow) {
      last.setState({ children: [...last.state.children, item] });
    } else children.push(item);
  }
  return children;
}

/** Builds a dashboard of Scenes' objects from a dashboard's JSON. */
export function dashboardScene(dashboard: DashboardModel): EmbeddedScene {
  const { from = 'now-6h', to = 'now' } = dashboard.time ?? {};
  return new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from, to }),
    $variables: new SceneVariableSet({ variables: (dashboard.templating?.list ?? []).map(variable) }),
    controls: [
      new VariableValueSelectors({}),
      new SceneControlsSpacer(),
      new SceneTimePicker({}),
      new SceneRefreshPicker({ refresh: dashboard.refresh ?? '' }),
    ],
    body: new SceneGridLayout({ children: gridChildren(dashboard.panels), isLazy: false }),
  });
}
