import { describe, expect, test } from 'vitest'
import type { Burst, Refresh, Row } from '../../example/timeline.ts'
import {
  captionsOf,
  describeRefresh,
  duration,
  headlineOf,
  placeCaptions,
  plural,
  storyOf,
  stretch,
  ticksOf,
  verdictOf,
  windowOf,
} from '../../example/timeline-view.ts'

function burstOf(from: number | null, to: number | null): Burst {
  const tally = { requests: 1, answered: 1, failed: 0, refused: 0, refreshes: 2, adopted: 0 }
  return { rows: [], refreshes: [], tally, from, to, isOver: false, lapse: null }
}

function refreshOf(some: Partial<Refresh>): Refresh {
  return { from: 0, to: 1_100, attempts: 1, outcome: 'succeeded', waited: 20, ...some }
}

describe('the window', () => {
  test('grows in leaps while something happens, up to a limit', () => {
    const spans = [0, 500, 600, 1_500, 60_000].map(
      (passed) => windowOf(burstOf(1_000, 1_000), false, 1_000 + passed).span,
    )
    expect(spans).toEqual([600, 600, 960, expect.closeTo(2_457.6), 12_000])
    expect(windowOf(burstOf(1_000, 1_000), false, 61_000).from).toBe(49_000)
  })

  test('fits what happened when all is over, and stands still however much time passes', () => {
    const burst = burstOf(1_000, 3_000)
    const frozen = windowOf(burst, true, 3_000)
    expect(frozen).toEqual({ from: 1_000, span: 2_040 })
    expect(windowOf(burst, true, 99_000)).toEqual(frozen)
  })

  test('shows something before anything happened', () => {
    expect(windowOf(burstOf(null, null), true, 5_000)).toEqual({ from: 5_000, span: 200 })
  })
})

test('what is outside the window is cut off', () => {
  const window = { from: 1_000, span: 1_000 }
  expect(stretch(1_250, 1_500, window)).toEqual({ left: 25, width: 25 })
  expect(stretch(500, 1_500, window)).toEqual({ left: 0, width: 50 })
  expect(stretch(1_500, 9_000, window)).toEqual({ left: 50, width: 50 })
})

test('the axis counts from the beginning of the burst', () => {
  expect(ticksOf(1_000, { from: 1_000, span: 1_000 }).map(({ label }) => label)).toEqual([
    '0',
    '0.2 s',
    '0.4 s',
    '0.6 s',
    '0.8 s',
    '1 s',
  ])
  const late = ticksOf(1_000, { from: 9_000, span: 12_000 })
  expect(late[0]).toEqual({ left: 0, label: '8 s' })
})

describe('the captions of the refreshes', () => {
  const captions = ['1 refresh · 1.1 s', '1 refresh']
  /** Ten pixels a letter: 170 and 90. */
  const place = (bars: [from: number, to: number, isOver?: boolean][], room = 1_000) =>
    placeCaptions(
      bars.map(([from, to, isOver = true]) => ({ from, to, isOver, captions })),
      room,
      (text) => text.length * 10,
    )
  const full = captions[0]
  const short = captions[1]

  test('are inside their bars where they fit, otherwise to the right', () => {
    expect(place([[0, 200]])).toEqual([{ text: full, place: 'inside' }])
    expect(place([[0, 100]])).toEqual([{ text: full, place: 'beside' }])
  })

  test('never reach into the next bar, nor out of the picture', () => {
    expect(
      place(
        [
          [0, 50],
          [150, 200],
        ],
        370,
      ),
    ).toEqual([
      { text: short, place: 'beside' },
      { text: full, place: 'beside' },
    ])
    expect(
      place(
        [
          [0, 50],
          [60, 100],
        ],
        180,
      ),
    ).toEqual([null, null])
    expect(place([[0, 100]], 120)).toEqual([{ text: short, place: 'inside' }])
  })

  test('do not run along with the end of a bar that still grows', () => {
    expect(place([[0, 60, false]])).toEqual([null])
    expect(place([[0, 90, false]])).toEqual([{ text: short, place: 'inside' }])
  })

  test('are shortened from the end', () => {
    expect(captionsOf(refreshOf({}))).toEqual([
      '1 refresh · 1.1 s · 20 waited',
      '1 refresh · 1.1 s',
      '1 refresh',
    ])
    expect(captionsOf(refreshOf({ to: null, waited: 0 }))).toEqual(['1 refresh'])
    expect(captionsOf(refreshOf({ attempts: 0, outcome: 'adopted' }))).toEqual([
      'adopted from another tab · no request · 20 waited',
      'adopted from another tab · no request',
      'adopted from another tab',
      'adopted',
    ])
  })
})

