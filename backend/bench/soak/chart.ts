/** Line charts as SVG files: no script, legible on light and dark ground, the same bytes for the same data. */

const WIDTH = 860;
const HEIGHT = 300;
const LEFT = 58;
const RIGHT = 20;
const TOP = 44;
const BOTTOM = 64;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;
const TICKS = 4;
const CHARACTER_WIDTH = 6.6;
const LEGEND_GAP = 34;

/** Colours of Okabe and Ito, told apart with all kinds of colour vision; light ground, then dark. */
const COLOURS: readonly (readonly [light: string, dark: string])[] = [
  ['#0072b2', '#56b4e9'],
  ['#d55e00', '#e69f00'],
  ['#007a5a', '#2fc49a'],
  ['#a6457c', '#e4a1c6'],
  ['#6b6b00', '#f0e442'],
  ['#555555', '#bbbbbb'],
];
const STYLE = [
  'text{font:12px system-ui,sans-serif;fill:#1f2328}',
  '.title{font-weight:600;font-size:14px}',
  '.ground{fill:#ffffff}.grid{stroke:#d0d7de;stroke-width:1}.mark{stroke:#57606a;stroke-width:1;stroke-dasharray:4 3}',
  '.line{fill:none;stroke-width:1.6;stroke-linejoin:round}',
  ...COLOURS.map(([light], i) => `.c${i}{stroke:${light}}`),
  '@media (prefers-color-scheme:dark){text{fill:#e6edf3}.ground{fill:#0d1117}.grid{stroke:#30363d}.mark{stroke:#9198a1}',
  ...COLOURS.map(([, dark], i) => `.c${i}{stroke:${dark}}`),
  '}',
].join('');

export interface Series {
  readonly name: string;
  /** In the order of x; a null y breaks the line. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
}

export interface Mark {
  readonly x: number;
  readonly label: string;
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
  /** Moments that are told by a vertical line. */
  readonly marks: readonly Mark[];
  /** Where the y axis begins; 0 otherwise. */
  readonly yFrom?: number;
  readonly xTo: number;
}

export function drawChart(chart: Chart): string {
  const { title, series, marks, xLabel, xTo, yFrom = 0 } = chart;
  const top = niceTop(
    Math.max(yFrom, ...series.flatMap(({ points }) => points.map(([, y]) => y ?? yFrom))),
    yFrom,
  );
  const x = (value: number) => LEFT + (PLOT_WIDTH * value) / xTo;
  const y = (value: number) => TOP + PLOT_HEIGHT * (1 - (value - yFrom) / (top - yFrom));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style><rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    `<text class="title" x="${LEFT}" y="20">${escaped(title)}</text>`,
    ...yAxis(top, yFrom, y),
    ...xAxis(xTo, xLabel, x),
    ...marksOf(marks, x),
    ...series.map(
      ({ points }, i) => `<path class="line c${i % COLOURS.length}" d="${pathOf(points, x, y)}"/>`,
    ),
    ...legend(series),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

/** The next number above that divides well. */
function niceTop(highest: number, from: number): number {
  const span = Math.max(highest - from, 1e-9);
  const unit = 10 ** Math.floor(Math.log10(span));
  const factor = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10].find((one) => one * unit >= span) ?? 10;
  return from + factor * unit;
}

function yAxis(top: number, from: number, y: (value: number) => number): readonly string[] {
  return Array.from({ length: TICKS + 1 }, (_, i) => {
    const value = from + ((top - from) * i) / TICKS;
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${fixed(y(value))}" y2="${fixed(y(value))}"/><text x="${LEFT - 8}" y="${fixed(y(value) + 4)}" text-anchor="end">${shown(value)}</text>`;
  });
}

function xAxis(to: number, label: string, x: (value: number) => number): readonly string[] {
  const every = [0.25, 0.5, 1, 2, 5, 10, 20, 50].find((step) => to / step <= 12) ?? 100;
  const ticks = Array.from({ length: Math.floor(to / every) + 1 }, (_, i) => i * every);
  return [
    ...ticks.map(
      (tick) =>
        `<text x="${fixed(x(tick))}" y="${TOP + PLOT_HEIGHT + 17}" text-anchor="middle">${shown(tick)}</text>`,
    ),
    `<text x="${WIDTH - RIGHT}" y="${TOP + PLOT_HEIGHT + 32}" text-anchor="end">${escaped(label)}</text>`,
  ];
}

/** Labels of neighbours stand on two lines, so that they do not run into each other. */
function marksOf(marks: readonly Mark[], x: (value: number) => number): readonly string[] {
  return marks.map(({ x: at, label }, i) => {
    const isLate = x(at) > WIDTH * 0.85;
    const anchor = isLate ? 'end' : 'start';
    return `<line class="mark" x1="${fixed(x(at))}" x2="${fixed(x(at))}" y1="${TOP - 10}" y2="${TOP + PLOT_HEIGHT}"/><text x="${fixed(x(at) + (isLate ? -4 : 4))}" y="${TOP + 2 + (i % 3) * 13}" text-anchor="${anchor}">${escaped(label)}</text>`;
  });
}

function pathOf(
  points: Series['points'],
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  let isDown = false;
  return points
    .map(([at, value]) => {
      if (value === null) {
        isDown = false;
        return '';
      }
      const command = isDown ? 'L' : 'M';
      isDown = true;
      return `${command}${fixed(x(at))} ${fixed(y(value))}`;
    })
    .join('');
}

function legend(series: readonly Series[]): readonly string[] {
  let at = LEFT;
  return series.map(({ name }, i) => {
    const from = at;
    at += LEGEND_GAP + name.length * CHARACTER_WIDTH;
    const baseline = HEIGHT - 12;
    return `<line class="line c${i % COLOURS.length}" x1="${fixed(from)}" x2="${fixed(from + 16)}" y1="${baseline - 4}" y2="${baseline - 4}"/><text x="${fixed(from + 21)}" y="${baseline}">${escaped(name)}</text>`;
  });
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
