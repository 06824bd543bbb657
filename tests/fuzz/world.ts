import type { Session } from '../../src/session/session'
import type { Owner, VirtualTime } from '../support/virtual-time'
import { FuzzTab } from './fuzz-tab'
import { Judge } from './judge'
import { Oracle, type Answer } from './oracle'
import type { Exchange } from './records'
import type { Command, Setting } from './schedule'
import {
  AtomicStorage,
  DelayedStorage,
  type OnWrite,
  type Outage,
  type SharedStorage,
} from './shared-storage'
import { VirtualLocks } from './virtual-locks'

/** The longest pause between two tries of a broken storage, and the time that a try takes, in ms. */
const RECOVERED_WITHIN = 40_000

/** Tabs of one origin over one server, where every step takes the time that the dice say. */
export class World {
  readonly tabs: (FuzzTab | undefined)[] = []
  readonly judge: Judge
  readonly oracle: Oracle
  readonly storage: SharedStorage
  readonly leases: AtomicStorage
  readonly locks: VirtualLocks
  isOnline = true
  /** The number of outages, and the time at which the last one ended. */
  private outages = 0
  private mendedAt = -Infinity
  private opened = 0
  private readonly offline: { tab: FuzzTab; resolve: () => void }[] = []

  constructor(
    readonly setting: Setting,
    readonly time: VirtualTime,
  ) {
    this.judge = new Judge(this)
    this.oracle = new Oracle(setting.expiresIn, setting.grace, () => time.true)
    const onWrite: OnWrite = (tab, before, after) =>
      this.judge.written(tab as FuzzTab, before, after)
    this.storage =
      setting.storage === 'web'
        ? new DelayedStorage(time, onWrite, (tab) => (tab as FuzzTab).look())
        : new AtomicStorage(time, onWrite)
    this.leases = new AtomicStorage(time)
    this.locks = new VirtualLocks(time)
  }

  get living(): FuzzTab[] {
    return this.tabs.filter((tab) => tab !== undefined)
  }

  /** The clock of the lock, in ms: a lease runs out also while the machine sleeps. */
  get lockTime(): number {
    const { awake, true: passed } = this.time
    return this.setting.lock === 'lease' ? passed : awake
  }

  announce(from: FuzzTab, ended?: string): void {
    this.judge.announced(from)
    for (const tab of this.living) {
      if (tab !== from)
        this.time.after(tab, this.time.span(`channel ${tab.name}`, 5, 200), () => {
          if (ended !== undefined) tab.keeper.hearEnd(ended)
          tab.look()
        })
    }
  }

  online(tab: FuzzTab): Promise<void> {
    return new Promise((resolve) => {
      if (this.isOnline) resolve()
      else this.offline.push({ tab, resolve })
    })
  }

  /** There, where `arrive` says what comes back, and back. */
  network(tab: Owner, arrive: () => () => void): void {
    const span = (): number => this.time.span(`network ${tab.name}`, 150, 2_500)
    this.time.after(null, span(), () => this.time.after(tab, span(), arrive()))
  }

  /** A user who is asked to sign in again: signs in, lets another user do so, closes the dialog, or is away. */
  person(tab: FuzzTab, user: string | null, signal: AbortSignal): Promise<void> {
    const { time } = this
    const mood = time.roll(`person ${tab.name}`)
    const delay = Math.ceil(time.roll(`person ${tab.name}`) * 18_000)
    return new Promise((resolve) => {
      if (mood > 0.9) return
      time.after(tab, delay, () => {
        if (signal.aborted || mood > 0.8) return resolve()
        tab.signIn(mood > 0.65 || !user ? 'ben' : user)
      })
    })
  }

  exchange(tab: FuzzTab, session: Session, signal: AbortSignal): Promise<unknown> {
    const { time, judge, oracle } = this
    const mine: Exchange = {
      tab,
      session,
      hold: tab.hold,
      begunAt: this.lockTime,
      sentAt: time.true,
      endedAt: null,
      isNeedless: false,
      state: 'out',
      isRotated: false,
      isLost: false,
    }
    judge.asking(mine)
    return new Promise((resolve, reject) => {
      const settle = (state: Exchange['state'], work: () => void): void => {
        if (mine.state !== 'out') return
        mine.state = state
        mine.endedAt = time.awake
        work()
      }
      signal.addEventListener('abort', () => settle('aborted', () => reject(signal.reason)))
      const lose = (): void => settle('failed', () => reject(new Error('Network Error')))
      const deliver = (answer: Answer): void => {
        if (answer.status !== 200) {
          const response = { status: answer.status, data: answer.data, headers: answer.headers }
          if (mine.state === 'out') judge.failed(mine, answer)
          settle('failed', () => reject(Object.assign(new Error('refused'), { response })))
        } else {
          settle('answered', () => {
            judge.answered(mine, answer.data)
            resolve(answer.data)
          })
        }
      }
      this.network(tab, () => {
        const fault = oracle.nextFault()
        if (!this.isOnline || fault === 'drop') {
          mine.isLost = true
          return lose
        }
        if (fault === 'hang') return () => {}
        judge.arrived(mine)
        const answer = oracle.exchange(session.refreshToken ?? '', fault)
        // A stranger's tokens are no successor.
        const isOwn = typeof answer.data === 'object' && fault !== 'stranger'
        mine.isRotated = isOwn && 'refresh_token' in answer.data
        if (fault === 'lose' || fault === 'hang-after') mine.isLost = true
        if (fault === 'lose') return lose
        if (fault === 'hang-after') return () => {}
        const late = fault === 'slow' ? 3_000 + time.span(`slow ${tab.name}`, 12_000, 22_000) : 0
        return late
          ? () => void time.after(tab, late, () => deliver(answer))
          : () => deliver(answer)
      })
    })
  }