describe('words', () => {
  test('for a burst', () => {
    expect(headlineOf(burstOf(0, 0))).toBe('1 request · 2 refreshes · 0 failed')
  })

  test('for a refresh', () => {
    expect(describeRefresh(refreshOf({}))).toBe('1 refresh · 1.1 s · 20 waited')
    expect(describeRefresh(refreshOf({ outcome: 'failed', attempts: 3 }))).toBe(
      'refresh failed · 1.1 s · 3 attempts',
    )
    expect(describeRefresh(refreshOf({ outcome: 'adopted' }))).toBe(
      '1 refresh · 1.1 s · adopted from another tab · 20 waited',
    )
    expect(describeRefresh(refreshOf({ outcome: 'adopted', attempts: 0, waited: 0 }))).toBe(
      'adopted from another tab · no request',
    )
  })

  test.each([
    ['The access token was good. Nothing to refresh.', {}],
    ['1 request met an expired token. Nobody noticed.', { refused: 1, refreshes: 1 }],
    ['The token was refreshed just before it was used. Nobody noticed.', { refreshes: 1 }],
    [
      '20 requests met an expired token, another tab refreshed it. Nobody noticed.',
      { refused: 20, adopted: 1 },
    ],
    ['Another tab refreshed the token meanwhile. Nobody noticed.', { adopted: 1 }],
    ['Another tab had refreshed the token. Nobody noticed.', { refused: 1 }],
    [
      '20 requests met an expired token. Nobody noticed.',
      { refused: 20, refreshes: 1, adopted: 1 },
    ],
    ['1 request got an error, 19 an answer.', { failed: 1, refused: 20, adopted: 1 }],
  ])('for a burst that is over: %s', (words, some) => {
    const burst = burstOf(0, 0)
    const tally = { ...burst.tally, requests: 20, refreshes: 0, ...some }
    expect(verdictOf({ ...burst, tally })).toBe(words)
  })

  test('for a burst that failed with its refresh', () => {
    const burst = burstOf(0, 0)
    const refreshes = [refreshOf({ outcome: 'failed' })]
    expect(verdictOf({ ...burst, refreshes, tally: { ...burst.tally, failed: 1 } })).toBe(
      '1 request got an error. You are still signed in.',
    )
    const ended = { ...burst, refreshes, tally: { ...burst.tally, failed: 1 }, isOver: true }
    expect(verdictOf(ended)).toBe('1 request got an error.')
  })

  test('for a burst that waited for its user to sign in again', () => {
    const burst = burstOf(0, 0)
    const tally = { ...burst.tally, refused: 1, refreshes: 1 }
    expect(verdictOf({ ...burst, tally, lapse: 'answered' })).toBe(
      'The session had ended. You signed in again, and nothing was lost.',
    )
  })

  test('for a request', () => {
    const row: Row = {
      id: 1,
      key: 'GET /api/orders/1',
      label: '#1',
      from: 0,
      to: 400,
      refused: true,
      outcome: 'answered',
      result: '200',
      segments: [
        { phase: 'sent', from: 0, to: 50 },
        { phase: 'waiting', from: 50, to: 1_350 },
        { phase: 'replayed', from: 1_350, to: 1_400 },
      ],
    }
    expect(storyOf(row)).toBe(
      'sent (50 ms), answered “expired”, waited for the refresh (1.3 s), sent again (50 ms), answered: 200',
    )
    const segments = [{ phase: 'waiting' as const, from: 0, to: null }]
    expect(storyOf({ ...row, to: null, outcome: 'pending', segments })).toBe(
      'waited for the refresh (still), no answer yet',
    )
  })

  test('for numbers', () => {
    expect([duration(999.4), duration(1_000), plural(1, 'refresh'), plural(0, 'token')]).toEqual([
      '999 ms',
      '1.0 s',
      '1 refresh',
      '0 tokens',
    ])
  })
})
