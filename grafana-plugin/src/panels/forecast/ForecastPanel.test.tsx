import { FieldType, LoadingState, type PanelProps, toDataFrame } from '@grafana/data';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { serverOfParameter } from '../../shared/routes';
import {
  forecastFrame,
  HOSTILE_NAMES,
  ORIGIN_MS,
  panelData,
  panelProps,
  range,
  STEP_MS,
} from '../test/factories';
import { TEST_ID } from '../testIds';
import { ForecastPanel } from './ForecastPanel';
import { FORECAST_DEFAULTS, type ForecastOptions } from './options';
import { axisRange, readSeries } from './read';

interface Drawn {
  readonly data: readonly (readonly (number | null)[])[];
  readonly width: number;
}
const drawn: Drawn[] = [];

// jsdom has no canvas: what is drawn is looked at in a browser, what is handed to the chart is looked at here.
jest.mock('@grafana/ui', () => ({
  ...jest.requireActual('@grafana/ui'),
  UPlotChart: (props: Drawn) => {
    drawn.push(props);
    return <div data-testid="uplot" />;
  },
}));
// Components of Grafana take long to draw in jsdom on a busy machine.
jest.setTimeout(30_000);

const push = jest.fn();
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  locationService: { push: (url: string) => push(url) },
}));

beforeEach(() => {
  drawn.length = 0;
  push.mockClear();
});

type Rest = Partial<PanelProps<ForecastOptions>>;

function show(
  frames: Parameters<typeof panelData>[0],
  options: Partial<ForecastOptions> = {},
  rest: Rest = {},
) {
  const props = panelProps({ ...FORECAST_DEFAULTS, ...options }, panelData(frames), rest);
  return render(<ForecastPanel {...props} />);
}

test('draws a chart for each metric of each server, named and linked', async () => {
  show([forecastFrame(), forecastFrame({ server: 'ppdb002', metric: 'cpu_used_pct' })]);
  const charts = screen.getAllByTestId(TEST_ID.chart);
  expect(charts).toHaveLength(2);
  expect(charts[0]).toHaveAccessibleName(
    'Memory used of ppdb001: now 70%, forecast 96% at the end, passes the warning threshold at Jul 5, 16:30, ' +
      'passes the critical threshold at Jul 5, 18:40 (model). Arrow keys read the values.',
  );
  await userEvent.click(screen.getByRole('link', { name: 'ppdb002' }));
  expect(push).toHaveBeenCalledWith('/a/argus-app/servers/ppdb002');
});

test('hides and shows a layer by its legend', async () => {
  show([forecastFrame()]);
  const band = within(screen.getByTestId(TEST_ID.legend)).getByRole('button', { name: 'P10–P90' });
  expect(band).toHaveAttribute('aria-pressed', 'true');
  await userEvent.click(band);
  expect(band).toHaveAttribute('aria-pressed', 'false');
});

test('names in the legend only what there is', () => {
  show([forecastFrame({ thresholds: null })]);
  const names = within(screen.getByTestId(TEST_ID.legend))
    .getAllByRole('button')
    .map(({ textContent }) => textContent);
  expect(names).toEqual(['Measured', 'Forecast (P50)', 'P10–P90']);
});

test('draws half a forecast and leaves out what is no number', () => {
  const p50 = [70, Number.NaN, null, Number.POSITIVE_INFINITY, 71];
  show([forecastFrame({ past: [60, Number.NaN, 62], p50, p10: [69, null, null, null, 70], p90: [] })]);
  const yhat = drawn[0]?.data[6];
  expect(yhat).toEqual([null, null, null, 70, null, null, null, 71]);
  expect(drawn[0]?.data[7]?.slice(0, 3)).toEqual([60, null, 62]);
  expect(drawn[0]?.data[4]?.every((value) => value === null)).toBe(true);
});

test('says that a metric has no forecast, and still draws what was measured', () => {
  show([forecastFrame({ p50: [null, null], p10: [null, null], p90: [null, null] })]);
  expect(screen.getByText('no forecast')).toBeVisible();
  expect(drawn[0]?.data[7]?.[0]).toBe(60);
});

test('says which baseline a forecast comes from', () => {
  show([forecastFrame({ forecaster: 'seasonal' })]);
  expect(screen.getByText('baseline: same time yesterday')).toBeVisible();
});

