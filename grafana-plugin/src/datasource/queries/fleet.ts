import { fleetFrame } from '../frames/fleet';
import { type QueryAnswer, type QueryContext, warning } from './context';
import { selectedFleet } from './selection';

/** Every server the query lets through, as one table. */
export async function runFleet(context: QueryContext): Promise<QueryAnswer> {
  const fleet = await selectedFleet(context);
  const notices = fleet.notReady === undefined ? [] : [warning(fleet.notReady)];
  return { frames: [fleetFrame(context.query.refId, fleet)], notices };
}
