import type { CDPSession, Page } from 'playwright'

declare global {
  interface Window {
    /** The things that the page holds until it lets go of them, as `noteLeftovers` counts them. */
    leftovers: {
      readonly timers: Set<unknown>
      readonly channels: Set<BroadcastChannel>
      /** How often something listens to the window, the document or the network, by type. */
      readonly listeners: Map<string, number>
    }
  }
}

/** In the page, before anything else: notes timers, channels and listeners. */
export function noteLeftovers(): void {
  const timers = new Set<unknown>()
  const channels = new Set<BroadcastChannel>()
  const listeners = new Map<string, number>()
  window.leftovers = { timers, channels, listeners }

  const { setTimeout: set, clearTimeout: clear } = window
  const { setInterval: repeat, clearInterval: stop } = window
  Object.assign(window, {
    setTimeout: (work: () => void, delay?: number) => {
      const timer = set(() => {
        timers.delete(timer)
        work()
      }, delay)
      timers.add(timer)
      return timer
    },
    setInterval: (work: () => void, delay?: number) => {
      const timer = repeat(work, delay)
      timers.add(timer)
      return timer
    },
    clearTimeout: (timer?: number) => {
      timers.delete(timer)
      clear(timer)
    },
    clearInterval: (timer?: number) => {
      timers.delete(timer)
      stop(timer)
    },
    BroadcastChannel: class extends BroadcastChannel {
      constructor(name: string) {
        super(name)
        channels.add(this)
      }
      override close(): void {
        channels.delete(this)
        super.close()
      }
    },
  })

  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype
  const change = (target: EventTarget, type: string, by: number): void => {
    if (target === window || target === document) {
      listeners.set(type, (listeners.get(type) ?? 0) + by)
    }
  }
  type Args = [
    type: string,
    listener: EventListener | null,
    options?: boolean | EventListenerOptions,
  ]
  Object.assign(EventTarget.prototype, {
    // Called without a target they mean the window.
    addEventListener(this: EventTarget | undefined, ...args: Args) {
      change(this ?? window, args[0], 1)
      add.apply(this ?? window, args)
    },
    removeEventListener(this: EventTarget | undefined, ...args: Args) {
      change(this ?? window, args[0], -1)
      remove.apply(this ?? window, args)
    },
  })
}

/** The things that can be counted exactly. */
export interface Counts {
  readonly handlers: number
  readonly timers: number
  readonly channels: number
  readonly locks: number
  readonly listeners: Record<string, number>
}

/** In the page: what is there now. */
async function countInPage(): Promise<Counts> {
  const { timers, channels, listeners } = window.leftovers
  const { held = [], pending = [] } = await navigator.locks.query()
  const handlers = window.apps.flatMap(({ api }) => {
    const { request, response } = api.interceptors as unknown as Record<
      'request' | 'response',
      { handlers: unknown[] }
    >
    return [...request.handlers, ...response.handlers].filter((one) => one !== null)
  })
  return {
    handlers: handlers.length,
    timers: timers.size,
    channels: channels.size,
    locks: held.length + pending.length,
    listeners: Object.fromEntries([...listeners].filter(([, count]) => count !== 0)),
  }
}

/** The leftovers of one repetition: for each figure, the average of the batch in which it was least. */
export interface Growth {
  readonly bytes: number
  /** Objects of these kinds. */
  readonly functions: number
  readonly promises: number
  readonly signals: number
  /** Listeners of any target, also of those that only the library knows. */
  readonly listeners: number
  readonly nodes: number
}

/** Measures what a page keeps, by the tools of the browser. */
export class Scales {
  private constructor(
    private readonly page: Page,
    private readonly cdp: CDPSession,
  ) {}

  static async of(page: Page): Promise<Scales> {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('HeapProfiler.enable')
    await cdp.send('Performance.enable')
    return new Scales(page, cdp)
  }

  counts(): Promise<Counts> {
    return this.page.evaluate(countInPage)
  }

  /** How many objects with this prototype there are, after collecting garbage. */
  async countOf(constructor: string): Promise<number> {
    const objectGroup = 'scales'
    const { result } = await this.cdp.send('Runtime.evaluate', {
      expression: `${constructor}.prototype`,
      objectGroup,
    })
    const { objects } = await this.cdp.send('Runtime.queryObjects', {
      prototypeObjectId: result.objectId ?? '',
      objectGroup,
    })
    const count = await this.cdp.send('Runtime.callFunctionOn', {
      functionDeclaration: 'function () { return this.length }',
      objectId: objects.objectId ?? '',
    })
    await this.cdp.send('Runtime.releaseObjectGroup', { objectGroup })
    return Number(count.result.value)
  }

  /**
   * How much each repetition leaves behind, in the best of several batches after one that only warms up: what is kept
   * for good is kept in each of them, and what the engine does by the way is not.
   *
   * @param batch does that many repetitions in the page
   */
  async growthBy(batch: () => Promise<void>, repetitions: number): Promise<Growth> {
    await batch()
    let before = await this.weigh()
    const growths: Growth[] = []
    for (let index = 0; index < 3; index++) {
      await batch()
      const after = await this.weigh()
      const by = (key: keyof Growth): number => (after[key] - before[key]) / repetitions
      growths.push({
        bytes: by('bytes'),
        functions: by('functions'),
        promises: by('promises'),
        signals: by('signals'),
        listeners: by('listeners'),
        nodes: by('nodes'),
      })
      before = after
    }
    const least = (key: keyof Growth): number => Math.min(...growths.map((growth) => growth[key]))
    return {
      bytes: least('bytes'),
      functions: least('functions'),
      promises: least('promises'),
      signals: least('signals'),
      listeners: least('listeners'),
      nodes: least('nodes'),
    }
  }

  private async weigh(): Promise<Growth> {
    // The second and third round collect what finalizers and finished tasks have held.
    for (let round = 0; round < 3; round++) {
      await this.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 0)))
      await this.cdp.send('HeapProfiler.collectGarbage')
    }
    const { usedSize } = await this.cdp.send('Runtime.getHeapUsage')
    const { metrics } = await this.cdp.send('Performance.getMetrics')
    const metric = (name: string): number => metrics.find((one) => one.name === name)?.value ?? NaN
    return {
      bytes: usedSize,
      listeners: metric('JSEventListeners'),
      nodes: metric('Nodes'),
      functions: await this.countOf('Function'),
      promises: await this.countOf('Promise'),
      signals: await this.countOf('AbortSignal'),
    }
  }
}
