/** Sizes in CSS pixels. */
export interface MapLayout {
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Whether cells are wide enough for a name and a score. */
  readonly labelled: boolean;
  readonly gap: number;
  /** Groups by column, as positions in the list of groups. */
  readonly columns: ReadonlyArray<readonly number[]>;
  readonly columnWidth: number;
  /** Cells of one row. */
  readonly perRow: number;
  readonly scrolls: boolean;
}

export const HEADING_HEIGHT = 22;
export const GROUP_GAP = 8;
export const COLUMN_GAP = 16;
const LABELLED = { cellWidth: 148, cellHeight: 28, labelled: true } as const;
const LARGEST_CELL = 44;
/** A smaller cell could not be hit, nor its shape be told. */
const SMALLEST_CELL = 14;
/** Where the map scrolls anyway, cells are a little larger. */
const SCROLLED_CELL = 18;
const MAX_COLUMNS = 4;
const MIN_COLUMN_WIDTH = 180;
const SCROLLBAR_WIDTH = 12;

/**
 * Cells as large as all servers fit in without scrolling, with names where those fit, their groups in as many columns as
 * that takes. Where even the smallest do not fit, the map scrolls.
 * @param sizes servers of each group
 * @param headings whether groups have a line with their name
 */
export function mapLayout(
  sizes: readonly number[],
  width: number,
  height: number,
  headings: boolean,
): MapLayout {
  const most = Math.max(1, Math.min(MAX_COLUMNS, sizes.length, Math.floor(width / MIN_COLUMN_WIDTH)));
  for (const cell of CELLS) {
    for (let columns = 1; columns <= most; columns += 1) {
      const tried = arrange(sizes, { ...cell, columns, width, headings });
      if (tried.height <= height) return { ...tried.layout, scrolls: false };
    }
  }
  const small = { ...square(SCROLLED_CELL), columns: most, width: width - SCROLLBAR_WIDTH, headings };
  return { ...arrange(sizes, small).layout, scrolls: true };
}

type Cell = Pick<MapLayout, 'cellWidth' | 'cellHeight' | 'labelled'>;

function square(side: number): Cell {
  return { cellWidth: side, cellHeight: side, labelled: false };
}

/** Cells to try, the most telling first. */
const CELLS: readonly Cell[] = [
  LABELLED,
  ...Array.from({ length: LARGEST_CELL - SMALLEST_CELL + 1 }, (_, smaller) => square(LARGEST_CELL - smaller)),
];

interface Attempt extends Cell {
  readonly columns: number;
  readonly width: number;
  readonly headings: boolean;
}

function arrange(sizes: readonly number[], { columns, width, headings, ...cell }: Attempt) {
  const gap = cell.cellHeight >= 20 ? 3 : 2;
  const columnWidth = Math.floor((width - COLUMN_GAP * (columns - 1)) / columns);
  const perRow = Math.max(1, Math.floor((columnWidth + gap) / (cell.cellWidth + gap)));
  const heights = sizes.map(
    (size) =>
      Math.ceil(size / perRow) * (cell.cellHeight + gap) + GROUP_GAP + (headings ? HEADING_HEIGHT : 0),
  );
  const placed = fill(heights, columns);
  return {
    height: Math.max(0, ...placed.heights) - GROUP_GAP,
    layout: { ...cell, gap, columns: placed.columns, columnWidth, perRow },
  };
}

/** Each group goes, in order, to the column that is shortest so far. */
function fill(heights: readonly number[], count: number) {
  const columns = Array.from({ length: count }, (): number[] => []);
  const filled = new Array<number>(count).fill(0);
  for (const [group, height] of heights.entries()) {
    const shortest = filled.indexOf(Math.min(...filled));
    columns[shortest]?.push(group);
    filled[shortest] = (filled[shortest] ?? 0) + height;
  }
  return { columns, heights: filled };
}

export type Direction = 'left' | 'right' | 'up' | 'down' | 'first' | 'last';

export type Centre = readonly [x: number, y: number];

/**
 * Where an arrow key takes one among cells of which only the places are known: the nearest in that direction.
 * @param centreOf asked only where the places matter
 */
export function neighbour(
  count: number,
  centreOf: (index: number) => Centre,
  from: number,
  direction: Direction,
): number {
  switch (direction) {
    case 'left':
      return Math.max(0, from - 1);
    case 'right':
      return Math.min(count - 1, from + 1);
    case 'first':
      return 0;
    case 'last':
      return count - 1;
    default:
      return nearestRow(count, centreOf, from, direction === 'up' ? -1 : 1);
  }
}

/** Sideways counts more: going down stays in its column where there is one. */
const SIDEWAYS = 3;

function nearestRow(count: number, centreOf: (index: number) => Centre, from: number, sign: -1 | 1): number {
  const [x0, y0] = centreOf(from);
  let best = from;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let index = 0; index < count; index += 1) {
    const [x, y] = centreOf(index);
    const along = (y - y0) * sign;
    const cost = along + Math.abs(x - x0) * SIDEWAYS;
    if (along > 1 && cost < bestCost) {
      best = index;
      bestCost = cost;
    }
  }
  return best;
}
