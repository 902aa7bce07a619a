import { ConfirmModal } from '@grafana/ui';

interface Props {
  readonly isOpen: boolean;
  readonly onCancel: () => void;
  readonly onDismiss: () => void;
}

export const CancelTrainingDialog = ({ isOpen, onCancel, onDismiss }: Props) => (
  <ConfirmModal
    isOpen={isOpen}
    title="Cancel the training?"
    body="What it has learned so far is thrown away. The model in use goes on forecasting."
    confirmText="Cancel training"
    dismissText="Keep training"
    onConfirm={onCancel}
    onDismiss={onDismiss}
  />
);
