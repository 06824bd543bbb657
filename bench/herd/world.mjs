// The world of a million simulated clients. Its token endpoint has a capacity and no tokens; AuthServer
// (tests/fixtures/auth-server.ts) is the one with tokens. Its clock is a queue of integers: timers of
// tests/support/virtual-time.ts would be an object for each of many million events.

const NONE = -1
/** Waits shorter than this are not counted, in ms: an exchange with an idle token endpoint takes less. */
const HELD_UP = 100
/** Waits are counted in hundredths of a second, up to a minute. */
const WAIT_STEP = 10
const WAIT_STEPS = 6_000

/**
 * A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32).
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function seededRandom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A time to the next event, when they come at random moments. */
export const randomGap = (mean) => -Math.log(1 - Math.random()) * mean

/** An event is its tab and, in so many bits, its kind. */
const KIND_BITS = 4
const KINDS = (1 << KIND_BITS) - 1
/** A chunk: the next one, how many events are in it, and they, which makes a cache line. */
const CHUNK = 16
const COUNT = 1
const FIRST = 2
/** A prime: so many events are never due in one millisecond, or with it as a factor. */
const STRIDE = 1_000_003

function grown(array) {
  const twice = new Int32Array(2 * array.length)
  twice.set(array)
  return twice
}

/**
 * The events to come, on a clock of whole milliseconds. Each millisecond has a list of chunks in a typed array, so
 * millions of events need neither objects nor sorting.
 */
export class EventQueue {
  #heads
  #chunks = new Int32Array(CHUNK * 2 ** 19)
  #batch = new Int32Array(2 ** 10)
  #used = 0
  #free = NONE
  #isStopped = false

  /** @param {number} horizon in ms; what would be later never happens */
  constructor(horizon) {
    this.#heads = new Int32Array(horizon).fill(NONE)
  }

