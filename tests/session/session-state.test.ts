import { describe, expect, test } from 'vitest'
import { AuthError } from '../../src/errors'
import { nobody, toLapsed, type Stored } from '../../src/session/record'
import type { Session } from '../../src/session/session'
import {
  ends,
  lapses,
  leftBy,
  observe,
  refusedOf,
  sessionOf,
  standingOf,
  targetIdOf,
  transition,
  type Observation,
  type SessionInput,
  type SessionState,
} from '../../src/session/session-state'

const sessionWith = (id: string, generation = 1): Session =>
  Object.freeze({
    id,
    generation,
    token: `access-${id}-${generation}`,
    refreshToken: `refresh-${id}-${generation}`,
    lifetime: null,
    receivedAt: 0,
  })

/** The session in use, wherever there is one. */
const mine = sessionWith('mine')
/** The session that was refused, wherever there is one. */
const old = sessionWith('old')
/** A session that begins. */
const other = sessionWith('other')
/** The successor of the session in use. */
const next = sessionWith('mine', 2)

const signedOut = new AuthError('signed-out')
const rejected = new AuthError('rejected')
const unauthenticated = new AuthError('unauthenticated')

const anonymous = (reason: AuthError): SessionState => ({ is: 'anonymous', reason })
const replacing = (showsUser: boolean): SessionState => ({ is: 'replacing', showsUser })
const active = (session: Session, showsUser = false, heirTo: string[] = []): SessionState => ({
  is: 'active',
  session,
  showsUser,
  heirTo,
})
const lapsed = (refused: Session, isAwaited = false, heirTo: string[] = []): SessionState => ({
  is: 'lapsed',
  refused,
  reason: rejected,
  isAwaited,
  heirTo,
})
const contested = (refused: Session, session: Session, heirTo: string[] = []): SessionState => ({
  is: 'contested',
  refused,
  session,
  heirTo,
})

/** Every state. An heir has taken over the requests of `older`, and a lapsed or contested one may have, too. */
const states = {
  restoring: { is: 'restoring' },
  searching: { is: 'searching', id: 'sought' },
  anonymous: anonymous(signedOut),
  replacing: replacing(false),
  'replacing, shown': replacing(true),
  active: active(mine),
  shown: active(mine, true),
  heir: active(mine, true, ['older']),
  lapsed: lapsed(old),
  'lapsed heir': lapsed(old, false, ['older']),
  awaited: lapsed(old, true),
  'awaited heir': lapsed(old, true, ['older']),
  contested: contested(old, mine),
  'contested heir': contested(old, mine, ['older']),
} satisfies Record<string, SessionState>
type StateName = keyof typeof states

const stateNames = Object.keys(states) as StateName[]
// A change in place would throw.
for (const name of stateNames) {
  const state: SessionState = states[name]
  if ('heirTo' in state) Object.freeze(state.heirTo)
  Object.freeze(state)
}

const inputs = {
  searched: { type: 'searched', id: 'sought' },
  began: { type: 'began', session: other },
  replaced: { type: 'replaced' },
  renewed: { type: 'renewed', session: next },
  'identified as the same user': { type: 'identified', isSameUser: true },
  'identified as another user': { type: 'identified', isSameUser: false },
  'refused where it can lapse': { type: 'refused', reason: rejected, canLapse: true },
  'refused where it cannot lapse': { type: 'refused', reason: rejected, canLapse: false },
  awaited: { type: 'awaited' },
  ended: { type: 'ended', reason: unauthenticated },
} satisfies Record<string, SessionInput>
type InputName = keyof typeof inputs

