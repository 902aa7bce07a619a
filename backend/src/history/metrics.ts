import { Counter, Gauge, type Registry } from 'prom-client';
import { TABLE_NAMES, type TableName } from './tables.ts';

/** The history about itself. */
export class HistoryMetrics {
  readonly #written: Counter<'table'>;
  readonly #lost: Counter<'table'>;
  readonly #errors: Counter<'table'>;
  readonly #damaged: Counter;
  readonly #removed: Counter<'reason'>;
  #lostRows = 0;

  /** @param isUp whether the history can be asked */
  constructor(registry: Registry, isUp: () => boolean) {
    const registers = [registry];
    const labelNames = ['table'] as const;
    this.#written = new Counter({
      name: 'argus_history_rows_written_total',
      help: 'Rows that are on disk.',
      labelNames,
      registers,
    });
    this.#lost = new Counter({
      name: 'argus_history_rows_lost_total',
      help: 'Rows that were given up because they could not be written in time.',
      labelNames,
      registers,
    });
    this.#errors = new Counter({
      name: 'argus_history_write_errors_total',
      help: 'Writes that failed; measurements and alerts are written later.',
      labelNames,
      registers,
    });
    for (const table of TABLE_NAMES) {
      for (const counter of [this.#written, this.#lost, this.#errors]) counter.inc({ table }, 0);
    }
    this.#damaged = new Counter({
      name: 'argus_history_damaged_files_total',
      help: 'Files that were set aside because they could not be read.',
      registers,
    });
    this.#removed = new Counter({
      name: 'argus_history_days_removed_total',
      help: 'Days removed, by reason: age, size, or space on the disk.',
      labelNames: ['reason'],
      registers,
    });
    new Gauge({
      name: 'argus_history_up',
      help: 'Whether the history can be asked.',
      registers,
      collect() {
        this.set(isUp() ? 1 : 0);
      },
    });
  }

  get lostRows(): number {
    return this.#lostRows;
  }

  written(table: TableName, rows: number): void {
    this.#written.inc({ table }, rows);
  }

  failed(table: TableName): void {
    this.#errors.inc({ table });
  }

  lost(table: TableName, rows: number): void {
    this.#lost.inc({ table }, rows);
    this.#lostRows += rows;
  }

  fileDamaged(): void {
    this.#damaged.inc();
  }

  dayRemoved(reason: string): void {
    this.#removed.inc({ reason });
  }
}