test('draws no more charts than chosen and says how many are left', () => {
  show(
    Array.from({ length: 5 }, (_, i) => forecastFrame({ server: `s${i}` })),
    { maxCharts: 3 },
  );
  expect(screen.getAllByTestId(TEST_ID.chart)).toHaveLength(3);
  expect(screen.getByText(/^2 more charts are not shown/)).toBeVisible();
});

test.each(HOSTILE_NAMES)('shows the server %p as text, with a link that keeps its name', async (server) => {
  show([forecastFrame({ server })]);
  const link = screen.getByRole('link', { name: server });
  expect(
    serverOfParameter(decodeURIComponent((link.getAttribute('href') ?? '').split('/').at(-1) ?? '')),
  ).toBe(server);
});

test('a small panel keeps the chart and drops legend and title', () => {
  show([forecastFrame()], {}, { width: 160, height: 60 });
  expect(screen.getByTestId(TEST_ID.chart)).toBeVisible();
  expect(screen.queryByTestId(TEST_ID.legend)).not.toBeInTheDocument();
  expect(screen.queryByRole('link')).not.toBeInTheDocument();
});

test('frames that lost their meta data are still drawn, from where the forecast begins', () => {
  const { meta: _meta, ...bare } = forecastFrame();
  const [series] = readSeries({ series: [bare] }, FORECAST_DEFAULTS, { theme: theme() });
  expect(series).toMatchObject({ server: 'ppdb001', metric: 'mem_used_pct', originMs: ORIGIN_MS });
});

test('thresholds of the options stand in where frames bring none', () => {
  const [series] = readSeries(
    { series: [forecastFrame({ thresholds: null })] },
    { ...FORECAST_DEFAULTS, critical: 90 },
    { theme: theme() },
  );
  expect(series?.thresholds).toEqual({ warning: null, critical: 90 });
});

describe('without a forecast', () => {
  test.each([
    ['Loading the forecast…', { state: LoadingState.Loading }],
    ['No forecast yet', {}],
  ])('says %p', (text, rest) => {
    render(<ForecastPanel {...panelProps(FORECAST_DEFAULTS, panelData([], rest))} />);
    expect(screen.getByRole('status')).toHaveTextContent(text);
  });

  test('says what went wrong', () => {
    const errors = [{ message: 'Grafana cannot reach Argus.' }];
    render(
      <ForecastPanel
        {...panelProps(FORECAST_DEFAULTS, panelData([], { state: LoadingState.Error, errors }))}
      />,
    );
    expect(screen.getByRole('alert')).toHaveTextContent('Grafana cannot reach Argus.');
  });

  test('says what it can draw where the data is something else', () => {
    show([toDataFrame({ fields: [{ name: 'value', type: FieldType.number, values: [1] }] })]);
    expect(screen.getByRole('status')).toHaveTextContent('No forecast in this data');
  });
});

describe('the axis', () => {
  const series = () => readSeries({ series: [forecastFrame()] }, FORECAST_DEFAULTS, { theme: theme() });
  const end = ORIGIN_MS + 95 * STEP_MS;

  test('goes on to the end of the forecast where the range ends now', () => {
    const now = range(ORIGIN_MS - 3_600_000, ORIGIN_MS + 60_000, { from: 'now-1h', to: 'now' });
    expect(axisRange(now, series(), true).to).toBe(end);
    expect(axisRange(now, series(), false).to).toBe(ORIGIN_MS + 60_000);
  });

  test('keeps a range that was chosen by hand, into the past or into the future', () => {
    const past = range(ORIGIN_MS - 7_200_000, ORIGIN_MS - 3_600_000);
    expect(axisRange(past, series(), true).to).toBe(ORIGIN_MS - 3_600_000);
    const zoomed = range(ORIGIN_MS, ORIGIN_MS + 7_200_000);
    expect(axisRange(zoomed, series(), true)).toEqual({ from: ORIGIN_MS, to: ORIGIN_MS + 7_200_000 });
  });

  test('takes two dates that end at the forecast’s origin for now', () => {
    expect(axisRange(range(ORIGIN_MS - 3_600_000, ORIGIN_MS), series(), true).to).toBe(end);
  });
});

function theme() {
  return jest.requireActual('@grafana/data').createTheme();
}
