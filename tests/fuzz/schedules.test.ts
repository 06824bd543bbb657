import { expect, test } from 'vitest'
import { checkSchedules } from './check-schedules'

// What is judged, and how: docs/fuzz.md. More of it, or with another seed: npm run fuzz

test('1–8, 10–13, 16–20, 25–34: two thousand schedules of tabs, faults and people show nothing wrong', async () => {
  expect(await checkSchedules({ runs: 2_000, seed: 2_026 })).toBeNull()
}, 120_000)
