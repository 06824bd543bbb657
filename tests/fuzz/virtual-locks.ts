import type { Owner, VirtualTime } from './virtual-time'

interface Waiting {
  readonly tab: Owner
  readonly name: string
  readonly grant: () => void
  readonly lose: (reason: unknown) => void
}

/** The Web Locks of one origin; each grant and each loss takes a step in the tab that it concerns. */
export class VirtualLocks {
  private held: Waiting | null = null
  private queue: Waiting[] = []

  constructor(private readonly time: VirtualTime) {}

  /** As `navigator.locks` of a tab. */
  managerOf(tab: Owner): LockManager {
    let last = 0
    // What the browser says to a tab arrives in order.
    const later = (work: () => void): void => {
      last = Math.max(last, this.time.awake + this.time.span(`lock ${tab.name}`, 2, 10))
      this.time.after(tab, last - this.time.awake, work)
    }
    const request = <T>(
      name: string,
      { steal, signal }: LockOptions,
      work: LockGrantedCallback<T>,
    ): Promise<T> =>
      new Promise((resolve, reject) => {
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
          this.held?.lose(new DOMException('Stolen.', 'AbortError'))
          this.held = mine
          return mine.grant()
        }
        signal?.addEventListener('abort', () => {
          this.queue = this.queue.filter((one) => one !== mine)
          reject(signal.reason)
        })
        this.queue.push(mine)
        this.next()
      })
    const query = (): Promise<LockManagerSnapshot> =>
      new Promise((resolve) => {
        later(() => resolve({ held: this.held ? [this.held] : [], pending: [...this.queue] }))
      })
    return { request: request as LockManager['request'], query }
  }

  /** A tab that is closed gives back what it holds and waits for nothing. */
  drop(tab: Owner): void {
    this.queue = this.queue.filter((one) => one.tab !== tab)
    if (this.held?.tab === tab) this.release(this.held)
  }

  private release(mine: Waiting): void {
    if (this.held !== mine) return
    this.held = null
    this.next()
  }

  private next(): void {
    if (this.held) return
    this.held = this.queue.shift() ?? null
    this.held?.grant()
  }
}
