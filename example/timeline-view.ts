import type { Burst, Phase, Refresh, Row } from './timeline'

/** A stretch of the picture, in percent of its width. */
export interface Stretch {
  readonly left: number
  readonly width: number
}

export interface Tick {
  readonly left: number
  readonly label: string
}

/** The stretch of time that is drawn, in ms since the epoch. */
export interface Window {
  readonly from: number
  readonly span: number
}

/** The longest stretch that is drawn, and the shortest, in ms. */
const longest = 12_000
const shortest = 600
const steps = [50, 100, 200, 500, 1_000, 2_000, 5_000]

/** The window to show: it grows with what happens and, when all is quiet, fits what happened. */
export function windowOf(burst: Burst, idle: boolean, now: number): Window {
  const begun = burst.from ?? now
  const end = idle ? (burst.to ?? now) : now
  const from = Math.max(begun, end - longest)
  const span = end - from
  if (idle) return { from, span: Math.max(span * 1.02, 200) }
  // Grows in leaps, so that the bars are not always shrinking under the eye
  let leap = shortest
  while (leap < span * 1.05) leap *= 1.6
  return { from, span: Math.min(leap, longest) }
}

export function stretch(from: number, to: number, window: Window): Stretch {
  const at = (time: number) => clamp(((time - window.from) / window.span) * 100)
  return { left: at(from), width: at(to) - at(from) }
}

/** Marks on the axis, counted from the beginning of the burst. */
export function ticksOf(begun: number, window: Window): Tick[] {
  const step = steps.find((each) => window.span / each <= 7) ?? longest
  const ticks: Tick[] = []
  const first = Math.ceil((window.from - begun) / step)
  for (let n = first; begun + n * step <= window.from + window.span; n += 1) {
    const left = ((begun + n * step - window.from) / window.span) * 100
    const seconds = (n * step) / 1_000
    ticks.push({ left, label: seconds === 0 ? '0' : `${Number(seconds.toFixed(2))} s` })
  }
  return ticks
}

/** The burst in one line. */
export function headlineOf({ tally }: Burst): string {
  return [
    plural(tally.requests, 'request'),
    plural(tally.refreshes, 'refresh', 'refreshes'),
    `${tally.failed} failed`,
  ].join(' · ')
}

const words: Record<Phase, string> = {
  sent: 'sent',
  waiting: 'waited for the refresh',
  replayed: 'sent again',
}

/** Sums up a burst in a sentence, once all is over. */
export function verdictOf({ refreshes, tally, isOver, lapse }: Burst): string {
  const { adopted, failed, refused, requests } = tally
  const met = `${plural(refused, 'request')} met an expired token`
  if (failed > 0) {
    const rest = requests - failed
    const isKept = refreshes.at(-1)?.outcome === 'failed' && !isOver
    const kept = isKept ? ' You are still signed in.' : ''
    return `${plural(failed, 'request')} got an error${rest > 0 ? `, ${rest} an answer` : ''}.${kept}`
  }
  if (lapse === 'answered')
    return 'The session had ended. You signed in again, and nothing was lost.'
  if (tally.refreshes > 0) {
    return refused > 0
      ? `${met}. Nobody noticed.`
      : 'The token was refreshed just before it was used. Nobody noticed.'
  }
  if (adopted > 0) {
    return refused > 0
      ? `${met}, another tab refreshed it. Nobody noticed.`
      : 'Another tab refreshed the token meanwhile. Nobody noticed.'
  }
  return refused > 0
    ? 'Another tab had refreshed the token. Nobody noticed.'
    : 'The access token was good. Nothing to refresh.'
}

/** A request in one sentence, for those who cannot see the picture. */
export function storyOf(row: Row): string {
  const parts = row.segments.map((segment, index) => {
    const time = segment.to === null ? 'still' : duration(segment.to - segment.from)
    const refused =
      segment.phase === 'sent' && row.segments[index + 1] ? ', answered “expired”' : ''
    return `${words[segment.phase]} (${time})${refused}`
  })
  const end = row.outcome === 'pending' ? 'no answer yet' : `${row.outcome}: ${row.result}`
  return [...parts, end].join(', ')
}

export function describeRefresh(refresh: Refresh): string {
  return partsOf(refresh).join(' · ')
}

/** The captions of a refresh for less and less room, the fullest first. */
export function captionsOf(refresh: Refresh): string[] {
  const parts = partsOf(refresh)
  const captions = parts.map((_, index) => parts.slice(0, parts.length - index).join(' · '))
  return refresh.attempts === 0 ? [...captions, 'adopted'] : captions
}

function partsOf({ attempts, from, outcome, to, waited }: Refresh): string[] {
  const waiters = waited > 0 ? [`${waited} waited`] : []
  if (attempts === 0) return ['adopted from another tab', 'no request', ...waiters]
  const parts = [outcome === 'failed' ? 'refresh failed' : '1 refresh']
  if (to !== null) parts.push(duration(to - from))
  if (outcome === 'adopted') parts.push('adopted from another tab')
  return [...parts, ...(attempts > 1 ? [plural(attempts, 'attempt')] : waiters)]
}

/** The bar of a refresh, in px from the left edge of the lane, and what it may say. */
export interface Bar {
  readonly from: number
  readonly to: number
  /** Its right end moves no more, so that words may stand beside it. */
  readonly isOver: boolean
  readonly captions: readonly string[]
}

export interface Caption {
  readonly text: string
  readonly place: 'inside' | 'beside'
}

/**
 * Places the captions of bars: for each the fullest caption that fits into the bar or to the right of it, clear of
 * everything else in the lane. Null where none does.
 *
 * @param room how far to the right a caption may reach, in px
 */
export function placeCaptions(
  bars: readonly Bar[],
  room: number,
  widthOf: (text: string) => number,
): (Caption | null)[] {
  return bars.map(({ captions, from, isOver, to }, index) => {
    // Captions go to the right, so only what comes next can be in the way
    const free = Math.min(room, bars[index + 1]?.from ?? room) - to
    for (const text of captions) {
      const width = widthOf(text)
      if (width <= to - from) return { text, place: 'inside' }
      if (isOver && width <= free) return { text, place: 'beside' }
    }
    return null
  })
}

export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent))
}
