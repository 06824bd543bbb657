import * as fc from 'fast-check'
import type { Fault } from './oracle'
import type { Outage } from './shared-storage'

/** How one run is set up. */
export interface Setting {
  readonly tabs: number
  readonly storage: 'indexed-db' | 'web'
  readonly lock: 'web-lock' | 'lease'
  readonly leeway: number | false
  readonly keepFresh: boolean
  /** The lifetime that the server announces, in s; null: none. */
  readonly expiresIn: number | null
  /** How long the server gives the same successor again for a spent refresh token, in ms; 0: that is reuse. */
  readonly grace: number
  /** Whether a user whose session was refused is asked to sign in again in place; default: not. */
  readonly asks?: boolean
  /** Decides how long each step takes: the n-th step of a kind in a tab takes the same time in every run. */
  readonly dice: number
}

type User = 'ann' | 'ben'

/** An act of a user, a browser or a server. It does nothing if its tab is closed or cannot do it. */
export type Command =
  | { readonly do: 'request'; readonly tab: number; readonly path: string; readonly abort?: number }
  | { readonly do: 'poll'; readonly tab: number; readonly path: string }
  /** A request whose answer brings newer tokens, which the app takes over. */
  | { readonly do: 'slide'; readonly tab: number; readonly rotates: boolean }
  | {
      readonly do: 'refresh' | 'logout' | 'open' | 'kill' | 'freeze' | 'thaw'
      readonly tab: number
    }
  | { readonly do: 'login'; readonly tab: number; readonly user: User }
  /** Two logins, the second one this many ms later. */
  | {
      readonly do: 'logins'
      readonly tab: number
      readonly users: readonly [User, User]
      readonly apart: number
    }
  | { readonly do: 'fault'; readonly fault: Fault; readonly times: number }
  /** The storage does not work for a while. */
  | { readonly do: 'outage'; readonly outage: Outage; readonly ms: number }
  | { readonly do: 'wait' | 'sleep' | 'move-clock'; readonly ms: number }
  | { readonly do: 'expire' | 'clear-storage' | 'storage-fails' | 'offline' | 'online' | 'restart' }

export interface Schedule {
  readonly setting: Setting
  readonly commands: readonly Command[]
}

/** The number of a tab counts round: any command suits any number of tabs. */
const MOST_TABS = 4

const faults: readonly Fault[] = [
  'drop',
  'lose',
  'hang',
  'hang-after',
  'slow',
  '500',
  '503',
  '429',
  'garbage-429',
  'html',
  'empty',
  'passing',
  'reject',
  'keep',
  'stillborn',
  'short',
  'stranger',
]

function command(): fc.Arbitrary<Command> {
  const tab = fc.nat({ max: MOST_TABS - 1 })
  const at = <const Name extends string>(name: Name) => fc.record({ do: fc.constant(name), tab })
  const alone = <const Name extends string>(...names: Name[]) =>
    fc.record({ do: fc.constantFrom(...names) })
  const path = fc.constantFrom('/a', '/a', '/b', '/private', '/admin')
  const request = fc.record(
    { do: fc.constant('request' as const), tab, path, abort: fc.constantFrom(0, 3, 60, 500) },
    { requiredKeys: ['do', 'tab', 'path'] },
  )
  const poll = fc.record({
    do: fc.constant('poll' as const),
    tab,
    path: fc.constantFrom('/private', '/private', '/a'),
  })
  const user = fc.constantFrom<User[]>('ann', 'ben')
  const login = fc.record({ do: fc.constant('login' as const), tab, user })
  const logins = fc.record({
    do: fc.constant('logins' as const),
    tab,
    users: fc.tuple(user, user),
    apart: fc.constantFrom(0, 0, 10, 100, 500, 2_000),
  })
  const slide = fc.record({ do: fc.constant('slide' as const), tab, rotates: fc.boolean() })
  const fault = fc.record({
    do: fc.constant('fault' as const),
    fault: fc.constantFrom(...faults),
    times: fc.constantFrom(1, 1, 2, 5),
  })
  const outage = fc.record({
    do: fc.constant('outage' as const),
    outage: fc.constantFrom<Outage[]>('full', 'read-only', 'hangs'),
    ms: fc.constantFrom(500, 5_000, 20_000, 100_000),
  })
  const wait = fc.constantFrom(1, 10, 50, 150, 500, 2_000, 9_000, 20_000, 35_000, 100_000)
  const time = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: wait }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('sleep' as const),
        ms: fc.constantFrom(30_000, 3_600_000),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('move-clock' as const),
        ms: fc.constantFrom(-86_400_000, -20_000, 20_000, 86_400_000),
      }),
    },
  )
  return fc.oneof(
    { weight: 10, arbitrary: request },
    { weight: 1, arbitrary: poll },
    { weight: 2, arbitrary: slide },
    { weight: 8, arbitrary: time },
    { weight: 4, arbitrary: fault },
    { weight: 3, arbitrary: alone('expire') },
    { weight: 1, arbitrary: outage },
    { weight: 2, arbitrary: at('refresh') },
    { weight: 2, arbitrary: at('logout') },
    { weight: 2, arbitrary: login },
    { weight: 1, arbitrary: logins },
    { weight: 2, arbitrary: at('freeze') },
    { weight: 2, arbitrary: at('thaw') },
    { weight: 1, arbitrary: at('kill') },
    { weight: 1, arbitrary: at('open') },
    {
      weight: 1,
      arbitrary: alone('clear-storage', 'storage-fails', 'offline', 'online', 'restart'),
    },
  )
}

/**
 * A setting and up to 25 commands, as plain data: what fast-check prints can be pasted into `replay()`.
 *
 * Neither `fc.commands` nor `fc.scheduler`. The scheduler picks which of the ready promises goes on; here the order
 * comes out of how long steps take, because the bugs lie between orders and bounds (timeouts, leases, cool-downs,
 * visibility), and a drawn order has no time. The dice decide that, by a hash: no machinery is run for each step, and
 * a command that is shrunk away changes nothing for the steps of the others.
 */
export const schedules = (tabs?: number): fc.Arbitrary<Schedule> =>
  fc.record({
    setting: fc.record({
      tabs: tabs ? fc.constant(tabs) : fc.constantFrom(3, 2, 4, 1),
      storage: fc.constantFrom('indexed-db', 'indexed-db', 'web'),
      // A lease is looked at every 20 ms: it takes the most time of all.
      lock: fc.constantFrom('web-lock', 'web-lock', 'web-lock', 'web-lock', 'lease'),
      leeway: fc.constantFrom<(number | false)[]>(30_000, 30_000, false),
      keepFresh: fc.constantFrom(false, false, true),
      expiresIn: fc.constantFrom(60, 60, 60, 60, 8, 8, null, 2_592_000),
      grace: fc.constantFrom(0, 0, 0, 30_000),
      asks: fc.constantFrom(false, true),
      dice: fc.noShrink(fc.nat()),
    }),
    commands: fc.array(command(), { minLength: 1, maxLength: 25, size: 'max' }),
  })
