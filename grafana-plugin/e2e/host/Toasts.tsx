import { css } from '@emotion/css';
import { AppEvents, type GrafanaTheme2 } from '@grafana/data';
import { getAppEvents } from '@grafana/runtime';
import { Alert, type AlertVariant, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';

const SHOWN_MS = 6_000;
const EVENTS = [
  [AppEvents.alertSuccess, 'success'],
  [AppEvents.alertInfo, 'info'],
  [AppEvents.alertWarning, 'warning'],
  [AppEvents.alertError, 'error'],
] as const;

interface Toast {
  readonly id: number;
  readonly variant: AlertVariant;
  readonly text: string;
}

const getStyles = (theme: GrafanaTheme2) =>
  css({
    position: 'fixed',
    right: theme.spacing(2),
    top: theme.spacing(7),
    zIndex: theme.zIndex.portal,
    width: 380,
  });

let nextId = 1;

/** Messages that plugins and requests announce as app events. */
export const Toasts = () => {
  const styles = useStyles2(getStyles);
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  useEffect(() => {
    const remove = (id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id));
    const subscriptions = EVENTS.map(([event, variant]) =>
      getAppEvents().subscribe({ type: event.name } as never, ({ payload }: { payload?: unknown }) => {
        const text = (Array.isArray(payload) ? payload : [payload]).filter(Boolean).join(': ');
        const id = nextId++;
        setToasts((shown) => [...shown, { id, variant, text }]);
        setTimeout(() => remove(id), SHOWN_MS);
      }),
    );
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  }, []);
  return (
    <div className={styles} aria-live="polite">
      {toasts.map(({ id, variant, text }) => (
        <Alert key={id} severity={variant} title={text} elevated />
      ))}
    </div>
  );
};
