import { Counter, Gauge, type Registry } from 'prom-client';
import { REFUSAL_REASONS } from './admission.ts';
import type { Fleet } from './fleet.ts';
import { PLACE_ATTRIBUTES } from './identity.ts';
import type { FleetStore } from './persistence/store.ts';

/**
 * The fleet's metrics on a registry. They are read when the registry is: the hot path counts in plain numbers.
 * @param store null for a fleet that is in memory only
 */
export function addFleetMetrics(registry: Registry, fleet: Fleet, store: FleetStore | null): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };

  gauge('argus_fleet_servers', 'Servers in the fleet.', () => fleet.serverCount);
  new Counter({
    name: 'argus_fleet_servers_refused_total',
    help: 'Times a server was not let in, by reason.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const reason of REFUSAL_REASONS) this.inc({ reason }, fleet.stats.refused[reason]);
    },
  });
  counter('argus_fleet_servers_left_total', 'Servers that left because nothing was heard of them.', () => {
    return fleet.stats.left;
  });
  counter(
    'argus_fleet_attributes_dropped_total',
    'Server attributes left out: too many, too long, or with control characters.',
    () => {
      return fleet.attributesDropped;
    },
  );
  new Counter({
    name: 'argus_fleet_places_refused_total',
    help: 'Times a server sent a time zone or country that is not known, by attribute.',
    labelNames: ['attribute'],
    registers: [registry],
    collect() {
      this.reset();
      for (const attribute of PLACE_ATTRIBUTES) this.inc({ attribute }, fleet.placesRefused[attribute]);
    },
  });
  counter('argus_fleet_points_total', 'Measurements taken into the window.', () => fleet.stats.points);
  counter('argus_fleet_late_points_total', 'Measurements of steps that had closed already.', () => {
    return fleet.stats.latePoints;
  });
  counter('argus_fleet_steps_closed_total', 'Steps closed since the start.', () => fleet.stats.stepsClosed);
  gauge('argus_fleet_closed_step_end_timestamp_seconds', 'End of the newest closed step.', () => {
    return fleet.closedStepEndMs / 1000;
  });
  if (store === null) return;

  gauge('argus_journal_healthy', '1 while everything acknowledged of closed steps is on disk.', () => {
    return store.healthy ? 1 : 0;
  });
  gauge('argus_journal_bytes', 'Bytes in the journal since the last snapshot.', () => store.journalBytes);
  counter('argus_journal_errors_total', 'Writes to journal or snapshot that the disk refused.', () => {
    return store.errors;
  });
  gauge('argus_snapshot_duration_seconds', 'Time the newest snapshot took; 0 before the first.', () => {
    return store.newestSnapshot?.seconds ?? 0;
  });
  gauge('argus_snapshot_bytes', 'Size of the newest snapshot; 0 before the first.', () => {
    return store.newestSnapshot?.bytes ?? 0;
  });
  gauge(
    'argus_snapshot_last_timestamp_seconds',
    'When the newest snapshot was done; 0 before the first.',
    () => {
      return (store.newestSnapshot?.atMs ?? 0) / 1000;
    },
  );
}
