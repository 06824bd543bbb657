interface Held {
  readonly name: string
  readonly clientId: string
  readonly lose: (reason: unknown) => void
}

interface Waiting extends Omit<Held, 'lose'> {
  readonly grant: () => void
}

/** The locks of one origin. */
interface Origin {
  held: Held[]
  queue: Waiting[]
  tabs: number
}

/** Web Locks as the specification has them, for as much as is used here: in order, abortable, stealable. */
export class FakeLocks implements LockManager {
  private readonly clientId: string

  constructor(private readonly origin: Origin = { held: [], queue: [], tabs: 0 }) {
    this.clientId = String(++origin.tabs)
  }

  /** Those of another tab of the same origin. */
  tab(): FakeLocks {
    return new FakeLocks(this.origin)
  }

  request<T>(name: string, work: LockGrantedCallback<T>): Promise<Awaited<T>>
  request<T>(name: string, options: LockOptions, work: LockGrantedCallback<T>): Promise<Awaited<T>>
  request<T>(
    name: string,
    options: LockOptions | LockGrantedCallback<T>,
    work?: LockGrantedCallback<T>,
  ): Promise<Awaited<T>> {
    const { origin, clientId } = this
    const { steal, signal }: LockOptions = typeof options === 'object' ? options : {}
    const callback = work ?? (options as LockGrantedCallback<T>)
    const holder = (): Held | undefined => origin.held.find((one) => one.name === name)
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        const mine = { name, clientId, lose: reject }
        origin.held.push(mine)
        Promise.resolve(callback({ name, mode: 'exclusive' }))
          .then(resolve, reject)
          .finally(() => {
            if (origin.held.includes(mine)) this.release(mine)
          })
      }
      const before = holder()
      if (steal) {
        origin.held = origin.held.filter((one) => one !== before)
        before?.lose(new DOMException('Stolen.', 'AbortError'))
        grant()
      } else if (!before) {
        if (signal?.aborted) reject(signal.reason)
        else grant()
      } else {
        const waiting = { name, clientId, grant }
        origin.queue.push(waiting)
        signal?.addEventListener('abort', () => {
          origin.queue = origin.queue.filter((one) => one !== waiting)
          reject(signal.reason)
        })
      }
    })
  }

  async query(): Promise<LockManagerSnapshot> {
    const info = ({ name, clientId }: Omit<Held, 'lose'>): LockInfo => ({
      name,
      clientId,
      mode: 'exclusive',
    })
    // The answer comes later, and is true then.
    await Promise.resolve()
    const { held, queue } = this.origin
    return { held: held.map(info), pending: queue.map(info) }
  }

  private release(mine: Held): void {
    const { origin } = this
    origin.held = origin.held.filter((one) => one !== mine)
    const next = origin.queue.find(({ name }) => name === mine.name)
    origin.queue = origin.queue.filter((one) => one !== next)
    next?.grant()
  }
}
