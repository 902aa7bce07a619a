export interface Grid {
  readonly columns: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Whether the charts are higher than the panel together. */
  readonly scrolls: boolean;
}

const MIN_WIDTH = 240;
const MIN_HEIGHT = 130;
/** Width over height at which a chart of 32 hours reads best. */
const BEST_RATIO = 2.4;
const SCROLLBAR_WIDTH = 12;

/**
 * How `count` charts share a panel of `width` by `height` CSS pixels: as near the best ratio as fits; where no grid fits,
 * charts keep a readable size and the panel scrolls.
 */
export function gridLayout(count: number, width: number, height: number, gap: number): Grid {
  if (count <= 1) return { columns: 1, cellWidth: width, cellHeight: height, scrolls: false };
  const fitting = Array.from({ length: count }, (_, index) =>
    cell(index + 1, count, width, height, gap),
  ).filter(({ cellWidth, cellHeight }) => cellWidth >= MIN_WIDTH && cellHeight >= MIN_HEIGHT);
  const best = fitting.reduce<Grid | undefined>(
    (found, grid) => (found === undefined || misfit(grid) < misfit(found) ? grid : found),
    undefined,
  );
  return best ?? scrolling(count, width, gap);
}

function cell(columns: number, count: number, width: number, height: number, gap: number): Grid {
  const rows = Math.ceil(count / columns);
  return {
    columns,
    cellWidth: Math.floor((width - gap * (columns - 1)) / columns),
    cellHeight: Math.floor((height - gap * (rows - 1)) / rows),
    scrolls: false,
  };
}

/** How far a grid's cells are from the best ratio, and how much of it stays empty. */
function misfit({ cellWidth, cellHeight }: Grid): number {
  return Math.abs(Math.log(cellWidth / cellHeight / BEST_RATIO));
}

function scrolling(count: number, width: number, gap: number): Grid {
  const inner = width - SCROLLBAR_WIDTH;
  const columns = Math.max(1, Math.min(count, Math.floor((inner + gap) / (MIN_WIDTH + 40 + gap))));
  const cellWidth = Math.floor((inner - gap * (columns - 1)) / columns);
  const cellHeight = Math.max(MIN_HEIGHT, Math.min(220, Math.round(cellWidth / BEST_RATIO)));
  return { columns, cellWidth, cellHeight, scrolls: true };
}