describe('an input leads to the next state', () => {
  const STAYS = 'stays'
  const table: Record<StateName, Record<InputName, SessionState | typeof STAYS>> = {
    restoring: {
      searched: states.searching,
      began: active(other),
      replaced: STAYS,
      renewed: STAYS,
      'identified as the same user': STAYS,
      'identified as another user': STAYS,
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: STAYS,
      ended: anonymous(unauthenticated),
    },
    searching: {
      searched: STAYS,
      began: active(other),
      replaced: STAYS,
      renewed: STAYS,
      'identified as the same user': STAYS,
      'identified as another user': STAYS,
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: STAYS,
      ended: anonymous(unauthenticated),
    },
    anonymous: {
      searched: STAYS,
      began: active(other),
      replaced: STAYS,
      renewed: STAYS,
      'identified as the same user': STAYS,
      'identified as another user': STAYS,
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: STAYS,
      ended: anonymous(unauthenticated),
    },
    replacing: {
      searched: STAYS,
      began: active(other),
      replaced: STAYS,
      renewed: STAYS,
      'identified as the same user': STAYS,
      'identified as another user': STAYS,
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: STAYS,
      ended: anonymous(unauthenticated),
    },
    'replacing, shown': {
      searched: STAYS,
      began: active(other, true),
      replaced: STAYS,
      renewed: STAYS,
      'identified as the same user': STAYS,
      'identified as another user': STAYS,
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: STAYS,
      ended: anonymous(unauthenticated),
    },
    active: {
      searched: STAYS,
      began: active(other),
      replaced: replacing(false),
      renewed: active(next),
      'identified as the same user': active(mine, true),
      'identified as another user': active(mine, true),
      // The app does not show its user yet, so there is nothing to keep.
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: STAYS,
      ended: anonymous(unauthenticated),
    },
    shown: {
      searched: STAYS,
      began: active(other, true),
      replaced: replacing(true),
      renewed: active(next, true),
      'identified as the same user': active(mine, true),
      'identified as another user': active(mine, true),
      'refused where it can lapse': lapsed(mine),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: STAYS,
      ended: anonymous(unauthenticated),
    },
    heir: {
      searched: STAYS,
      began: active(other, true),
      replaced: replacing(true),
      renewed: active(next, true, ['older']),
      'identified as the same user': active(mine, true, ['older']),
      'identified as another user': active(mine, true, ['older']),
      'refused where it can lapse': lapsed(mine, false, ['older']),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: STAYS,
      ended: anonymous(unauthenticated),
    },
    lapsed: {
      searched: STAYS,
      began: contested(old, other),
      replaced: STAYS,
      renewed: STAYS,
      'identified as the same user': STAYS,
      'identified as another user': STAYS,
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: lapsed(old, true),
      ended: anonymous(unauthenticated),
    },
    'lapsed heir': {
      searched: STAYS,
      began: contested(old, other, ['older']),
      replaced: STAYS,
      renewed: STAYS,
      'identified as the same user': STAYS,
      'identified as another user': STAYS,
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: lapsed(old, true, ['older']),
      ended: anonymous(unauthenticated),
    },
    awaited: {
      searched: STAYS,
      began: contested(old, other),
      replaced: STAYS,
      renewed: STAYS,
      'identified as the same user': STAYS,
      'identified as another user': STAYS,
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: lapsed(old, true),
      ended: anonymous(unauthenticated),
    },
    'awaited heir': {
      searched: STAYS,
      began: contested(old, other, ['older']),
      replaced: STAYS,
      renewed: STAYS,
      'identified as the same user': STAYS,
      'identified as another user': STAYS,
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: lapsed(old, true, ['older']),
      ended: anonymous(unauthenticated),
    },
    contested: {
      searched: STAYS,
      began: contested(old, other),
      replaced: STAYS,
      renewed: contested(old, next),
      'identified as the same user': active(mine, true, ['old']),
      'identified as another user': active(mine, true),
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: STAYS,
      ended: anonymous(unauthenticated),
    },
    'contested heir': {
      searched: STAYS,
      began: contested(old, other, ['older']),
      replaced: STAYS,
      renewed: contested(old, next, ['older']),
      'identified as the same user': active(mine, true, ['older', 'old']),
      'identified as another user': active(mine, true),
      'refused where it can lapse': anonymous(rejected),
      'refused where it cannot lapse': anonymous(rejected),
      awaited: STAYS,
      ended: anonymous(unauthenticated),
    },
  }

  const pairs = stateNames.flatMap((state) =>
    (Object.keys(inputs) as InputName[]).map((input) => ({ state, input })),
  )

  test.each(pairs)('from "$state" by "$input"', ({ state, input }) => {
    const before = states[state]
    const expected = table[state][input]
    const after = transition(before, inputs[input])
    // A state that stays is the same object: no change is told.
    if (expected === STAYS) expect(after).toBe(before)
    else expect(after).toStrictEqual(expected)
  })
})