  async open(index: number): Promise<void> {
    if (this.tabs[index]) return
    const tab = (this.tabs[index] = new FuzzTab(`${index}.${++this.opened}`, this))
    await this.time.as(tab, () => tab.start())
  }

  private kill(index: number): void {
    const tab = this.tabs[index]
    if (!tab) return
    this.judge.leaving(tab)
    tab.isGone = true
    this.tabs[index] = undefined
    this.locks.drop(tab)
  }

  private breakStorage(outage: Outage, ms: number): void {
    this.mendStorage()
    this.storage.outage = outage
    const number = ++this.outages
    this.time.after(null, ms, () => {
      if (number === this.outages) this.mendStorage()
    })
  }

  mendStorage(): void {
    if (this.storage.outage) this.mendedAt = this.time.awake
    this.storage.mend()
  }

  /** Whether the storage works, and has for long enough that every tab has recovered which was not frozen. */
  get isTroubled(): boolean {
    return this.storage.outage !== null || this.time.awake - this.mendedAt < RECOVERED_WITHIN
  }

  async goOnline(isOnline: boolean): Promise<void> {
    this.isOnline = isOnline
    if (isOnline)
      for (const { tab, resolve } of this.offline.splice(0)) this.time.after(tab, 0, resolve)
    for (const tab of this.living) this.time.after(tab, 0, () => tab.look())
  }

  async perform(command: Command): Promise<void> {
    const { time, judge } = this
    if ('tab' in command) return this.performIn(command)
    if (command.do === 'wait') await time.pass(command.ms, () => judge.isDone)
    else if (command.do === 'sleep') {
      time.slept += command.ms
      for (const tab of this.living) time.after(tab, 0, () => tab.look())
    } else if (command.do === 'move-clock') time.moveWall(command.ms)
    else if (command.do === 'fault') this.oracle.plan(command.fault, command.times)
    else if (command.do === 'expire') this.oracle.expireAll()
    else if (command.do === 'outage') this.breakStorage(command.outage, command.ms)
    else if (command.do === 'clear-storage') {
      judge.cleared()
      this.storage.clear()
      // IndexedDB tells no tab.
      if (this.setting.storage === 'web')
        for (const tab of this.living) time.after(tab, 0, () => tab.look())
    } else if (command.do === 'storage-fails') {
      if (this.storage instanceof AtomicStorage) this.storage.failOnce()
    } else if (command.do === 'offline' || command.do === 'online') {
      await this.goOnline(command.do === 'online')
    } else {
      for (const index of this.tabs.keys()) {
        this.kill(index)
        await this.open(index)
      }
    }
  }

  private async performIn(command: Extract<Command, { tab: number }>): Promise<void> {
    const { time } = this
    const index = command.tab % this.setting.tabs
    const tab = this.tabs[index]
    if (command.do === 'open') return this.open(index)
    if (!tab) return
    if (command.do === 'kill') return this.kill(index)
    if (command.do === 'thaw') return tab.isFrozen ? tab.thaw() : undefined
    if (tab.isFrozen) return
    await time.as(tab, () => {
      if (command.do === 'request') tab.request(command.path, command.abort)
      else if (command.do === 'poll') tab.poll(command.path)
      else if (command.do === 'slide') tab.request(command.rotates ? '/rotating' : '/sliding')
      else if (command.do === 'login') tab.signIn(command.user)
      else if (command.do === 'logins') {
        const [first, second] = command.users
        tab.signIn(first)
        time.after(tab, command.apart, () => tab.signIn(second))
      } else if (command.do === 'refresh') tab.refresh()
      else if (command.do === 'logout') tab.logout()
      else tab.freeze()
    })
  }
}
