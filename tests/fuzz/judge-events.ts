import { isCancel } from 'axios'
import { isAuthError } from '../../src/errors'
import type { AuthEventDetail, RefreshReason } from '../../src/events'
import { isLapsed, type Stored } from '../../src/session/record'
import type { Session } from '../../src/session/session'
import type { FuzzTab } from './fuzz-tab'
import type { Judge } from './judge'
import { causeOf, generationOf, idOf } from './records'

const ends = new WeakMap<FuzzTab, Set<string>>()

/** Fails where an event of a tab has no reason. */
export function judgeEvent(judge: Judge, tab: FuzzTab, event: AuthEventDetail): void {
  if (event.type === 'session-lapsed') judgeLapse(judge, tab, event.adopted)
  if (event.type === 'user-failed') tab.strangers.add(tab.last!.id)
  if (event.type === 'session-resumed') tab.settleLapse()
  if (event.type === 'session-ended') judgeEnd(judge, tab, event)
  if (
    event.type === 'refresh-failed' &&
    event.failure === 'unreachable' &&
    event.retryIn === null
  ) {
    judge.gaveUp(tab)
  }
  if (event.type === 'refresh-started') judgeReason(judge, tab, event.reason)
}

function judgeReason(judge: Judge, tab: FuzzTab, reason: RefreshReason): void {
  const { time, setting } = judge.world
  const exchange = tab.exchange!
  const { session } = exchange
  const receipt = judge.receipts.get(session.token)
  if (time.moves > 0 || !receipt) return
  const lifetime = receipt.lifetime ?? Infinity
  const left = lifetime - (time.true - receipt.at)
  if (reason === 'expired' && left > 0 && !judge.refusedIn.get(tab)?.has(session.token)) {
    judge.fail(5, `${tab.name} refreshes a token that nobody refused`)
  }
  exchange.isNeedless = reason === 'expired' && judge.lives(session.token)
  if (reason === 'ahead' && !setting.keepFresh && left > Math.min(30_000, lifetime / 4)) {
    judge.fail(26, `${tab.name} refreshes ${left} ms ahead`)
  }
}

function judgeLapse(judge: Judge, tab: FuzzTab, adopted: boolean): void {
  const { last } = tab
  const { id, token } = last!
  if (!judge.isRejected(id, adopted ? undefined : tab)) {
    judge.fail(31, `${tab.name} lapses what was not rejected`)
  }
  tab.lapse(last!, judge.world.oracle.familyOf(token)!)
}

/** A user who signs in after a lapse is signed out again, unless it is the user who was asked. */
function judgeStranger(judge: Judge, tab: FuzzTab, lapsed: Session): void {
  const { id, token } = tab.last!
  const { oracle } = judge.world
  judge.over.add(id)
  const isKnown = tab.user !== null && !tab.strangers.has(id)
  if (isKnown && oracle.familyOf(token)?.user === oracle.familyOf(lapsed.token)?.user) {
    judge.fail(31, `${tab.name} takes its user for somebody else`)
  }
}

function judgeEnd(
  judge: Judge,
  tab: FuzzTab,
  { reason, adopted }: Extract<AuthEventDetail, { type: 'session-ended' }>,
): void {
  const { time, storage, oracle, setting } = judge.world
  const { lapsed } = tab
  const { id, generation, token } = adopted && lapsed ? lapsed : tab.last!
  if (lapsed && lapsed.id !== id && reason === 'superseded') judgeStranger(judge, tab, lapsed)
  const before = ends.get(tab) ?? new Set()
  const isExcused =
    adopted && (judge.crossed.has(id) || (reason === 'superseded' && judge.isContested))
  if (before.has(id)) judge.fail(34, `${tab.name} ends a session twice`)
  // One that crossed with its end in localStorage turns up again where that was adopted.
  if (setting.storage !== 'web' || !adopted) ends.set(tab, before.add(id))
  tab.settleLapse()
  if (reason === 'rejected') {
    judge.over.add(id)
    if (!judge.isRejected(id, setting.asks ? undefined : tab)) {
      judge.fail(31, `${tab.name} was not rejected`)
    }
    const stored = storage.visible(tab) as Stored | null
    // By design: localStorage may not have shown a successor yet that was written within the same moments.
    const isSuccessor =
      !isLapsed(stored) && idOf(stored) === id && generationOf(stored) > generation
    if (isSuccessor && !judge.crossed.has(id)) {
      judge.fail(8, `${tab.name} ends what another tab has refreshed`)
    }
  } else if (!judge.over.has(id) && !isExcused) {
    judge.fail(31, `${tab.name} ends a session that is not over (${reason}, adopted ${adopted})`)
  }
  // Every request that waits for the session has its answer before anything else happens.
  const family = oracle.familyOf(token)
  if (family) tab.endedFor.set(family, reason)
  const waiting = tab.calls.filter(
    ({ owner, isOnWire, result }) => owner === family && !isOnWire && result === null,
  )
  time.after(tab, 0, () => {
    for (const { result } of waiting) {
      if (!(result instanceof Error) || isCancel(result) || isAuthError(result, reason)) continue
      judge.fail(
        reason === 'superseded' ? 12 : 34,
        `${tab.name} says ${causeOf(result)} instead of ${reason}`,
      )
    }
    if (waiting.some(({ result, isOnWire }) => result === null && !isOnWire)) {
      judge.fail(reason === 'rejected' ? 34 : 18, `${tab.name} leaves a request waiting at the end`)
    }
  })
}
