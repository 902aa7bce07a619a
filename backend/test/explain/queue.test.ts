import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { NobodyWaitsError, TurnQueue } from '../../src/explain/queue.ts';
import { waitSecondsOf } from '../../src/explain/waiting.ts';

/** Work that ends when it is told to. */
function held<T>(result: T) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = async (signal: AbortSignal): Promise<T> => {
    await promise;
    signal.throwIfAborted();
    return result;
  };
  return { work, finish: resolve };
}

test('one is computed at a time, the others in the order they came', async () => {
  const queue = new TurnQueue<string>(5);
  const [a, b] = [held('a'), held('b')];
  const first = queue.add('a', a.work);
  const second = queue.add('b', b.work);
  assert.ok(first?.isStarted === true && second?.isStarted === false);
  assert.equal(queue.waiting, 1);
  a.finish();
  assert.equal(await first.promise, 'a');
  await turn();
  assert.ok(second.isStarted);
  b.finish();
  assert.equal(await second.promise, 'b');
});

test('who asks for the same is given the same computation', () => {
  const queue = new TurnQueue<string>(5);
  const flight = queue.add('a', held('a').work);
  assert.equal(queue.find('a'), flight);
  assert.equal(queue.find('b'), undefined);
});

test('beyond the limit nothing more is taken, and a place that becomes free is given again', async () => {
  const queue = new TurnQueue<number>(1);
  const works = [held(0), held(1)];
  const flights = works.map(({ work }, i) => queue.add(`${i}`, work));
  assert.ok(flights.every((flight) => flight !== undefined));
  assert.equal(queue.add('2', held(2).work), undefined);
  works[0].finish();
  await flights[0]?.promise;
  await turn();
  assert.notEqual(queue.add('3', held(3).work), undefined);
});

test('what nobody waits for is cancelled, whether it runs or waits, and frees its place', async () => {
  const queue = new TurnQueue<string>(1);
  const running = held('a');
  const first = queue.add('a', running.work);
  const second = queue.add('b', held('b').work);
  assert.ok(first !== undefined && second !== undefined);
  second.join()();
  await assert.rejects(second.promise, NobodyWaitsError);
  assert.equal(queue.find('b'), undefined);
  assert.notEqual(queue.add('c', held('c').work), undefined, 'the place of b is free');
  const leaves = [first.join(), first.join()];
  leaves[0]();
  leaves[0]();
  assert.equal(queue.find('a'), first, 'the second still waits');
  leaves[1]();
  running.finish();
  await assert.rejects(first.promise, NobodyWaitsError);
});

test('what is detached goes on although everybody left', async () => {
  const queue = new TurnQueue<string>(1);
  const { work, finish } = held('a');
  const flight = queue.add('a', work);
  const leave = flight?.join();
  flight?.detach();
  leave?.();
  finish();
  assert.equal(await flight?.promise, 'a');
});

test('a closed queue cancels what it holds and takes nothing', async () => {
  const queue = new TurnQueue<string>(5);
  const { work, finish } = held('a');
  const flight = queue.add('a', work);
  assert.ok(flight !== undefined);
  const closed = queue.close();
  finish();
  await closed;
  await assert.rejects(flight.promise, NobodyWaitsError);
  assert.equal(queue.add('b', held('b').work), undefined);
});

test('a client waits by the query, else by the header Prefer, else ten seconds', () => {
  assert.equal(waitSecondsOf(3, 'wait=5'), 3);
  assert.equal(waitSecondsOf(undefined, 'respond-async, wait=5'), 5);
  assert.equal(waitSecondsOf(undefined, ['wait=9000']), 30);
  assert.equal(waitSecondsOf(undefined, 'Respond-Async'), 0);
  assert.equal(waitSecondsOf(undefined, 'return=minimal'), 10);
  assert.equal(waitSecondsOf(undefined, undefined), 10);
});
