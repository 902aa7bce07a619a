// A test reporter that writes only the counts, for the last line of npm test.
export default async function* countReporter(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const skipped = [];
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    if (data.skip !== undefined || data.todo !== undefined) {
      counts.skipped += 1;
      skipped.push(`${data.name}: ${typeof data.skip === 'string' ? data.skip : 'no reason given'}`);
    } else if (type === 'test:pass') counts.passed += 1;
    else counts.failed += 1;
  }
  yield JSON.stringify({ ...counts, skippedTests: skipped });
}
