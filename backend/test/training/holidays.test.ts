/** A short training on data with holidays: the network hears of them. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { temporaryFolder } from './fixtures.ts';
import { SHIPPED, teachHolidays } from './holidayLesson.ts';

const skip = existsSync(join(SHIPPED, 'train.onnx'))
  ? false
  : 'models/bundles/default has no train.onnx; make the bundle first';
const SAMPLES = 6000;

it('a model that went on from servers with holidays expects less load on one, and is nearer to what comes', {
  skip,
}, async (t) => {
  const { shipped, taught } = await teachHolidays(temporaryFolder(t), SAMPLES, 1);
  t.diagnostic(JSON.stringify({ shipped, taught }));
  assert.ok(Math.abs(shipped.told_minus_untold_pct) < 0.05, 'nothing taught the shipped model');
  assert.ok(taught.told_minus_untold_pct < -0.1, `${taught.told_minus_untold_pct} points when told`);
  assert.ok(taught.mae_told_pct < taught.mae_untold_pct, 'what it is told helps');
});
