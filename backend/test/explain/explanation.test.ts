import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { profileIndex } from '../../src/catalog/profiles.ts';
import { targetIndex } from '../../src/catalog/targets.ts';
import { composeCoalition } from '../../src/explain/attribution.ts';
import { capRows } from '../../src/explain/edits.ts';
import { measuredMetrics } from '../../src/explain/families.ts';
import { GradientHost } from '../../src/explain/gradientHost.ts';
import { heatAnswer, integratedGradients } from '../../src/explain/gradients.ts';
import { chooseGroups, MOST_GROUPS } from '../../src/explain/groups.ts';
import type { ExplainMethod, ExplanationAnswer } from '../../src/explain/schemas.ts';
import { sentenceParts } from '../../src/explain/sentences.ts';
import type { Subject } from '../../src/explain/subject.ts';
import { HEALTHY_CAUSE } from '../../src/risk/cause.ts';
import { FakeFleet } from '../forecast/support.ts';
import {
  buildScene,
  calmValue,
  LEAKING,
  LEAKING_NAME,
  leakingFleet,
  type Scene,
  SHIPPED,
} from './support.ts';

const sumOf = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0);

function subjectOfScene({ forecast, risk }: Scene): Subject {
  const inputs = forecast.reruns.inputsOf(LEAKING);
  const assessment = risk.assessmentOf(LEAKING_NAME);
  assert.ok(inputs !== undefined && assessment !== undefined);
  const { signal } = new AbortController();
  return { inputs, assessment, reruns: forecast.reruns, assessor: risk.assessor, signal };
}

async function explained(
  { explain, fleet }: Scene,
  index = LEAKING,
  method: ExplainMethod = 'auto',
): Promise<ExplanationAnswer> {
  const server = fleet.byIndex(index);
  assert.ok(server !== undefined);
  return explain.explain(server, method, new AbortController().signal);
}

/** What is below the resolution is told as without effect, after all that has one. */
function assertToldByEffect({ groups, resolution, top_features: features }: ExplanationAnswer['shap']): void {
  for (const { value, effect } of groups) {
    const expected = Math.abs(value) < resolution ? 'none' : value > 0 ? 'raises' : 'lowers';
    assert.equal(effect, expected);
  }
  const told = groups.filter(({ effect }) => effect !== 'none');
  assert.deepEqual(groups.slice(0, told.length), told);
  const sizes = told.map(({ value }) => Math.abs(value));
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => b - a),
  );
  assert.ok(told.length < groups.length, 'the scene has groups without effect');
  assert.equal(features.length, Math.min(5, told.length));
}

