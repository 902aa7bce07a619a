import type { EvaluationReport } from '../../src/training/evaluation/evaluate.ts';

const mean = (values: readonly (number | null)[]): number => {
  const known = values.filter((value) => value !== null);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
};

/** What a bench prints of an evaluation: means over targets, and WQL by target. */
export function traceReport(report: EvaluationReport): Record<string, unknown> {
  const { model, servers, forecasts, from, to, horizon, stride, targets } = report;
  const mase = {
    model: mean(targets.map((target) => target.model.mase)),
    chosenPoint: mean(targets.map(({ points }) => points.chosen.mase)),
  };
  return {
    ...{ model, servers, forecasts, from, to, horizon, stride },
    mean: { ...report.mean, mase },
    wql_by_target: Object.fromEntries(targets.map((target) => [target.target, target.model.wql])),
  };
}
