import { noMark } from '../../src/shared/page-mark'
import { leaseLock } from '../../src/shared/lease-lock'
import type { TabLock } from '../../src/shared/tab-lock'
import { webLock } from '../../src/shared/web-lock'
import type { FuzzTab } from './fuzz-tab'
import type { Hold } from './records'
import { SLACK, limit } from './tab-options'
import type { World } from './world'

// A page of Node hears of no departure.
Object.assign(globalThis, { addEventListener() {}, removeEventListener() {} })

export function lockOf(tab: FuzzTab, world: World, purpose: string, longest: number): TabLock {
  return world.setting.lock === 'web-lock'
    ? webLock(world.locks.managerOf(tab), purpose, longest)
    : leaseLock(
        (change) => world.leases.open(tab).update(purpose, change as never),
        noMark,
        longest,
      )
}

/** A lock whose turns are judged. */
export function judged(lock: TabLock, tab: FuzzTab, { time, judge }: World): TabLock {
  return (work, signal) =>
    lock(async (canBegin) => {
      const mine: Hold = (tab.hold = {
        since: time.awake,
        moves: time.moves,
        exchange: null,
        end: null,
      })
      const { freezes } = tab
      time.after(null, limit + SLACK, () => {
        if (tab.hold !== mine || tab.isGone || tab.freezes !== freezes) return
        judge.fail(20, `${tab.name} holds for too long`)
      })
      try {
        return await work(canBegin)
      } finally {
        tab.hold = null
        judge.released(tab, mine)
      }
    }, signal)
}
