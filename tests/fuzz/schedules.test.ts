import { expect, test } from 'vitest'
import { isLong } from '../support/quantity'
import { checkSchedules } from './check-schedules'

// docs/fuzz.md says what is judged, and how. More schedules, or another seed: npm run fuzz

const runs = isLong ? 2_000 : 200

test(`1–8, 10–13, 16–20, 25–34: ${runs} schedules of tabs, faults and people show nothing wrong`, async () => {
  expect(await checkSchedules({ runs, seed: 2_026 })).toBeNull()
}, 120_000)
