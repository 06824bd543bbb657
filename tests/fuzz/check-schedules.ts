import * as fc from 'fast-check'
import { replay } from './replay'
import { schedules, type Schedule } from './schedule'

export interface CheckOptions {
  readonly runs: number
  readonly seed: number
  /** In every run; default: one to four. */
  readonly tabs?: number | undefined
}

export interface Counterexample {
  readonly schedule: Schedule
  readonly violations: readonly string[]
  /** Where fast-check finds it again, with the seed. */
  readonly path: string
}

/** Runs schedules until one shows something wrong; resolves with the smallest one that still does, or null. */
export async function checkSchedules({
  runs,
  seed,
  tabs,
}: CheckOptions): Promise<Counterexample | null> {
  const holds = async (schedule: Schedule): Promise<boolean> =>
    (await replay(schedule)).length === 0
  const result = await fc.check(fc.asyncProperty(schedules(tabs), holds), {
    numRuns: runs,
    seed,
  })
  if (!result.counterexample) return null
  const [schedule] = result.counterexample
  const violations = await replay(schedule)
  return { schedule, violations, path: result.counterexamplePath ?? '' }
}