test.each<[StateName, Session | null, Session | null, string | undefined]>([
  // state, session in use, refused session, subject of a refresh
  ['restoring', null, null, undefined],
  ['searching', null, null, 'sought'],
  ['anonymous', null, null, undefined],
  ['replacing', null, null, undefined],
  ['replacing, shown', null, null, undefined],
  ['active', mine, null, 'mine'],
  ['shown', mine, null, 'mine'],
  ['heir', mine, null, 'mine'],
  ['lapsed', null, old, undefined],
  ['lapsed heir', null, old, undefined],
  ['awaited', null, old, undefined],
  ['awaited heir', null, old, undefined],
  ['contested', mine, old, 'mine'],
  ['contested heir', mine, old, 'mine'],
])('"%s" tells its sessions, and the subject of a refresh', (name, session, refused, subject) => {
  const state = states[name]
  expect(sessionOf(state)).toBe(session)
  expect(refusedOf(state)).toBe(refused)
  expect(targetIdOf(state)).toBe(subject)
})

test.each(stateNames)('a session lapses only while the app shows its user: "%s"', (name) => {
  expect(lapses(states[name], true)).toBe(name === 'shown' || name === 'heir')
  expect(lapses(states[name], false)).toBe(false)
})

describe('a request', () => {
  const owners = ['mine', 'old', 'older', 'other', 'sought'] as const
  type Standing = ReturnType<typeof standingOf>
  /** The standing of the requests of each owner; "lost" where it is left out. */
  const table: Record<StateName, Partial<Record<(typeof owners)[number], Standing>>> = {
    restoring: {},
    searching: {},
    anonymous: {},
    replacing: {},
    'replacing, shown': {},
    active: { mine: 'served' },
    shown: { mine: 'served' },
    heir: { mine: 'served', older: 'served' },
    lapsed: { old: 'waiting' },
    'lapsed heir': { old: 'waiting', older: 'waiting' },
    awaited: { old: 'waiting' },
    'awaited heir': { old: 'waiting', older: 'waiting' },
    contested: { mine: 'served', old: 'waiting' },
    'contested heir': { mine: 'served', old: 'waiting', older: 'waiting' },
  }

  test.each(stateNames)('is served, waits or is lost in "%s", by its owner', (name) => {
    for (const owner of owners) {
      expect([owner, standingOf(states[name], owner)]).toEqual([
        owner,
        table[name][owner] ?? 'lost',
      ])
    }
  })

  test('waits for a session that has come back under its own id, until its user is known', () => {
    const back = sessionWith('old', 3)
    expect(standingOf(contested(old, back), 'old')).toBe('waiting')
    expect(standingOf(active(back, true, ['old']), 'old')).toBe('served')
  })
})

