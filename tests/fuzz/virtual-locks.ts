import type { Owner, VirtualTime } from '../support/virtual-time'

interface Waiting {
  readonly tab: Owner
  readonly name: string
  readonly grant: () => void
  readonly lose: (reason: unknown) => void
}

const info = ({ name, tab }: Waiting): LockInfo => ({
  name,
  clientId: tab.name,
  mode: 'exclusive',
})

/** The Web Locks of one origin; each grant and each loss takes a step in the tab that it concerns. */
export class VirtualLocks {
  private readonly held = new Map<string, Waiting>()
  private queue: Waiting[] = []

  constructor(private readonly time: VirtualTime) {}

  /** The `navigator.locks` of a tab. */
  managerOf(tab: Owner): LockManager {
    let last = 0
    // The browser's messages reach a tab in order.
    const later = (work: () => void): void => {
      last = Math.max(last, this.time.awake + this.time.span(`lock ${tab.name}`, 2, 10))
      this.time.after(tab, last - this.time.awake, work)
    }
    const request = <T>(
      name: string,
      options: LockOptions | LockGrantedCallback<T>,
      work = options as LockGrantedCallback<T>,
    ): Promise<T> => {
      const { steal, signal }: LockOptions = typeof options === 'object' ? options : {}
      return new Promise((resolve, reject) => {
        const done = (): void => this.release(mine)
        const mine: Waiting = {
          tab,
          name,
          lose: (reason) => later(() => reject(reason)),
          grant: () =>
            later(() => {
              if (signal?.aborted) return done()
              Promise.resolve(work({ name, mode: 'exclusive' }))
                .finally(done)
                .then(resolve, reject)
            }),
        }
        if (steal) {
          this.held.get(name)?.lose(new DOMException('Stolen.', 'AbortError'))
          this.held.set(name, mine)
          return mine.grant()
        }
        signal?.addEventListener('abort', () => {
          this.queue = this.queue.filter((one) => one !== mine)
          reject(signal.reason)
        })
        this.queue.push(mine)
        this.next(name)
      })
    }
    const query = (): Promise<LockManagerSnapshot> =>
      new Promise((resolve) => {
        later(() => {
          const held = [...this.held.values()]
          resolve({ held: held.map(info), pending: this.queue.map(info) })
        })
      })
    return { request, query }
  }

  /** A tab that is closed gives back what it holds and waits for nothing. */
  drop(tab: Owner): void {
    this.queue = this.queue.filter((one) => one.tab !== tab)
    for (const held of this.held.values()) if (held.tab === tab) this.release(held)
  }

  private release(mine: Waiting): void {
    if (this.held.get(mine.name) !== mine) return
    this.held.delete(mine.name)
    this.next(mine.name)
  }

  private next(name: string): void {
    const next = this.queue.find((one) => one.name === name)
    if (!next || this.held.has(name)) return
    this.queue = this.queue.filter((one) => one !== next)
    this.held.set(name, next)
    next.grant()
  }
}
