import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import {
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type RefObject,
  useCallback,
  useMemo,
  useRef,
  useState,
} from 'react';
import { formatRisk } from '../../shared/format';
import { followServer, serverHref } from '../../shared/ServerLink';
import { TEST_ID } from '../testIds';
import { type CellLook, type CellStyles, cellClass, cellLooks, getCellStyles } from './cellStyles';
import { describeServer } from './describe';
import {
  type Centre,
  COLUMN_GAP,
  type Direction,
  GROUP_GAP,
  HEADING_HEIGHT,
  mapLayout,
  neighbour,
} from './mapLayout';
import type { ColorBy } from './options';
import { ServerCard } from './ServerCard';
import type { FleetGroup, FleetServer } from './servers';

export interface FleetMapProps {
  readonly groups: readonly FleetGroup[];
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly colorBy: ColorBy;
  readonly headings: boolean;
}

interface Pointed {
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

const KEYS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'first',
  End: 'last',
};

/**
 * All servers as cells, by group. One stop for the tab key: arrow keys go from server to server, Enter opens its page.
 * Events are caught by the map, not by its thousands of cells.
 */
export const FleetMap = ({ groups, width, height, colorBy, headings }: FleetMapProps) => {
  const styles = useStyles2(getStyles);
  const map = useRef<HTMLDivElement>(null);
  const visited = useRef<string | undefined>(undefined);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const servers = useMemo(() => groups.flatMap((group) => group.servers), [groups]);

  const point = useCallback((target: EventTarget | null) => {
    const cell = cellOf(target);
    if (cell === undefined) return setPointed(null);
    const box = cell.getBoundingClientRect();
    setPointed({ index: Number(cell.dataset.index), x: box.right - 6, y: box.bottom - 6 });
  }, []);
  const forget = useCallback(() => setPointed(null), []);
  // The one stop of the tab key moves in the document itself: rendering a thousand cells for it takes longer than a key.
  const visit = useCallback(
    (target: EventTarget) => {
      point(target);
      const cell = cellOf(target);
      if (cell === undefined) return;
      for (const before of map.current?.querySelectorAll<HTMLElement>(`${CELL}[tabindex="0"]`) ?? [])
        before.tabIndex = -1;
      cell.tabIndex = 0;
      visited.current = servers[Number(cell.dataset.index)]?.name;
    },
    [point, servers],
  );
  const onClick = useCallback(
    (event: MouseEvent) => {
      const server = servers[Number(cellOf(event.target)?.dataset.index)];
      if (server !== undefined) followServer(event, server.name);
    },
    [servers],
  );
  const onKeyDown = useCallback((event: KeyboardEvent) => {
    if (event.key === 'Escape') return setPointed(null);
    const direction = KEYS[event.key];
    const cell = cellOf(event.target);
    if (direction === undefined || cell === undefined || map.current === null) return;
    event.preventDefault();
    const cells = [...map.current.querySelectorAll<HTMLElement>(CELL)];
    cells[
      neighbour(cells.length, (index) => centreOf(cells[index]), cells.indexOf(cell), direction)
    ]?.focus();
  }, []);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside are what is reached; events are caught once for all
    <div
      ref={map}
      className={styles.map}
      style={{ width, height }}
      data-testid={TEST_ID.fleetMap}
      onMouseOver={(event: MouseEvent) => point(event.target)}
      onMouseLeave={forget}
      onFocus={(event: FocusEvent) => visit(event.target)}
      onBlur={forget}
      onScroll={forget}
      onClick={onClick}
      onKeyDown={onKeyDown}
    >
      <Cells
        groups={groups}
        width={width}
        height={height}
        colorBy={colorBy}
        headings={headings}
        visited={visited}
      />
      <Pointer servers={servers} pointed={pointed} />
    </div>
  );
};

const CELL = 'a[data-index]';

function cellOf(target: EventTarget | null): HTMLElement | undefined {
  return target instanceof HTMLElement ? (target.closest<HTMLElement>(CELL) ?? undefined) : undefined;
}

function centreOf(cell: HTMLElement | undefined): Centre {
  if (cell === undefined) return [0, 0];
  const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = cell;
  return [offsetLeft + offsetWidth / 2, offsetTop + offsetHeight / 2];
}

