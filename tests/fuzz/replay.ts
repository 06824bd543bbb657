import { setMaxListeners } from 'node:events'
import { isLapsed, type Stored } from '../../src/session/record'
import type { Session } from '../../src/session/session'
import { VirtualTime } from '../support/virtual-time'
import type { FuzzTab } from './fuzz-tab'
import { generationOf, idOf, type Call } from './records'
import type { Schedule } from './schedule'
import { openChannels } from './virtual-channel'
import { World } from './world'

// More than ten requests of one session may wait, which Node takes for a leak.
setMaxListeners(0)

/** Until nothing is under way any more: each of four tabs may have held the lock for as long as it can. */
const LONG = 200_000

/** Runs a schedule, brings everything to rest, and resolves with what was wrong; empty if nothing. */
export async function replay({ setting, commands }: Schedule): Promise<readonly string[]> {
  const time = new VirtualTime(setting.dice, setting.dice % 2 === 0)
  const closeChannels = openChannels(time)
  const world = new World(setting, time)
  const { judge } = world
  const onUnhandled = (error: unknown): void =>
    judge.fail(0, `unhandled rejection: ${String(error)}`)
  const listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', onUnhandled)
  const { stackTraceLimit } = Error
  // Stack traces take a third of the time, and are not read.
  Error.stackTraceLimit = 0
  const isOver = (): boolean => judge.isDone
  try {
    // One tab signs in, the others open and find the session.
    await world.open(0)
    await world.perform({ do: 'login', tab: 0, user: 'ann' })
    await time.pass(6_000, isOver)
    for (let index = 1; index < setting.tabs; index++) await world.open(index)
    await time.pass(200, isOver)
    for (const command of commands) {
      if (judge.isDone) break
      await world.perform(command)
    }
    if (!judge.isDone) await rest(world)
  } finally {
    for (const tab of world.living) tab.isGone = true
    time.dispose()
    closeChannels()
    Error.stackTraceLimit = stackTraceLimit
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
  }
  return judge.violations
}

async function rest(world: World): Promise<void> {
  const { time, judge, oracle, storage } = world
  const isOver = (): boolean => judge.isDone
  oracle.recover()
  world.mendStorage()
  for (const [index, tab] of world.tabs.entries()) {
    if (tab?.isFrozen) await world.perform({ do: 'thaw', tab: index })
  }
  await world.goOnline(true)
  const isBusy = (tab: FuzzTab): boolean =>
    tab.hold !== null || tab.calls.some(({ result }) => result === null)
  await time.pass(40_000, isOver)
  await time.pass(LONG, () => judge.isDone || !world.living.some(isBusy))
  for (const tab of world.living) await time.as(tab, () => tab.look())
  await time.pass(1_000, isOver)
  // It may be refreshed or end meanwhile.
  const kept = storage.visible() as Stored | null
  await time.pass(1_000, isOver)
  if (judge.isDone) return

  judge.judgeUnused()
  if (isLapsed(kept) && judge.loggedOutOf.get(kept.id)?.isGone === false) {
    judge.fail(10, 'a session is kept as lapsed after a logout')
  }
  for (const tab of world.living) {
    const { session, whose, calls, name } = tab
    const id = whose?.id ?? null
    // Whom it was not in use for, a session that has lapsed is none.
    const isNobodys = id === null && isLapsed(kept)
    if (id !== null && judge.loggedOutOf.get(id)?.isGone === false)
      judge.fail(11, `${name} has a session that a user has logged out of`)
    if (id !== idOf(kept) && id !== idOf(storage.visible()) && !isNobodys)
      judge.fail(11, `${name} is not where the others are`)
    else if (session && id === idOf(kept) && session.generation < generationOf(kept)) {
      judge.fail(4, `${name} has not adopted the stored generation`)
    } else if (session && id === idOf(kept) && !judge.isAsNew(session, kept as Session)) {
      judge.fail(53, `${name} and the storage differ in which token is the newest`)
    }
    if (calls.some(({ result }) => result === null))
      judge.fail(16, `${name} left a request waiting`)
    const user = whose && oracle.familyOf(whose.token)?.user
    if (tab.user !== null && tab.user !== user) judge.fail(7, `${name} shows ${tab.user}`)
  }
  if (judge.isDone) return

  // Each signed-in user can work, or is told that it is over. By design a token that was refused as soon as it came is
  // not refreshed again for half a minute.
  const probe = (): Probe[] =>
    world.living.map((tab) => ({ tab, before: tab.session, call: tab.request('/a') }))
  const first = await answered(world, probe)
  if (first.every(({ call }) => call.result === 200)) return
  await time.pass(31_000, isOver)
  const last = await answered(world, probe)
  if (judge.isDone) return
  for (const { tab, before, call } of last) {
    const family = before && oracle.familyOf(before.token)
    if (call.result === null) judge.fail(16, `${tab.name} leaves the last request waiting`)
    // By design: after four tokens that nothing has accepted, there is a pause of five minutes.
    else if (oracle.stillborn > 3 || tab.refusedReplays.size > 3) continue
    else if (family && !family.isRevoked && call.result !== 200) {
      judge.fail(28, `${tab.name} is stranded`)
    }
  }
}

interface Probe {
  readonly tab: FuzzTab
  readonly before: Session | null
  readonly call: Call
}

async function answered({ time, judge }: World, ask: () => Probe[]): Promise<Probe[]> {
  let probes: Probe[] = []
  await time.as(null, () => (probes = ask()))
  await time.pass(30_000, () => judge.isDone)
  // A user who is asked to sign in may take time, in one tab after the other.
  const isSettled = (): boolean => probes.every(({ call }) => call.result !== null)
  await time.pass(LONG, () => judge.isDone || isSettled())
  return probes
}
