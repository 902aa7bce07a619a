import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, type Column, ConfirmModal, InteractiveTable, Text, useStyles2 } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { useAnnotations, useRemoveAnnotation } from '../../data/annotationHooks';
import type { Annotation, AnnotationFilter } from '../../data/annotations';
import { ArgusError } from '../../data/errors';
import { VerdictMark } from '../alerts/VerdictCell';
import { windowScope, windowTimes } from '../alerts/windowTexts';
import { Card } from '../components/Card';
import { CommandFailure } from '../components/CommandResult';
import { capitalised } from '../components/format';
import { QueryState } from '../components/QueryState';
import { EditorButton } from '../components/RoleButton';
import { TEST_IDS } from '../testIds';
import { PlanMaintenance } from './PlanMaintenance';

interface CellProps {
  readonly row: { readonly original: Annotation };
}

const NOWRAP = css({ whiteSpace: 'nowrap' });

/** Windows that other systems know have an id that begins with their name. */
const FETCHED = /^(alertmanager|grafana)-/;

/** Windows that hold now or will, the active first. */
export function comingWindows(annotations: readonly Annotation[], nowMs: number): Annotation[] {
  return annotations
    .filter(({ kind, to }) => isWindow(kind) && (to === null || Date.parse(to) > nowMs))
    .sort((a, b) => Number(b.active) - Number(a.active) || a.from.localeCompare(b.from));
}

function isWindow(kind: Annotation['kind']): boolean {
  return kind === 'maintenance' || kind === 'expected';
}

const TextCell = ({ children }: { readonly children: string }) => {
  const styles = useStyles2(getStyles);
  return <div className={styles.text}>{children}</div>;
};

interface DeleteProps {
  readonly annotation: Annotation;
  readonly isBusy: boolean;
  readonly onDelete: (annotation: Annotation) => void;
}

const DeleteCell = ({ annotation, isBusy, onDelete }: DeleteProps) => {
  if (FETCHED.test(annotation.id)) return <Text color="secondary">Ends there</Text>;
  return (
    <EditorButton
      size="sm"
      variant="secondary"
      icon="trash-alt"
      aria-label={`Delete the window: ${windowScope(annotation)}`}
      disabled={isBusy}
      onClick={() => onDelete(annotation)}
    >
      Delete
    </EditorButton>
  );
};

function columnsOf(
  timeZone: string,
  isBusy: boolean,
  onDelete: (annotation: Annotation) => void,
): Column<Annotation>[] {
  return [
    {
      id: 'active',
      header: 'State',
      cell: ({ row: { original } }: CellProps) =>
        original.active ? (
          <Badge className={NOWRAP} text="Mutes now" icon="bell-slash" color="blue" />
        ) : (
          <Badge className={NOWRAP} text="To come" icon="clock-nine" color="darkgrey" />
        ),
      disableGrow: true,
    },
    {
      id: 'kind',
      header: 'Kind',
      cell: ({ row: { original } }: CellProps) => <VerdictMark kind={original.kind} />,
      disableGrow: true,
    },
    {
      id: 'whom',
      header: 'For',
      cell: ({ row: { original } }: CellProps) => <TextCell>{windowScope(original)}</TextCell>,
    },
    {
      id: 'when',
      header: 'When',
      cell: ({ row: { original } }: CellProps) => (
        <TextCell>{capitalised(windowTimes(original, timeZone))}</TextCell>
      ),
    },
    {
      id: 'text',
      header: 'Comment',
      cell: ({ row: { original } }: CellProps) => <TextCell>{original.text}</TextCell>,
    },
    { id: 'author', header: 'From', disableGrow: true },
    {
      id: 'delete',
      header: '',
      cell: ({ row: { original } }: CellProps) => (
        <DeleteCell annotation={original} isBusy={isBusy} onDelete={onDelete} />
      ),
      disableGrow: true,
    },
  ];
}

function withoutAnnotations(error: Error) {
  if (!(error instanceof ArgusError) || error.kind !== 'unsupported') return undefined;
  return (
    <Text color="secondary">
      This version of the backend keeps no verdicts and no maintenance; update Argus for it.
    </Text>
  );
}

interface Props {
  /** The same as the alerts around it are judged with, so that both are asked for once. */
  readonly filter: AnnotationFilter;
  readonly timeZone: string;
}

/** Times in which alerts are muted, now and to come. */
export const MaintenanceCard = ({ filter, timeZone }: Props) => {
  const annotations = useAnnotations(filter);
  const remove = useRemoveAnnotation();
  const [chosen, setChosen] = useState<Annotation>();
  const confirm = () => {
    if (chosen !== undefined) remove.mutate(chosen.id);
    setChosen(undefined);
  };
  return (
    <Card
      title="Maintenance"
      description="Alerts of these servers and times are muted, and nothing is learned from them."
      testId={TEST_IDS.maintenance}
      actions={<PlanMaintenance timeZone={timeZone} />}
    >
      <CommandFailure command={remove} failed="The window was not deleted" />
      <QueryState query={annotations} what="the maintenance windows" onError={withoutAnnotations}>
        {(data) => (
          <Windows
            windows={data.annotations}
            timeZone={timeZone}
            isBusy={remove.isPending}
            onDelete={setChosen}
          />
        )}
      </QueryState>
      <ConfirmModal
        isOpen={chosen !== undefined}
        title="Delete this window?"
        body={
          chosen === undefined ? '' : `${windowScope(chosen)}: alerts are no longer muted by it, at once.`
        }
        confirmText="Delete"
        dismissText="Keep"
        onConfirm={confirm}
        onDismiss={() => setChosen(undefined)}
      />
    </Card>
  );
};

interface WindowsProps {
  readonly windows: readonly Annotation[];
  readonly timeZone: string;
  readonly isBusy: boolean;
  readonly onDelete: (annotation: Annotation) => void;
}

const PAGE_SIZE = 10;

const Windows = ({ windows, timeZone, isBusy, onDelete }: WindowsProps) => {
  const styles = useStyles2(getStyles);
  const rows = useMemo(() => comingWindows(windows, Date.now()), [windows]);
  const columns = useMemo(() => columnsOf(timeZone, isBusy, onDelete), [timeZone, isBusy, onDelete]);
  if (rows.length === 0) return <Text color="secondary">No maintenance is planned.</Text>;
  return (
    <div className={styles.table}>
      <InteractiveTable columns={columns} data={rows} getRowId={({ id }) => id} pageSize={PAGE_SIZE} />
    </div>
  );
};

const getStyles = (_theme: GrafanaTheme2) => ({
  table: css({ overflowX: 'auto', '& td': { verticalAlign: 'top' } }),
  text: css({ minWidth: 120, maxWidth: '50ch', whiteSpace: 'normal', overflowWrap: 'anywhere' }),
});
