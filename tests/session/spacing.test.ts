import { describe, expect, test } from 'vitest'
import { AxiosHeaders } from 'axios'
import { backoff, coolDown, createSpacing, retryAfter } from '../../src/session/spacing'
import { driveClock, fixChance } from '../support/clock'

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toUTCString()

test.each<[string, () => unknown, number]>([
  ['seconds', () => '3', 3_000],
  ['no time at all', () => '0', 0],
  ['more than a minute', () => '3600', 60_000],
  ['more than a number holds', () => '9'.repeat(400), 60_000],
  ['a date', () => inSeconds(30), 30_000],
  ['a date that is past', () => inSeconds(-30), 0],
  ['a date in a year', () => inSeconds(365 * 86_400), 60_000],
  ['less than nothing', () => '-5', 0],
  ['a number', () => 7, 7_000],
  ['a date that begins with a number', () => inSeconds(30).slice(5), 30_000],
  ['a date that ends in one', () => inSeconds(30).replace('GMT', '+0000'), 30_000],
  ['words', () => 'after lunch', 0],
  ['nothing', () => '', 0],
  ['not even a string', () => ({}), 0],
])('30: a Retry-After that says %s', (_name, value, expected) => {
  driveClock().moveWall(-(Date.now() % 1_000))
  expect(retryAfter({ response: { headers: { 'retry-after': value() } } })).toBe(expected)
})

test.each<[string, object]>([
  ['of `fetch`', new Headers({ 'Retry-After': '7' })],
  ['of axios', AxiosHeaders.from({ 'Retry-After': '7' })],
  ['of a mock, in its own spelling', { 'Retry-After': '7' }],
  ['in capitals', { 'RETRY-AFTER': '7' }],
  ['beside one that is called `get`', { get: 'x', 'retry-after': '7' }],
])('30: a Retry-After is read from headers %s', (_kind, headers) => {
  expect(retryAfter({ response: { headers } })).toBe(7_000)
})

test.each([-86_400_000, 86_400_000])(
  '30: a date is by the clock of the server, where it is shown',
  (off) => {
    driveClock().moveWall(-(Date.now() % 1_000))
    const date = new Date(Date.now() + off).toUTCString()
    const later = new Date(Date.now() + off + 30_000).toUTCString()
    expect(retryAfter({ response: { headers: { date, 'retry-after': later } } })).toBe(30_000)
  },
)

test.each([
  undefined,
  null,
  'no network',
  new Error('no network'),
  { response: null },
  { response: {} },
])('30: %s has no Retry-After', (error) => {
  expect(retryAfter(error)).toBe(0)
})

test.each([
  [0, [0, 0], [10_000, 10_000]],
  [0.5, [250, 1_000], [12_750, 13_500]],
  [1, [500, 2_000], [15_500, 17_000]],
])('30: retries have full jitter, a Retry-After half: %d', (chance, alone, asked) => {
  fixChance(chance)
  expect([1, 2].map((retry) => backoff(retry, 0))).toEqual(alone)
  expect([1, 2].map((retry) => backoff(retry, 10_000))).toEqual(asked)
})

test.each([
  [0, [1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]],
  [1, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]],
])('26: the cool-down doubles up to a bound, and half of it is chance: %d', (chance, expected) => {
  fixChance(chance)
  const failures = [1, 2, 3, 4, 5, 6, 1_000]
  expect(failures.map((count) => coolDown(count, 60_000))).toEqual(expected)
  expect(coolDown(1_000, 5_000)).toBe(chance ? 2_500 : 5_000)
})

