import { writeFileSync } from 'node:fs';

/** Counts for the closing line of `npm test`, and the reason of every skip. */
export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0;
    let failed = unhandledErrors.length;
    const path = process.env.LENSMITH_TEST_COUNTS;
    for (const testModule of modules) {
      failed += testModule.errors().length;
      for (const suite of testModule.children.allSuites()) failed += suite.errors().length;
      for (const test of testModule.children.allTests()) {
        const { state, note } = test.result();
        if (test.diagnostic()?.flaky) console.log(`passed at the second try: ${test.fullName}`);
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else if (note) console.log(`skipped: ${test.fullName}: ${note}`);
        else if (path) {
          // In the full run nothing may be left out without a word: ctx.skip(reason).
          console.log(`skipped without a reason: ${test.fullName}`);
          failed += 1;
        }
      }
    }
    if (path) writeFileSync(path, JSON.stringify({ passed, failed }));
  }
}