describe('the explanation of a server whose memory leaks', () => {
  it('names memory first, sums to the risk, and says what to do', async (t) => {
    const scene = await buildScene(t);
    const answer = await explained(scene, LEAKING, 'exact');
    const { shap, risk, prediction } = answer;
    assert.equal(shap.method, 'exact');
    assert.equal(shap.standard_error, null);
    assert.ok(prediction.risk_score >= 50, `risk ${prediction.risk_score}`);
    assert.equal(sumOf(Object.values(risk.parts)), risk.score);
    assert.equal(risk.targets[0].metric, 'mem_used_pct');
    assert.equal(shap.groups[0].family, 'memory');
    assert.ok(shap.groups.length <= MOST_GROUPS);
    const values = shap.groups.map(({ value }) => value);
    assert.equal(sumOf([shap.base_value ?? Number.NaN, ...values]), shap.risk);
    assert.equal(sumOf([shap.base_value ?? Number.NaN, ...values.toReversed()]), shap.risk);
    assert.ok(Math.abs(shap.risk - prediction.risk_score) < 0.05);
    assertToldByEffect(shap);
    const mean = sumOf(shap.donors.map((donor) => donor.risk_score)) / shap.donors.length;
    assert.ok(Math.abs((shap.base_value ?? Number.NaN) - mean) < 0.05, 'the base is the mean of the donors');
    assert.ok(shap.donors.every((donor) => donor.risk_score < risk.score));
    assert.match(answer.sentence, /^Memory used .* of risk above calmer times\. Restart or roll back /);
  });

  it('finds a change that is valid when it is run again, inside what the profile has shown', async (t) => {
    const scene = await buildScene(t);
    const { counterfactuals, counterfactual } = await explained(scene);
    assert.ok(counterfactuals.length > 0);
    assert.deepEqual(counterfactual.scenarios, counterfactuals);
    const inputs = scene.forecast.reruns.inputsOf(LEAKING);
    assert.ok(inputs !== undefined);
    for (const { changes, risk_after: promised } of counterfactuals) {
      assert.ok(changes.length <= 3);
      assert.ok(promised < (counterfactual.goal?.below ?? 0));
      const window = inputs.window.slice();
      for (const { metric, to, range } of changes) {
        assert.ok(to >= range[0] && to <= range[1]);
        capRows(window, targetIndex(metric), to, 192);
      }
      let score = Number.NaN;
      await scene.forecast.reruns.run(inputs, {
        count: 1,
        write: (_, out, offset) => out.set(window, offset),
        read: (_, quantiles, offset, windows, at) => {
          score = scene.risk.assessor.score(inputs.server, quantiles, offset, windows, at);
        },
      });
      assert.ok(Math.abs(score - promised) < 0.05, `${score} and ${promised}`);
    }
  });

  it('shows attention that sums to 1 for every horizon, and says what it does not mean', async (t) => {
    const { attention } = await explained(await buildScene(t));
    assert.equal(attention.times.length, 12);
    for (const { weights } of attention.by_horizon) assert.ok(Math.abs(sumOf(weights) - 1) < 1e-5);
    assert.ok(Math.abs(sumOf(attention.mean) - 1) < 1e-5);
    assert.match(attention.note, /not what made the risk/);
  });

  it('is the same twice', async (t) => {
    const scene = await buildScene(t);
    const [first, second] = [await explained(scene), await explained(scene)];
    assert.deepEqual(first.shap.groups, second.shap.groups);
    assert.deepEqual(first.counterfactuals, second.counterfactuals);
  });

  it('states its error where not every coalition could be run', async (t) => {
    const scene = await buildScene(t);
    const { shap } = await explained(scene);
    assert.equal(shap.method, 'sampled');
    assert.ok(shap.runs <= 192);
    assert.ok((shap.standard_error ?? Number.NaN) >= 0);
    assert.equal(shap.groups[0].family, 'memory');
    assert.equal(sumOf([shap.base_value ?? Number.NaN, ...shap.groups.map(({ value }) => value)]), shap.risk);
  });

  it('is drawn by hour and listed by integrated gradients, which name the metric too', async (t) => {
    const scene = await buildScene(t, { withGradients: true });
    const list = await scene.app.inject('/explain?limit=1');
    assert.equal(list.statusCode, 200);
    const [first] = list.json().explanations;
    assert.equal(first.server_name, LEAKING_NAME);
    assert.equal(first.shap.method, 'integrated_gradients');
    assert.equal(first.shap.top_features[0].feature, 'mem_used_pct');

    const subject = subjectOfScene(scene);
    const donor = subject.inputs.window.slice();
    capRows(donor, targetIndex('mem_used_pct'), 56, 0);
    const host = new GradientHost(() => ({ id: 'shipped', folder: join(SHIPPED, 'default') }));
    t.after(() => host.close());
    const attribution = await integratedGradients(subject, donor, host);
    const heat = heatAnswer(attribution, subject.inputs.originStep, measuredMetrics(subject.inputs.window));
    assert.equal(heat.hours.length, 24);
    assert.equal(heat.values.length, heat.metrics.length);
    assert.ok(heat.values.every((row) => row.length === 24));
    assert.ok(Math.abs(heat.total - sumOf(heat.values.flat())) < 1e-6);
    // Donor and server differ in memory alone, so nothing else can be to blame.
    for (const [row, metric] of heat.metrics.entries()) {
      const points = sumOf(heat.values[row]);
      if (metric === 'mem_used_pct') assert.ok(points > 0);
      else assert.equal(points, 0);
    }
    assert.ok(attribution.riskDifference > 0);
  });
});

describe('the explanation of other servers', () => {
  it('of a healthy one says that nothing has to change', async (t) => {
    const answer = await explained(await buildScene(t), 2);
    assert.equal(answer.prediction.alert_level, 'healthy');
    assert.deepEqual(answer.counterfactuals, []);
    assert.match(answer.counterfactual.reason ?? '', /nothing has to change/);
    assert.ok(answer.sentence.toLowerCase().includes(HEALTHY_CAUSE));
    assert.match(answer.sentence, /Nothing has to be done\.$/);
  });

  it('on baselines explains those baselines, exactly, and says that they have no attention', async (t) => {
    const scene = await buildScene(t, {
      modelFolder: '/nonexistent',
      forecast: { logger: { info: () => {}, warn: () => {}, error: () => {} } },
    });
    const answer = await explained(scene);
    assert.equal(answer.mode, 'baseline');
    assert.equal(answer.shap.method, 'exact');
    assert.equal(answer.shap.groups[0].family, 'memory');
    assert.notEqual(answer.risk.targets[0].forecaster, 'model');
    assert.match(answer.attention.reason ?? '', /no attention/);
    assert.equal(answer.heat, null);
    assert.ok(answer.limits.some((limit) => limit.includes('baselines')));
    const values = answer.shap.groups.map(({ value }) => value);
    assert.equal(sumOf([answer.shap.base_value ?? Number.NaN, ...values]), answer.shap.risk);
  });

  it('leaves out metrics that were never measured', async (t) => {
    const fleet = leakingFleet();
    const { value } = fleet;
    fleet.value = (server, metric, step) =>
      metric === METRIC.diskUsage || metric === METRIC.swapUsed ? Number.NaN : value(server, metric, step);
    const answer = await explained(await buildScene(t, { fleet }));
    const metrics = answer.shap.groups.flatMap((group) => group.metrics);
    assert.ok(!metrics.includes('disk_usage_pct') && !metrics.includes('swap_used_pct'));
    assert.ok(!answer.risk.targets.some(({ metric }) => metric === 'disk_usage_pct'));
    assert.equal(answer.shap.groups[0].family, 'memory');
  });

  it('says that there is nothing to compare with where a server is alone and young', async (t) => {
    const fleet = new FakeFleet();
    fleet.value = (server, metric, step) => calmValue(server, metric, step);
    fleet.add(0, { name: 'lonely', profile: profileIndex('generic'), measured: 60 });
    const answer = await explained(await buildScene(t, { fleet }), 0);
    assert.deepEqual(answer.shap.groups, []);
    assert.equal(answer.shap.base_value, null);
    assert.match(answer.shap.reason ?? '', /16 hours/);
    assert.match(answer.sentence, /nothing calmer yet/);
  });

  it('uses donors of other profiles only where its own has none', async (t) => {
    const fleet = leakingFleet(1);
    for (let index = 1; index < 4; index++) {
      fleet.add(index, { name: `ppapi00${index}`, profile: profileIndex('web_api') });
    }
    const { value } = fleet;
    // Its own earlier hours are no better: memory is high all day.
    fleet.value = (server, metric, step) =>
      server === LEAKING && metric === METRIC.memUsed ? 94 : value(server, metric, step);
    const { shap, limits } = await explained(await buildScene(t, { fleet }));
    assert.ok(shap.donors.every(({ kind }) => kind === 'fleet'));
    assert.ok(limits.some((limit) => limit.includes('another profile')));
  });
});

