import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/** Closes a run with one plain line a script can read: `12 passed, 0 failed`, and `, 1 skipped` where some were. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (...states: string[]): number =>
      tests.filter((test) => states.includes(test.result().state)).length

    // A file or suite that broke before its tests, a test without an end and a stray rejection are failures too.
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const broken = suites.filter((suite) => suite.errors().length > 0).length
    const failed = count('failed', 'pending') + broken + unhandledErrors.length
    const skipped = count('skipped')

    const line = `${count('passed')} passed, ${failed} failed`
    process.stdout.write(`\n${line}${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
  }
}
