import { Stack, Text } from '@grafana/ui';
import { useState } from 'react';
import { useCancelTraining, useStartTraining, useTrainingStatus } from '../../data/adminHooks';
import { ArgusError } from '../../data/errors';
import type { TrainingStatus } from '../../data/training';
import { Card } from '../components/Card';
import { CommandResult } from '../components/CommandResult';
import { QueryState } from '../components/QueryState';
import { AdminButton } from '../components/RoleButton';
import { TEST_IDS } from '../testIds';
import { CancelTrainingDialog } from './CancelTrainingDialog';
import { TrainDialog } from './TrainDialog';
import { TrainingProgress } from './TrainingProgress';

function withoutTraining(error: Error) {
  if (!(error instanceof ArgusError) || error.kind !== 'unsupported') return undefined;
  return <Text color="secondary">This version of the backend does not train; update Argus for it.</Text>;
}

/** Whether a training is under way, and the buttons to begin and end one. */
export const TrainingCard = ({ timeZone }: { readonly timeZone: string }) => {
  const status = useTrainingStatus();
  const start = useStartTraining();
  const cancel = useCancelTraining();
  const [dialog, setDialog] = useState<'train' | 'cancel'>();
  const close = () => setDialog(undefined);
  const isActive = status.data?.training_active === true;
  const isBusy = start.isPending || cancel.isPending;
  return (
    <Card
      title="Training"
      description="A new model is trained on the kept history, held against the one in use on the newest days it has not seen, and taken only if it is better."
      testId={TEST_IDS.training}
      actions={
        status.data === undefined ? undefined : isActive ? (
          <AdminButton
            variant="destructive"
            fill="outline"
            disabled={isBusy}
            onClick={() => setDialog('cancel')}
          >
            Cancel training
          </AdminButton>
        ) : (
          <AdminButton variant="primary" disabled={isBusy} onClick={() => setDialog('train')}>
            {start.isPending ? 'Starting…' : 'Train now'}
          </AdminButton>
        )
      }
    >
      <CommandResult command={start} failed="The training was not started" />
      <CommandResult command={cancel} failed="The training was not cancelled" />
      <QueryState query={status} what="the training" onError={withoutTraining}>
        {(data) => <State status={data} timeZone={timeZone} />}
      </QueryState>
      <TrainDialog
        isOpen={dialog === 'train'}
        onDismiss={close}
        onTrain={(order) => {
          close();
          cancel.reset();
          start.mutate(order);
        }}
      />
      <CancelTrainingDialog
        isOpen={dialog === 'cancel'}
        onDismiss={close}
        onCancel={() => {
          close();
          start.reset();
          cancel.mutate();
        }}
      />
    </Card>
  );
};

const State = ({ status, timeZone }: { readonly status: TrainingStatus; readonly timeZone: string }) => {
  if (status.training_active) return <TrainingProgress status={status} timeZone={timeZone} />;
  return (
    <Stack direction="column" gap={0.5}>
      <Text>No training is under way.</Text>
      <Text color="secondary">{status.message}</Text>
    </Stack>
  );
};
