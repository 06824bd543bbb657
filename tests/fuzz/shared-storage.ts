import type { AuthStorage } from '../../src/shared/auth-storage'
import type { StoredRecord } from '../../src/session/record'
import { webStorage } from '../../src/shared/web-storage'
import type { Owner, VirtualTime } from '../support/virtual-time'

/** An outage of a storage. */
export type Outage =
  | 'full' // a record can be read and removed, but not written
  | 'read-only' // a record can be read alone
  | 'hangs' // operations are done afterwards; `localStorage` does not hang

/** The storage of one origin, as its tabs see it. */
export interface SharedStorage {
  /** The outage; null while it works. */
  outage: Outage | null
  /** Ends the outage. */
  mend(): void
  /** The storage that a tab's library uses. */
  open(tab: Owner): AuthStorage
  /** The record that this tab would read now; without a tab, the one that a new tab would read. */
  visible(tab?: Owner): unknown
  clear(): void
}

export type OnWrite = (tab: Owner, before: unknown, after: unknown) => void

/** Behaves like IndexedDB: one atomic step for all tabs, and an answer some time after it. */
export class AtomicStorage implements SharedStorage {
  outage: Outage | null = null
  private record: unknown = null
  /** Operations that wait until the storage does not hang any more. */
  private hung: (() => void)[] = []
  private willFail = false
  private failedAt = -Infinity

  constructor(
    private readonly time: VirtualTime,
    private readonly onWrite: OnWrite = () => {},
  ) {}

  /** Lets one operation fail, but not two within a second: the library would take the storage for broken. */
  failOnce(): void {
    this.willFail = this.time.awake - this.failedAt > 1_000
  }

  mend(): void {
    this.outage = null
    for (const begin of this.hung.splice(0)) begin()
  }

  visible(): unknown {
    return this.record
  }

  clear(): void {
    this.record = null
  }

  open(tab: Owner): AuthStorage {
    const step = <T>(work: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        const span = (): number => this.time.span(`storage ${tab.name}`, 3, 40)
        const begin = (): void => void this.time.after(tab, span(), run)
        const run = (): void => {
          if (this.outage === 'hangs') return void this.hung.push(begin)
          if (this.willFail) {
            this.willFail = false
            this.failedAt = this.time.awake
            return reject(new Error('The storage failed.'))
          }
          try {
            const result = work()
            this.time.after(tab, span(), () => resolve(result))
          } catch (error) {
            reject(error)
          }
        }
        begin()
      })
    return {
      read: () => step(() => this.record),
      update: (_key, change) => step(() => this.change(tab, change)),
    }
  }

  private change(
    tab: Owner,
    change: (current: unknown) => StoredRecord | null | undefined,
  ): unknown {
    const before = this.record
    const next = change(before)
    if (next === undefined) return before
    refuseIfOut(this.outage, next)
    this.record = next
    this.onWrite(tab, before, next)
    return next
  }
}

/** How long the browser and then another tab take at most to see a write, in ms; the library waits for 100. */
const [TO_BROWSER, TO_TAB] = [30, 60]

/** A tab's copy of what is stored. */
interface View {
  readonly items: Map<string, string>
  /** How many of its own writes have not reached the browser. */
  unseen: number
  /** The last write that it shows, in the browser's order. */
  order: number
}

/**
 * Behaves like `localStorage`: every tab reads and writes a copy at once. It sees the other tabs' writes later, in the
 * order in which they reached the browser.
 */
export class DelayedStorage implements SharedStorage {
  outage: Outage | null = null
  private readonly views = new Map<Owner, View>()
  private readonly browser = new Map<string, string>()
  /** Until when the writes of a tab, and the news for it, are on their way: none overtakes. */
  private readonly sent = new Map<string, number>()
  private order = 0
  /** How often it has been cleared: what was on its way then never arrives. */
  private clears = 0

  constructor(
    private readonly time: VirtualTime,
    private readonly onWrite: OnWrite,
    private readonly onStorageEvent: (tab: Owner) => void,
  ) {
    // The running tab gets its own view.
    Object.defineProperty(globalThis, 'localStorage', {
      configurable: true,
      get: () => this.areaOf(time.current!),
    })
  }

  visible(tab?: Owner): unknown {
    const [text = 'null'] = (tab ? this.viewOf(tab).items : this.browser).values()
    return JSON.parse(text)
  }

  clear(): void {
    this.clears++
    this.sent.clear()
    this.browser.clear()
    for (const view of this.views.values()) {
      view.items.clear()
      view.unseen = 0
      view.order = this.order
    }
  }

  mend(): void {
    this.outage = null
  }

  open(tab: Owner): AuthStorage {
    this.viewOf(tab)
    return webStorage()
  }

  private areaOf(tab: Owner) {
    const { items } = this.viewOf(tab)
    return {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, text: string) => this.write(tab, key, text),
      removeItem: (key: string) => this.write(tab, key, null),
    }
  }

  private viewOf(tab: Owner): View {
    let view = this.views.get(tab)
    if (!view) {
      view = { items: new Map(this.browser), unseen: 0, order: this.order }
      this.views.set(tab, view)
    }
    return view
  }

  private write(tab: Owner, key: string, text: string | null): void {
    refuseIfOut(this.outage, text)
    const view = this.viewOf(tab)
    const before: unknown = JSON.parse(view.items.get(key) ?? 'null')
    put(view.items, key, text)
    this.onWrite(tab, before, JSON.parse(text ?? 'null'))
    view.unseen++
    this.arrive(`write ${tab.name}`, TO_BROWSER, () => {
      const order = ++this.order
      view.unseen--
      view.order = order
      put(this.browser, key, text)
      for (const [other, copy] of this.views) {
        if (other === tab) continue
        this.arrive(`news ${other.name}`, TO_TAB, () => {
          // Otherwise a write of its own is the later one.
          if (copy.unseen > 0 || copy.order > order) return
          copy.order = order
          put(copy.items, key, text)
          this.time.after(other, 0, () => this.onStorageEvent(other))
        })
      }
    })
  }

  private arrive(way: string, longest: number, work: () => void): void {
    const at = this.time.awake + this.time.span(way, longest, longest)
    const inOrder = Math.max(at, this.sent.get(way) ?? 0)
    this.sent.set(way, inOrder)
    const { clears } = this
    this.time.after(null, inOrder - this.time.awake, () => {
      if (clears === this.clears) work()
    })
  }
}

function refuseIfOut(outage: Outage | null, next: unknown): void {
  if (outage === 'read-only' || (outage === 'full' && next !== null)) throw new Error('No room.')
}

function put(items: Map<string, string>, key: string, text: string | null): void {
  if (text === null) items.delete(key)
  else items.set(key, text)
}
