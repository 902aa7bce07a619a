import { Button, Field, Input, Modal, Switch } from '@grafana/ui';
import { useId, useState } from 'react';
import type { TrainingOrder } from '../../data/training';

const DEFAULT_EPOCHS = 10;
const MOST_EPOCHS = 1000;

interface Props {
  readonly isOpen: boolean;
  readonly onTrain: (order: TrainingOrder) => void;
  readonly onDismiss: () => void;
}

function epochsIn(text: string): number | undefined {
  const epochs = Number(text);
  return Number.isInteger(epochs) && epochs >= 1 && epochs <= MOST_EPOCHS ? epochs : undefined;
}

/** Asks how to train, and says what that means, before anything begins. */
export const TrainDialog = ({ isOpen, onTrain, onDismiss }: Props) => {
  const [text, setText] = useState(String(DEFAULT_EPOCHS));
  const [incremental, setIncremental] = useState(true);
  const id = useId();
  const epochs = epochsIn(text);
  return (
    <Modal title="Train a new model" isOpen={isOpen} onDismiss={onDismiss}>
      <p>
        Training uses the backend's processors for minutes to hours. Forecasts go on meanwhile, and the model
        in use changes only if the new one is better.
      </p>
      <Field
        label="Epochs"
        description="Passes over the history. Ten are enough for most fleets."
        invalid={epochs === undefined}
        error={`A whole number from 1 to ${MOST_EPOCHS}`}
      >
        <Input
          id={`${id}-epochs`}
          type="number"
          min={1}
          max={MOST_EPOCHS}
          width={16}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </Field>
      <Field
        label="Go on from the model in use"
        description="Off: a network is trained from the beginning, which takes longer and needs more history."
      >
        <Switch
          id={`${id}-incremental`}
          value={incremental}
          onChange={(event) => setIncremental(event.currentTarget.checked)}
        />
      </Field>
      <Modal.ButtonRow>
        <Button variant="secondary" fill="outline" onClick={onDismiss}>
          Not now
        </Button>
        <Button
          disabled={epochs === undefined}
          onClick={() => {
            if (epochs !== undefined) onTrain({ epochs, incremental });
          }}
        >
          Train
        </Button>
      </Modal.ButtonRow>
    </Modal>
  );
};