describe('a change of the state', () => {
  /** Every state again, and those that follow. */
  const moments = {
    ...states,
    'active, renewed': active(next),
    'active, another one': active(other),
    'active, heir to the refused one': active(mine, true, ['old']),
    'active, another one, heir to the refused one': active(other, true, ['old']),
    'lapsed, the one that was in use': lapsed(mine),
    'contested by another one': contested(old, other),
  } satisfies Record<string, SessionState>
  type Moment = keyof typeof moments
  const all = Object.keys(moments) as Moment[]

  const mineInUse: Moment[] = [
    'active',
    'shown',
    'heir',
    'active, renewed',
    'active, heir to the refused one',
  ]
  const otherInUse: Moment[] = [
    'active, another one',
    'active, another one, heir to the refused one',
  ]
  const heirs: Moment[] = [
    'active, heir to the refused one',
    'active, another one, heir to the refused one',
  ]
  const activeOnes: Moment[] = [...mineInUse, ...otherInUse]
  const lapsedOnes: Moment[] = ['lapsed', 'lapsed heir', 'awaited', 'awaited heir']
  const contestedOnes: Moment[] = ['contested', 'contested heir', 'contested by another one']
  const replacingOnes: Moment[] = ['replacing', 'replacing, shown']
  const unused: Moment[] = ['restoring', 'searching', 'anonymous', ...replacingOnes]

  /** The changes by which a session ends: from, to. */
  const endings: [from: Moment[], to: Moment[]][] = [
    [
      [...mineInUse, ...otherInUse],
      ['anonymous', ...replacingOnes],
    ],
    [mineInUse, otherInUse],
    [otherInUse, mineInUse],
    [
      [...lapsedOnes, ...contestedOnes, 'lapsed, the one that was in use'],
      ['anonymous', ...replacingOnes],
    ],
    [[...lapsedOnes, ...contestedOnes], activeOnes.filter((to) => !heirs.includes(to))],
    [['lapsed, the one that was in use'], activeOnes],
  ]

  test.each(all)('tells whether a session ends, from "%s"', (from) => {
    const expected = all.map((to) => [
      to,
      endings.some(([froms, tos]) => froms.includes(from) && tos.includes(to)),
    ])
    expect(all.map((to) => [to, ends(moments[from], moments[to])])).toEqual(expected)
  })

  /** The ids that each moment refers to: of the subject of a refresh, and of the refused session. */
  const references: [moments: Moment[], subject: string | null, refused: string | null][] = [
    [unused.filter((name) => name !== 'searching'), null, null],
    [['searching'], 'sought', null],
    [mineInUse, 'mine', null],
    [otherInUse, 'other', null],
    [lapsedOnes, null, 'old'],
    [['lapsed, the one that was in use'], null, 'mine'],
    [['contested', 'contested heir'], 'mine', 'old'],
    [['contested by another one'], 'other', 'old'],
  ]
  const referencesOf = (name: Moment) => {
    const [, subject, refused] = references.find(([names]) => names.includes(name))!
    return { subject, refused }
  }

  test.each(all)('puts its subject and its refused session out of use, from "%s"', (from) => {
    for (const to of all) {
      const before = referencesOf(from)
      const after = referencesOf(to)
      const left: string[] = []
      if (before.subject && before.subject !== after.subject) left.push(before.subject)
      // While a session is lapsed its mark is in use; a session of that id may come back, too.
      if (before.refused && !after.refused && before.refused !== after.subject) {
        left.push(before.refused)
      }
      expect([to, leftBy(moments[from], moments[to])]).toEqual([to, left])
    }
  })

  test.each<[string, SessionState, SessionState, string[]]>([
    ['a logout', states.shown, states.anonymous, ['mine']],
    ['a login in its place', states.shown, active(other), ['mine']],
    ['a search that found a user', states.searching, active(other), ['sought']],
    [
      'a search that found the session it was for',
      states.searching,
      active(sessionWith('sought')),
      [],
    ],
    ['a refresh', states.shown, active(next, true), []],
    ['a lapse', states.shown, lapsed(mine), ['mine']],
    ['a login over a lapse', states.awaited, contested(old, mine), []],
    ['an heir', states.contested, active(mine, true, ['old']), ['old']],
    ['a logout over a lapse', states.contested, states.anonymous, ['mine', 'old']],
    ['a lapsed session that came back', contested(old, old), active(old, true, ['old']), []],
  ])('%s puts out of use what it must', (_name, before, after, expected) => {
    expect(leftBy(before, after)).toEqual(expected)
  })
})

