import type { ExplanationReport } from './evaluate.ts';

const PERCENT = 100;
const NAME_WIDTH = 62;
const COLUMN_WIDTH = 10;

interface Row {
  readonly what: string;
  readonly figure: string;
  readonly reach: string;
  readonly goal: string;
}

const percent = (share: number): string => `${(PERCENT * share).toFixed(0)} %`;
const three = (value: number): string => value.toFixed(3);

function line({ what, figure, reach, goal }: Row): string {
  return what.padEnd(NAME_WIDTH) + [figure, reach, goal].map((cell) => cell.padStart(COLUMN_WIDTH)).join('');
}

function rowsOf(report: ExplanationReport): readonly Row[] {
  const { cause, sampled, fast, deletion, repeat, counterfactuals } = report;
  const row = (what: string, figure: string, reach = '', goal = ''): Row => ({ what, figure, reach, goal });
  return [
    row('true cause among the first three groups', percent(cause.top3), '75 %', '85 %'),
    row('true cause first', percent(cause.first), '50 %', '65 %'),
    row('… by the fast form, first three', percent(cause.fast.top3)),
    row(
      `Spearman, sampled (${sampled.runs.toFixed(0)} runs) with full enumeration`,
      three(sampled.spearman),
      '.90',
      '.95',
    ),
    row('Spearman, integrated gradients with full enumeration', three(fast.spearman)),
    row('area under the deletion curve: Shapley', three(deletion.shapley)),
    row('… attention', three(deletion.attention)),
    row('… gradient alone', three(deletion.gradient)),
    row('… random', three(deletion.random)),
    row('… Shapley ÷ the best of the others', three(deletion.shapleyOverBestOther), '< 1', '.80'),
    row('Spearman, the same window twice', three(repeat.same), '1', '1'),
    row('Spearman, with 1 % noise', three(repeat.noise), '.90', '.95'),
    row('… of all values to a tenth, told or not', three(repeat.noiseToATenth)),
    row('counterfactual found', percent(counterfactuals.found)),
    row('… valid when run again', percent(counterfactuals.valid), '90 %', '95 %'),
    row('… at most three changes', percent(counterfactuals.fewChanges), '100 %', '100 %'),
    row('… inside what the profile has shown', percent(counterfactuals.inRange), '100 %', '100 %'),
    row('network of shuffled weights: Spearman', three(report.shuffled.spearman), 'low', 'low'),
    row('… points that moved', percent(report.shuffled.moved), 'many', 'many'),
  ];
}

/** The report as a table for a terminal. */
export function explanationTable(report: ExplanationReport): string {
  const { model, servers, failures, found, cases, donors, cause } = report;
  const kinds = Object.entries(cause.kinds).map(
    ([kind, { cases: count, top3, first }]) =>
      `  ${kind.padEnd(NAME_WIDTH - 2)}${String(count).padStart(COLUMN_WIDTH)}${percent(top3).padStart(COLUMN_WIDTH)}${percent(first).padStart(COLUMN_WIDTH)}`,
  );
  return `${[
    `${model} on ${servers} servers: ${found} of ${failures} failures with a precursor had their server above healthy in time;`,
    `${cases} explained at the first such moment, beside ${donors} donors; deletion by donors no explanation has seen`,
    '',
    line({ what: '', figure: 'figure', reach: 'reach', goal: 'goal' }),
    ...rowsOf(report).map(line),
    '',
    `${'true cause by kind of failure'.padEnd(NAME_WIDTH)}${['cases', 'in 3', 'first'].map((cell) => cell.padStart(COLUMN_WIDTH)).join('')}`,
    ...kinds,
  ].join('\n')}\n`;
}