describe('the evidence', () => {
  const window = Float32Array.from({ length: 288 * METRIC_COUNT }, (_, i) => i % 17);
  const groups = chooseGroups(window, new Float64Array(9), [window]);

  async function evidenceOf(t: TestContext, base: number, values: readonly number[]): Promise<string> {
    const { assessment } = subjectOfScene(await buildScene(t));
    const filled = Float64Array.from(groups, (_, i) => values[i] ?? 0);
    const risk = base + sumOf(filled);
    const attribution = { runs: 1, groups, donors: [], errors: null, base, risk, values: filled };
    return sentenceParts(assessment, { ...attribution, method: 'exact' }, 'UTC').evidence;
  }

  it('names what stands out, and no more than that', async (t) => {
    assert.match(await evidenceOf(t, 10, [40, 1.5]), /makes 40 of the 42 points/);
    assert.match(await evidenceOf(t, 10, [4, 3]), /makes 4 and .* 3 of the 7 points/);
    assert.match(await evidenceOf(t, 10, [3, 1.9]), /makes 3 of the 5 points/);
    assert.match(await evidenceOf(t, 10, [1.5, 1.5, 1.5]), /^The 5 points .* none of which stands out\.$/);
    assert.match(await evidenceOf(t, 60, [0.9, -0.5]), /no higher than in calmer times/);
  });
});

describe('groups', () => {
  const window = Float32Array.from({ length: 288 * METRIC_COUNT }, (_, i) => i % 17);
  const severities = new Float64Array(9);

  it('hold every measured value once, in at most eight groups', () => {
    for (const missing of [[], [0, 1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11, 12, 13], [3]]) {
      const own = window.map((value, i) => (missing.includes(i % METRIC_COUNT) ? Number.NaN : value));
      const groups = chooseGroups(own, severities, [window]);
      assert.ok(groups.length <= MOST_GROUPS && groups.length > 0);
      const held = new Set<number>();
      for (const { metrics, window: part } of groups) {
        for (const metric of metrics) {
          for (let row = part.from; row < part.to; row++) {
            assert.ok(!held.has(row * METRIC_COUNT + metric), 'no value is in two groups');
            held.add(row * METRIC_COUNT + metric);
          }
        }
      }
      assert.equal(held.size, 288 * measuredMetrics(own).length);
    }
  });

  it('split the metric in most danger into the most parts of the day', () => {
    const danger = new Float64Array(9);
    danger[targetIndex('disk_usage_pct')] = 0.7;
    const groups = chooseGroups(window, danger, [window]);
    assert.equal(groups.filter(({ family }) => family === 'disk').length, 3);
  });

  it("fill what is absent from a coalition with the donor's values and leave the rest", () => {
    const donor = window.map((value) => value + 1000);
    const groups = chooseGroups(window, severities, [donor]);
    const out = new Float32Array(window.length);
    composeCoalition(window, donor, groups, 2 ** groups.length - 1, out, 0);
    assert.deepEqual(out, window);
    composeCoalition(window, donor, groups, 0, out, 0);
    assert.deepEqual(out, donor);
    composeCoalition(window, donor, groups, 1, out, 0);
    const [{ metrics, window: part }] = groups;
    const at = part.from * METRIC_COUNT + metrics[0];
    assert.equal(out[at], window[at]);
  });
});