  /**
   * @param {number} at in ms; a fraction counts as the next whole one
   * @param {number} kind less than 16
   * @param {number} tab
   */
  schedule(at, kind, tab) {
    const slot = Math.ceil(at)
    if (slot >= this.#heads.length) return
    let chunk = this.#heads[slot]
    if (chunk === NONE || this.#chunks[chunk + COUNT] === CHUNK - FIRST) {
      chunk = this.#take()
      this.#chunks[chunk] = this.#heads[slot]
      this.#chunks[chunk + COUNT] = 0
      this.#heads[slot] = chunk
    }
    const count = this.#chunks[chunk + COUNT]++
    this.#chunks[chunk + FIRST + count] = (tab << KIND_BITS) | kind
  }

  /**
   * Those of the same millisecond come in a random order, or those that were scheduled first would be served first.
   *
   * @param {(kind: number, tab: number, now: number) => void} handle may schedule more
   * @param {(tab: number) => number} touch reads what is known of a tab: the memory can fetch that of several tabs at
   *   a time, and to wait for it is what takes time here
   */
  run(handle, touch) {
    let touched = 0
    for (let now = 0; now < this.#heads.length; now++) {
      while (this.#heads[now] !== NONE) {
        const count = this.#gather(now)
        const batch = this.#batch
        for (let index = 0; index < count; index++) touched ^= touch(batch[index] >> KIND_BITS)
        let index = Math.floor(Math.random() * count)
        for (let done = 0; done < count; done++) {
          const event = batch[index]
          handle(event & KINDS, event >> KIND_BITS, now)
          if (this.#isStopped) return touched
          index = (index + STRIDE) % count
        }
      }
    }
    return touched
  }

  /** Takes out what is scheduled for now. Returns how many events that is. */
  #gather(now) {
    let count = 0
    for (let chunk = this.#heads[now]; chunk !== NONE;) {
      const next = this.#chunks[chunk]
      const size = this.#chunks[chunk + COUNT]
      if (count + size > this.#batch.length) this.#batch = grown(this.#batch)
      for (let index = 0; index < size; index++) {
        this.#batch[count++] = this.#chunks[chunk + FIRST + index]
      }
      this.#chunks[chunk] = this.#free
      this.#free = chunk
      chunk = next
    }
    this.#heads[now] = NONE
    return count
  }

  /** Ends the run early: no more events of interest will come. */
  stop() {
    this.#isStopped = true
  }

  #take() {
    const chunk = this.#free
    if (chunk !== NONE) {
      this.#free = this.#chunks[chunk]
      return chunk
    }
    if (this.#used === this.#chunks.length) this.#chunks = grown(this.#chunks)
    this.#used += CHUNK
    return this.#used - CHUNK
  }
}

/**
 * @typedef {object} EndpointOptions durations in ms
 * @property {number} perSecond how many exchanges it serves
 * @property {number} queue how many may wait for that; beyond them it answers 503, which costs it nothing
 * @property {number} latency of the network, both ways together
 * @property {number} downFrom
 * @property {number} downUntil between the two, it serves no request
 * @property {number | 'end' | null} retryAfter what a refusal carries: seconds; those until it is up again; nothing
 */

/** The token endpoint: one queue, first come, first served. */
export class TokenEndpoint {
  #options
  /** When all that wait now have been served. */
  #freeAt = 0

  /** @param {EndpointOptions} options */
  constructor(options) {
    this.#options = options
  }

  /**
   * @param {number} now
   * @returns {number} when the answer is there, in ms; negative where it is a refusal
   */
  ask(now) {
    const { perSecond, queue, latency, downFrom, downUntil } = this.#options
    const begin = Math.max(this.#freeAt, now)
    const isFull = ((begin - now) * perSecond) / 1_000 >= queue
    if (isFull || (now >= downFrom && now < downUntil)) return -(now + latency)
    this.#freeAt = begin + 1_000 / perSecond
    return this.#freeAt + latency
  }

  /** @returns {number | null} the `Retry-After` of a refusal, in seconds */
  retryAfter(now) {
    const { retryAfter, downFrom, downUntil } = this.#options
    if (retryAfter !== 'end') return retryAfter
    return now >= downFrom && now < downUntil ? Math.ceil((downUntil - now) / 1_000) : null
  }
}

/** The counts of one run. They are sent from one thread to another, so they are plain data. */
export class Tally {
  exchanges = 0
  /** Exchanges that were not served. */
  refused = 0
  /** Requests that their callers got back as failed, because no live token could be had. */
  rejected = 0
  /** Tabs that needed a token, and how many of them have got one. */
  asked = 0
  recovered = 0
  lastRecovery = 0
  /** How many requests waited for so many steps and were sent then. */
  waits = new Uint32Array(WAIT_STEPS)

  /** @param {number} horizon in ms */
  constructor(horizon) {
    const seconds = Math.ceil(horizon / 1_000)
    this.exchangesIn = new Uint32Array(seconds)
    this.rejectedIn = new Uint32Array(seconds)
    this.recoveredIn = new Uint32Array(seconds)
  }

  exchange(now, isRefused) {
    this.exchanges++
    this.exchangesIn[Math.floor(now / 1_000)]++
    if (isRefused) this.refused++
  }

  reject(now, requests) {
    this.rejected += requests
    this.rejectedIn[Math.floor(now / 1_000)] += requests
  }

  /**
   * Requests that were sent after they had waited.
   *
   * @param {number} wait in ms
   * @param {number} requests
   */
  wait(wait, requests) {
    if (wait >= HELD_UP)
      this.waits[Math.min(Math.round(wait / WAIT_STEP), WAIT_STEPS - 1)] += requests
  }

  recover(now) {
    this.recovered++
    this.recoveredIn[Math.floor(now / 1_000)]++
    this.lastRecovery = now
  }
}

/** The first index up to which this share of the sum lies; undefined where there is none. */
function quantileOf(counts, share) {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let sum = 0
  for (const [index, count] of counts.entries()) {
    sum += count
    if (count > 0 && sum >= share * total) return index
  }
  return undefined
}

/**
 * How long this share of the requests that were held up waited at most.
 *
 * @param {Tally} tally
 * @param {number} share
 * @returns {number | undefined} in ms
 */
export function waitOf({ waits }, share) {
  const step = quantileOf(waits, share)
  return step === undefined ? undefined : step * WAIT_STEP
}

/**
 * By when this share of the tabs that needed a token had got one.
 *
 * @param {Tally} tally
 * @param {number} share
 * @returns {number | undefined} in whole seconds
 */
export const recoveryOf = ({ recoveredIn }, share) => quantileOf(recoveredIn, share)