const Pointer = ({ servers, pointed }: { servers: readonly FleetServer[]; pointed: Pointed | null }) => {
  const server = pointed === null ? undefined : servers[pointed.index];
  if (pointed === null || server === undefined) return null;
  return <ServerCard server={server} x={pointed.x} y={pointed.y} />;
};

interface CellsProps extends FleetMapProps {
  /** The server last visited: the tab key comes back to it. */
  readonly visited: RefObject<string | undefined>;
}

/** The cells themselves, drawn again only when servers or sizes change, not while the pointer moves. */
const Cells = memo(({ groups, width, height, colorBy, headings, visited }: CellsProps) => {
  const styles = useStyles2(getStyles);
  const cellStyles = useStyles2(getCellStyles);
  const theme = useTheme2();
  const look = useMemo(() => cellLooks(theme, colorBy), [theme, colorBy]);
  const sizes = groups.map((group) => group.servers.length);
  const layout = mapLayout(sizes, width, height, headings);
  const first = sizes.map((_, group) => sizes.slice(0, group).reduce((sum, size) => sum + size, 0));
  const names = groups.flatMap(({ servers }) => servers.map(({ name }) => name));
  const tabStop = Math.max(0, names.indexOf(visited.current ?? ''));

  const cells = (group: number) =>
    groups[group]?.servers.map((server, position) => {
      const index = (first[group] ?? 0) + position;
      return (
        <Cell
          key={server.name}
          server={server}
          index={index}
          isTabStop={index === tabStop}
          width={layout.cellWidth}
          height={layout.cellHeight}
          labelled={layout.labelled}
          styles={cellStyles}
          look={look}
        />
      );
    });

  return (
    <div className={styles.columns}>
      {layout.columns.map((members) => (
        <div key={members.join()} style={{ width: layout.columnWidth }}>
          {members.map((group) => (
            <section key={groups[group]?.key} className={styles.group}>
              {headings && (
                <h3 className={styles.heading}>
                  {groups[group]?.label} <span className={styles.count}>{sizes[group]}</span>
                </h3>
              )}
              <div className={styles.cells} style={{ gap: layout.gap }}>
                {cells(group)}
              </div>
            </section>
          ))}
        </div>
      ))}
    </div>
  );
});
Cells.displayName = 'Cells';

interface CellProps {
  readonly server: FleetServer;
  readonly index: number;
  readonly isTabStop: boolean;
  readonly width: number;
  readonly height: number;
  readonly labelled: boolean;
  readonly styles: CellStyles;
  readonly look: (server: FleetServer) => CellLook;
}

/** Kept as it is while only other cells change. */
const Cell = memo((props: CellProps) => {
  const { server, index, isTabStop, width, height, labelled, styles, look } = props;
  const { background, color, border, text } = look(server);
  return (
    <a
      href={serverHref(server.name)}
      className={cellClass(styles, server, labelled)}
      style={{ width, height, background, color, borderColor: border }}
      aria-label={describeServer(server)}
      tabIndex={isTabStop ? 0 : -1}
      data-index={index}
    >
      {labelled && (
        <>
          <span className={styles.name} style={{ color: text }}>
            {server.name}
          </span>{' '}
          <span className={styles.score} style={{ color: text }}>
            {server.risk === null ? '' : formatRisk(server.risk)}
          </span>
        </>
      )}
    </a>
  );
});
Cell.displayName = 'Cell';

const getStyles = (theme: GrafanaTheme2) => ({
  map: css({ overflowX: 'hidden', overflowY: 'auto', padding: 2 }),
  columns: css({ display: 'flex', gap: COLUMN_GAP, alignItems: 'flex-start' }),
  group: css({ marginBottom: GROUP_GAP }),
  heading: css({
    ...theme.typography.bodySmall,
    height: HEADING_HEIGHT,
    margin: 0,
    lineHeight: `${HEADING_HEIGHT}px`,
    fontWeight: theme.typography.fontWeightMedium,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  }),
  count: css({
    color: theme.colors.text.secondary,
    fontWeight: theme.typography.fontWeightRegular,
    marginLeft: theme.spacing(0.5),
  }),
  cells: css({ display: 'flex', flexWrap: 'wrap' }),
});
