/**
 * Setup of the unit and browser tests: a test fails on console output it did not announce (Vue's warnings come that
 * way). What belongs to a test is announced in it with `expectWarning` or `expectError`. Unhandled rejections fail the
 * run without this file: Vitest reports them, and the closing line counts them.
 */
import { afterAll, afterEach } from 'vitest'

const levels = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const
type Level = (typeof levels)[number]

interface Expected {
  level: Level
  pattern: RegExp | string
}

let printed: { level: Level; text: string }[] = []
let expected: Expected[] = []

/** This test prints one `console.warn` that contains or matches `pattern`; the test fails if it does not. */
export function expectWarning(pattern: RegExp | string): void {
  expected.push({ level: 'warn', pattern })
}

/** This test prints one `console.error` that contains or matches `pattern`; the test fails if it does not. */
export function expectError(pattern: RegExp | string): void {
  expected.push({ level: 'error', pattern })
}

for (const level of levels) {
  console[level] = (...args: unknown[]) => {
    printed.push({ level, text: args.map(toText).join(' ') })
  }
}

// Registered first, so they run after the test's own.
afterEach(settle)
afterAll(settle)

function settle(): void {
  const complaints: string[] = []
  const missing = [...expected]
  for (const { level, text } of printed) {
    const index = missing.findIndex((one) => one.level === level && matches(text, one.pattern))
    if (index === -1) complaints.push(`unexpected console.${level}: ${text}`)
    else missing.splice(index, 1)
  }
  for (const { level, pattern } of missing) {
    complaints.push(`expected console.${level} with ${String(pattern)}, but there was none`)
  }
  printed = []
  expected = []
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
}

function matches(text: string, pattern: RegExp | string): boolean {
  return typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return value.stack ?? String(value)
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
