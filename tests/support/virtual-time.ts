// The clock of simulations without real sockets: tests/fuzz and bench/herd. It needs no test runner. Tests with a real
// server have clock.ts, which drives the fake timers of Vitest.

/** The owner of steps: its steps wait while it is frozen, and are dropped once it is gone. */
export interface Owner {
  readonly name: string
  isFrozen: boolean
  isGone: boolean
  /** Steps that came due while it was frozen. */
  held: (() => void)[]
}

interface Step {
  readonly at: number
  readonly owner: Owner | null
  work: (() => void) | null
}

const EPOCH = Date.UTC(2026, 0, 1)
const real = {
  setTimeout,
  clearTimeout,
  dateNow: Date.now,
  performanceNow: performance.now,
  random: Math.random,
  setImmediate,
}

const drained = (): Promise<void> => new Promise((resolve) => real.setImmediate(resolve))

/** A number in [0, 1) that depends on nothing but its arguments. */
function hash(seed: number, key: string, count: number): number {
  let state = seed ^ Math.imul(count + 1, 0x9e3779b1)
  for (let index = 0; index < key.length; index++) {
    state = Math.imul(state ^ key.charCodeAt(index), 0x5bd1e995)
    state ^= state >>> 15
  }
  state = Math.imul(state ^ (state >>> 13), 0x2c1b3c6d)
  state = Math.imul(state ^ (state >>> 12), 0x297a2d39)
  return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32
}

/**
 * The clocks, the timers and every other step of one run. Between two steps all promises settle, so whatever runs
 * then belongs to the owner of the last step; that is how a timer knows its tab.
 */
export class VirtualTime {
  /** Ms that were spent awake. */
  awake = 0
  /** Ms that the machine has slept. */
  slept = 0
  /** Ms by which the wall clock has been moved. */
  private moved = 0
  moves = 0
  /** The owner of the running step. */
  current: Owner | null = null
  /** Set when a timer gets a delay that no browser keeps. */
  onBadDelay: (delay: number) => void = () => {}
  private readonly queue: Step[] = []
  private readonly counts = new Map<string, number>()

  constructor(
    private readonly dice: number,
    /** Whether the monotonic clock goes on while the machine sleeps; browsers differ. */
    private readonly countsSleep: boolean,
  ) {
    const setVirtual = (work: () => void, delay = 0): Step => {
      if (!(delay < 2 ** 31)) this.onBadDelay(delay)
      return this.after(this.current, Math.max(1, Math.trunc(delay)), work)
    }
    const clearVirtual = (step?: Step): void => {
      if (step) step.work = null
    }
    Object.assign(globalThis, { setTimeout: setVirtual, clearTimeout: clearVirtual })
    Date.now = () => EPOCH + this.awake + this.slept + this.moved
    performance.now = () => this.awake + (this.countsSleep ? this.slept : 0)
    Math.random = () => this.roll('random')
  }

  dispose(): void {
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout })
    Date.now = real.dateNow
    performance.now = real.performanceNow
    Math.random = real.random
  }

  /** Ms that have really passed, by a server's clock. */
  get true(): number {
    return this.awake + this.slept
  }

  moveWall(ms: number): void {
    this.moved += ms
    this.moves++
  }

  /** The next number of a kind in [0, 1). */
  roll(kind: string): number {
    const count = this.counts.get(kind) ?? 0
    this.counts.set(kind, count + 1)
    return hash(this.dice, kind, count)
  }

  /** A duration in whole ms: most often none or a short one, now and then up to the longest. */
  span(kind: string, usual: number, longest: number): number {
    const share = this.roll(kind)
    if (share < 0.25) return 0
    if (share < 0.9) return Math.ceil(((share - 0.25) / 0.65) * usual)
    return Math.ceil(((share - 0.9) / 0.1) * longest)
  }

  after(owner: Owner | null, delay: number, work: () => void): Step {
    const step: Step = { at: this.awake + Math.max(0, delay), owner, work }
    let [low, high] = [0, this.queue.length]
    // Descending, so that the next one is the last.
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.queue[middle]!.at > step.at) low = middle + 1
      else high = middle
    }
    this.queue.splice(low, 0, step)
    return step
  }

  /** Does something in a tab's name, and lets settle what comes of it. */
  async as(owner: Owner | null, work: () => void): Promise<void> {
    this.current = owner
    work()
    await drained()
    this.current = null
  }

  /** Lets time pass; ends early when `isOver` says so. */
  async pass(ms: number, isOver = (): boolean => false): Promise<void> {
    const end = this.awake + ms
    for (;;) {
      if (isOver()) return

      const step = this.queue.at(-1)
      if (!step || step.at > end) break
      this.queue.pop()
      const { work, owner } = step
      if (!work || owner?.isGone) continue
      this.awake = Math.max(this.awake, step.at)
      if (owner?.isFrozen) owner.held.push(() => step.work?.())
      else await this.as(owner, work)
    }
    this.awake = Math.max(this.awake, end)
  }

  async thaw(owner: Owner, first: () => void): Promise<void> {
    owner.isFrozen = false
    const due = owner.held.splice(0)
    await this.as(owner, first)
    for (const work of due) if (!owner.isGone) await this.as(owner, work)
  }
}
