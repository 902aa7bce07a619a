import { mapLayout, neighbour } from './mapLayout';

test('shows names where they fit', () => {
  expect(mapLayout([8, 8, 4], 1_400, 400, true)).toMatchObject({ labelled: true, scrolls: false });
});

test('fits 1,000 servers of seven profiles into a wide panel without scrolling', () => {
  const layout = mapLayout([143, 143, 143, 143, 143, 143, 142], 1_550, 420, true);
  expect(layout.scrolls).toBe(false);
  expect(layout.cellWidth).toBeGreaterThanOrEqual(14);
  expect(layout.columns.flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('scrolls rather than draw cells too small to hit', () => {
  const layout = mapLayout([5_000], 300, 200, true);
  expect(layout).toMatchObject({ scrolls: true, labelled: false });
  expect(layout.cellWidth).toBeGreaterThanOrEqual(14);
});

test.each([
  [[], 300, 200],
  [[1], 10, 5],
])('has a layout for %p in %p by %p', (sizes, width, height) => {
  const layout = mapLayout(sizes, width, height, true);
  expect(layout.perRow).toBeGreaterThanOrEqual(1);
});

describe('arrow keys', () => {
  // Two groups: three cells over two, then one alone below.
  const centres = [
    [10, 10],
    [30, 10],
    [50, 10],
    [10, 30],
    [30, 30],
    [10, 90],
  ] as const;

  test.each([
    [0, 'right', 1],
    [0, 'left', 0],
    [5, 'right', 5],
    [1, 'down', 4],
    [4, 'up', 1],
    [4, 'down', 5],
    [5, 'down', 5],
    [0, 'up', 0],
    [2, 'first', 0],
    [2, 'last', 5],
  ] as const)('from %p %s lies %p', (from, direction, to) => {
    expect(neighbour(centres.length, (index) => centres[index] ?? [0, 0], from, direction)).toBe(to);
  });
});