describe('a stored record', () => {
  const records = {
    nothing: null,
    'no user': nobody,
    'lapse of mine': toLapsed(mine),
    'lapse of the refused one': toLapsed(old),
    'lapse of another': toLapsed(other),
    mine: mine,
    'mine, of the same generation': { ...mine, token: 'access-odd' },
    'mine, older': sessionWith('mine', 0),
    'mine, updated': { ...mine, token: 'access-updated', receivedAt: mine.receivedAt + 3 },
    'mine, newer': next,
    another: other,
    'another, resuming mine': { ...other, resumes: mine.id },
    'the refused one, newer': sessionWith('old', 2),
  } satisfies Record<string, Stored | null>
  type RecordName = keyof typeof records
  const recordNames = Object.keys(records) as RecordName[]

  const isOut: Record<RecordName, Observation> = {
    nothing: 'same',
    'no user': 'same',
    'lapse of mine': 'same',
    'lapse of the refused one': 'same',
    'lapse of another': 'same',
    mine: 'began',
    'mine, of the same generation': 'began',
    'mine, older': 'began',
    'mine, updated': 'began',
    'mine, newer': 'began',
    another: 'began',
    'another, resuming mine': 'began',
    'the refused one, newer': 'began',
  }
  const isIn: Record<RecordName, Observation> = {
    nothing: 'gone',
    'no user': 'gone',
    'lapse of mine': 'gone',
    'lapse of the refused one': 'gone',
    'lapse of another': 'gone',
    mine: 'same',
    'mine, of the same generation': 'same',
    'mine, older': 'same',
    'mine, updated': 'renewed',
    'mine, newer': 'renewed',
    another: 'began',
    'another, resuming mine': 'began',
    'the refused one, newer': 'began',
  }
  const showsUser: Record<RecordName, Observation> = {
    ...isIn,
    'lapse of mine': 'lapsed',
    'another, resuming mine': 'resumed',
  }
  const isLapsed: Record<RecordName, Observation> = {
    nothing: 'gone',
    'no user': 'gone',
    'lapse of mine': 'gone',
    'lapse of the refused one': 'same',
    'lapse of another': 'gone',
    mine: 'began',
    'mine, of the same generation': 'began',
    'mine, older': 'began',
    'mine, updated': 'began',
    'mine, newer': 'began',
    another: 'began',
    'another, resuming mine': 'began',
    'the refused one, newer': 'began',
  }
  const isContested: Record<RecordName, Observation> = {
    ...isIn,
    'lapse of the refused one': 'same',
  }

  const table: Record<StateName, Record<RecordName, Observation>> = {
    restoring: isOut,
    searching: isOut,
    anonymous: isOut,
    active: isIn,
    replacing: isOut,
    'replacing, shown': isOut,
    shown: showsUser,
    heir: showsUser,
    lapsed: isLapsed,
    'lapsed heir': isLapsed,
    awaited: isLapsed,
    'awaited heir': isLapsed,
    contested: isContested,
    'contested heir': isContested,
  }

  const pairs = stateNames.flatMap((state) => recordNames.map((record) => ({ state, record })))

  test.each(pairs)('of $record is understood in "$state"', ({ state, record }) => {
    const seen = observe(states[state], records[record], true, () => false)
    expect(seen).toBe(table[state][record])
  })

  test.each(pairs)(
    'of $record is understood in "$state" where no session can lapse',
    ({ state, record }) => {
      const seen = observe(states[state], records[record], false, () => false)
      const expected = table[state][record]
      // A session that lapsed in another tab ends here, and so does one whose user has come back there.
      const ends: Partial<Record<Observation, Observation>> = { lapsed: 'gone', resumed: 'began' }
      expect(seen).toBe(ends[expected] ?? expected)
    },
  )

  test.each(pairs)(
    '10: of $record is understood in "$state" where its session has ended here',
    ({ state, record }) => {
      const stored: Stored | null = records[record]
      const asked: string[] = []
      const hasEnded = (id: string): boolean => asked.push(id) > 0
      const seen = observe(states[state], stored, true, hasEnded)
      const expected = table[state][record]
      // The mark of the lapse that is decided here stays, though its session is out of use.
      const isMarkHere =
        expected === 'lapsed' ||
        (record === 'lapse of the refused one' && refusedOf(states[state]) !== null)
      if (stored === null || !('id' in stored) || isMarkHere) {
        expect([seen, asked]).toEqual([expected, []])
      } else {
        expect([seen, asked]).toEqual(['ended-here', [stored.id]])
      }
    },
  )
})
