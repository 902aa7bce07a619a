import { Badge, type Column, ConfirmModal, InteractiveTable, Text } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { useModels, useReloadModel } from '../../data/adminHooks';
import { ArgusError } from '../../data/errors';
import type { Model } from '../../data/models';
import { Card } from '../components/Card';
import { CommandResult } from '../components/CommandResult';
import { formatMoment } from '../components/format';
import { QueryState } from '../components/QueryState';
import { AdminButton } from '../components/RoleButton';

interface CellProps {
  readonly row: { readonly original: Model };
}

interface Actions {
  readonly timeZone: string;
  readonly isBusy: boolean;
  readonly onUse: (model: Model) => void;
}

function columnsOf({ timeZone, isBusy, onUse }: Actions): Column<Model>[] {
  return [
    {
      id: 'name',
      header: 'Model',
      cell: ({ row: { original } }: CellProps) => (
        <>
          {original.name} {original.is_current ? <Badge text="In use" color="green" icon="check" /> : null}
        </>
      ),
      sortType: 'string',
    },
    {
      id: 'created',
      header: 'Made',
      cell: ({ row: { original } }: CellProps) =>
        original.created === null ? 'Not known' : formatMoment(original.created, timeZone),
      sortType: 'string',
    },
    {
      id: 'size_mb',
      header: 'Size',
      cell: ({ row: { original } }: CellProps) =>
        original.size_mb === null ? 'Not known' : `${original.size_mb.toFixed(1)} MB`,
      sortType: 'number',
    },
    {
      id: 'use',
      header: '',
      disableGrow: true,
      cell: ({ row: { original } }: CellProps) => (
        <AdminButton size="sm" variant="secondary" disabled={isBusy} onClick={() => onUse(original)}>
          {original.is_current ? 'Reload' : 'Use this model'}
        </AdminButton>
      ),
    },
  ];
}

function withoutModels(error: Error) {
  if (!(error instanceof ArgusError) || error.kind !== 'unsupported') return undefined;
  return (
    <Text color="secondary">
      This version of the backend cannot list or change its models; update Argus for it.
    </Text>
  );
}

/** The models on the backend's disk, and which one forecasts. */
export const ModelList = ({ timeZone }: { readonly timeZone: string }) => {
  const models = useModels();
  const reload = useReloadModel();
  const [chosen, setChosen] = useState<Model>();
  const { isPending } = reload;
  const columns = useMemo(
    () => columnsOf({ timeZone, isBusy: isPending, onUse: setChosen }),
    [timeZone, isPending],
  );
  const confirm = () => {
    if (chosen !== undefined) reload.mutate(chosen.name);
    setChosen(undefined);
  };
  return (
    <Card
      title="Models"
      description="Changing the model takes effect with the next forecast; nothing has to be restarted."
    >
      <CommandResult command={reload} failed="The model was not changed" />
      <QueryState query={models} what="the models" onError={withoutModels}>
        {({ models: list }) =>
          list.length === 0 ? (
            <Text color="secondary">There is no model on the backend's disk: baselines forecast.</Text>
          ) : (
            <InteractiveTable columns={columns} data={list} getRowId={({ path }) => path} />
          )
        }
      </QueryState>
      <ConfirmModal
        isOpen={chosen !== undefined}
        title={`Forecast with “${chosen?.name ?? ''}”?`}
        body="All servers are forecast by this model from the next forecast on. The report card starts anew for another model."
        confirmText={chosen?.is_current === true ? 'Reload' : 'Use this model'}
        confirmVariant="primary"
        // Grafana 12 knows it by this name.
        confirmButtonVariant="primary"
        onConfirm={confirm}
        onDismiss={() => setChosen(undefined)}
      />
    </Card>
  );
};