describe('the spacing of one session', () => {
  const create = (refreshTimeout = 60_000) => {
    fixChance(0)
    return { clock: driveClock(), spacing: createSpacing(refreshTimeout) }
  }

  test('begins without a pause', () => {
    const { spacing } = create()
    expect(spacing.isFailing()).toBe(false)
    expect(spacing.pause()).toBeLessThanOrEqual(0)
  })

  test('26: pauses for the cool-down after a failure, and twice as long after the next', async () => {
    const { clock, spacing } = create()
    for (const pause of [1_000, 2_000, 4_000]) {
      spacing.begin()
      expect(spacing.failed()).toBe(true)
      expect(spacing.isFailing()).toBe(true)
      expect(spacing.pause()).toBe(pause)
      await clock.advance(pause - 1)
      expect(spacing.pause()).toBe(1)
      await clock.advance(1)
      expect(spacing.pause()).toBe(0)
      expect(spacing.isFailing()).toBe(true)
    }
  })

  test('26: pauses for half the timeout at most', () => {
    const { spacing } = create(3_000)
    for (const pause of [1_000, 1_500, 1_500]) {
      spacing.begin()
      spacing.failed()
      expect(spacing.pause()).toBe(pause)
    }
  })

  test('counts a failure once, and pauses from the last word of it', async () => {
    const { clock, spacing } = create()
    spacing.begin()
    expect(spacing.failed()).toBe(true)
    await clock.advance(600)
    expect(spacing.failed()).toBe(false)
    expect(spacing.pause()).toBe(1_000)
    spacing.begin()
    expect(spacing.failed()).toBe(true)
    expect(spacing.pause()).toBe(2_000)
  })

  test('30: pauses at least as long as the endpoint asks for', async () => {
    const { clock, spacing } = create()
    expect(spacing.failed(500)).toBe(true)
    expect(spacing.pause()).toBe(1_000)
    expect(spacing.failed(5_000)).toBe(false)
    expect(spacing.pause()).toBe(5_000)
    await clock.advance(1_000)
    spacing.failed()
    spacing.failed(2_000)
    expect(spacing.pause()).toBe(4_000)
  })

  test('ends with a newer token, and begins anew with the first cool-down', async () => {
    const { spacing } = create()
    for (let failures = 0; failures < 3; failures++) {
      spacing.begin()
      spacing.failed()
    }
    spacing.recovered(1)
    expect(spacing.isFailing()).toBe(false)
    expect(spacing.pause()).toBeLessThanOrEqual(0)
    spacing.begin()
    expect(spacing.failed()).toBe(true)
    expect(spacing.pause()).toBe(1_000)
  })

  test('30: keeps the pause that the endpoint has asked for even then', async () => {
    const { clock, spacing } = create()
    spacing.failed(5_000)
    spacing.recovered(1)
    expect(spacing.isFailing()).toBe(false)
    expect(spacing.pause()).toBe(5_000)
    await clock.advance(5_000)
    expect(spacing.pause()).toBe(0)
  })

  test('26: ten tokens at once pause a refresh that a refusal causes, for five seconds each', async () => {
    const { clock, spacing } = create()
    for (let tokens = 0; tokens < 10; tokens++) {
      expect(spacing.refused()).toBe(false)
      spacing.recovered(1)
    }
    for (let tokens = 0; tokens < 3; tokens++) {
      expect(spacing.pause()).toBeLessThanOrEqual(0)
      expect(spacing.refused()).toBe(true)
      expect(spacing.pause()).toBe(5_000)
      await clock.advance(4_999)
      expect(spacing.refused()).toBe(true)
      expect(spacing.pause()).toBe(1)
      await clock.advance(1)
      expect(spacing.refused()).toBe(false)
      spacing.recovered(1)
    }
  })

  test('26: a token in every five seconds takes nothing away from them', async () => {
    const { clock, spacing } = create()
    for (let tokens = 0; tokens < 30; tokens++) {
      spacing.recovered(1)
      await clock.advance(5_000)
    }
    for (let tokens = 0; tokens < 10; tokens++) {
      expect(spacing.refused()).toBe(false)
      spacing.recovered(1)
    }
    expect(spacing.refused()).toBe(true)
  })

  test('26: refreshes of other tabs count, tokens that came without one do not', () => {
    const { spacing } = create()
    for (let tokens = 0; tokens < 100; tokens++) spacing.recovered(0)
    expect(spacing.refused()).toBe(false)
    spacing.recovered(10)
    expect(spacing.refused()).toBe(true)
  })

  test('26: that pause is five seconds however many tokens there were, and leaves a longer one', () => {
    const { spacing } = create()
    spacing.recovered(Number.MAX_VALUE)
    expect(spacing.refused()).toBe(true)
    expect(spacing.pause()).toBe(5_000)
    spacing.failed(30_000)
    expect(spacing.refused()).toBe(true)
    expect(spacing.pause()).toBe(30_000)
  })
})
