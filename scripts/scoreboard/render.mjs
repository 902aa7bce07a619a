// The scoreboard as markdown.

function number(value) {
  if (Math.abs(value) >= 10) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 1 ? 2 : 3).replace(/^(-?)0\./, '$1.');
}

function verdict(row, value) {
  const meets = (bound) => bound !== undefined && (row.better === 'lower' ? value <= bound : value >= bound);
  if (meets(row.goal)) return 'goal';
  if (meets(row.reach)) return 'reach';
  return row.goal === undefined && row.reach === undefined ? '' : 'short';
}

function line(row, result, quick) {
  const bound = (value) =>
    value === undefined ? '' : `${row.better === 'lower' ? '≤' : '≥'} ${number(value)}`;
  const value = result?.figures?.[row.figure];
  const figure = Number.isFinite(value)
    ? number(value)
    : `not measured: ${result?.reason ?? 'no such figure'}`;
  const met = Number.isFinite(value) && !quick ? verdict(row, value) : '';
  const cells = [row.id, row.what, figure, bound(row.reach), bound(row.goal), met, row.anchor];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/**
 * @param rows of rows.mjs
 * @param results by measurement: { figures, note, command, seed, measured, seconds } or { reason }
 */
export function render(rows, results, { date, quick }) {
  const head = quick
    ? 'The quick form: small data and little training, for trying the commands. The figures mean nothing.'
    : 'Every figure as measured; a row that was not measured says why. Protocols: [training.md](training.md).';
  const names = [...new Set(rows.map(({ measurement }) => measurement))];
  const how = names.flatMap((name) => {
    const { command, seed, note, measured, seconds } = results[name] ?? {};
    if (measured === undefined) return [];
    const about = note ? ` ${note}.` : '';
    return [`- **${name}**, seed ${seed}, ${measured}, ${Math.round(seconds)} s: \`${command}\`.${about}`];
  });
  return [
    '# Scoreboard',
    '',
    `Written by \`npm run scoreboard\` on ${date}. ${head}`,
    '',
    '| row | what | figure | reach | goal | met | beside it |',
    '|---|---|---|---|---|---|---|',
    ...rows.map((row) => line(row, results[row.measurement], quick)),
    '',
    '## How each was measured',
    '',
    ...(how.length > 0 ? how : ['Nothing was.']),
    '',
  ].join('\n');
}
