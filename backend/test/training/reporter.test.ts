import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { progressText, terminalReporter } from '../../src/training/reporter.ts';

const report = {
  step: 25,
  totalSteps: 100,
  epoch: 1,
  epochs: 4,
  loss: 0.12345,
  samplesPerSecond: 1234.5,
  secondsLeft: 75.4,
};
const epoch = {
  ...report,
  gradientNorm: 1,
  learningRate: 1e-3,
  validation: { score: 0.7, sets: {} },
  isBest: true,
};

function collect(isTTY: boolean): { written: string[]; clock: { ms: number }; output: object } {
  const written: string[] = [];
  return {
    written,
    clock: { ms: 0 },
    output: { isTTY, columns: 60, write: (text: string) => written.push(text) },
  };
}

describe('telling how a training goes', () => {
  it('says where it stands, how fast it goes and how long it will take', () => {
    assert.equal(
      progressText(report),
      '██████░░░░░░░░░░░░░░░░░░ epoch 1/4 step 25/100 loss 0.1235 1235 samples/s, 1 min 15 s left',
    );
  });

  it('says which chunk it is at where there are chunks', () => {
    assert.match(
      progressText({ ...report, place: { chunk: 17, chunks: 33 } }),
      / epoch 1\/4 chunk 17\/33 step /,
    );
  });

  it('draws one line over and over on a terminal, cut to its width', () => {
    const { written, clock, output } = collect(true);
    const reporter = terminalReporter(output as never, () => clock.ms);
    reporter.step(report);
    clock.ms = 100;
    reporter.step(report);
    clock.ms = 300;
    reporter.step(report);
    assert.equal(written.length, 2);
    assert.ok(written.every((text) => text.startsWith('\r') && !text.includes('\n')));
    assert.equal(written[0].replace('\r\x1b[K', '').length, 59);
  });

  it('writes a plain line now and then elsewhere, and one line of JSON an epoch', () => {
    const { written, clock, output } = collect(false);
    const reporter = terminalReporter(output as never, () => clock.ms);
    for (; clock.ms <= 20_000; clock.ms += 1000) reporter.step(report);
    reporter.epoch(epoch);
    reporter.note('done');
    assert.equal(written.length, 4);
    assert.equal(JSON.parse(written[2]).validation.score, 0.7);
    assert.equal(written[3], 'done\n');
  });
});
