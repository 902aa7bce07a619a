/** A server's measurements in a form that another thread and a file can take: holidays as dates. */
import { holidaysOn } from '../catalog/calendar.ts';
import { DAY_MS, HORIZON_STEPS, stepStartMs } from '../catalog/time.ts';
import { lastStepOf, type ServerSeries } from '../training/datasets/series.ts';

export interface PlainSeries extends Omit<ServerSeries, 'holidays'> {
  /** Local dates, `YYYY-MM-DD`, within the series and its last horizon. */
  readonly holidayDates: readonly string[];
}

export function plainOf({ holidays, ...series }: ServerSeries): PlainSeries {
  const holidayDates: string[] = [];
  if (holidays !== undefined) {
    // No zone is further than a day from UTC.
    const first = Math.floor(stepStartMs(series.firstStep) / DAY_MS) - 1;
    const last = Math.floor(stepStartMs(lastStepOf(series) + HORIZON_STEPS) / DAY_MS) + 1;
    for (let day = first; day <= last; day++) {
      if (holidays(day)) holidayDates.push(new Date(day * DAY_MS).toISOString().slice(0, 10));
    }
  }
  return { ...series, holidayDates };
}

export function withHolidays({ holidayDates, ...series }: PlainSeries): ServerSeries {
  return { ...series, holidays: holidaysOn(holidayDates) };
}
