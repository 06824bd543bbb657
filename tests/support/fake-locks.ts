interface Waiting {
  readonly name: string
  readonly grant: () => void
}

/** Web Locks of one origin, as the specification has them, for as much as is used here: in order, abortable, stealable. */
export class FakeLocks implements LockManager {
  private held: { name: string; lose: (reason: unknown) => void } | null = null
  private queue: Waiting[] = []

  request<T>(name: string, work: LockGrantedCallback<T>): Promise<Awaited<T>>
  request<T>(name: string, options: LockOptions, work: LockGrantedCallback<T>): Promise<Awaited<T>>
  request<T>(
    name: string,
    options: LockOptions | LockGrantedCallback<T>,
    work?: LockGrantedCallback<T>,
  ): Promise<Awaited<T>> {
    const { steal, signal }: LockOptions = typeof options === 'object' ? options : {}
    const callback = work ?? (options as LockGrantedCallback<T>)
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        const mine = { name, lose: reject }
        this.held = mine
        Promise.resolve(callback({ name, mode: 'exclusive' }))
          .then(resolve, reject)
          .finally(() => {
            if (this.held === mine) this.release()
          })
      }
      if (steal) {
        this.held?.lose(new DOMException('Stolen.', 'AbortError'))
        grant()
      } else if (!this.held) {
        if (signal?.aborted) reject(signal.reason)
        else grant()
      } else {
        const waiting = { name, grant }
        this.queue.push(waiting)
        signal?.addEventListener('abort', () => {
          this.queue = this.queue.filter((one) => one !== waiting)
          reject(signal.reason)
        })
      }
    })
  }

  async query(): Promise<LockManagerSnapshot> {
    return {
      held: this.held ? [{ name: this.held.name, mode: 'exclusive' }] : [],
      pending: this.queue.map(({ name }) => ({ name, mode: 'exclusive' })),
    }
  }

  private release(): void {
    this.held = null
    this.queue.shift()?.grant()
  }
}
