import { expect, test } from 'vitest'
import { backoff, coolDown, retryAfter } from '../../src/session/spacing'
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
