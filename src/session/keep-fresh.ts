import { earliness, remaining, type Session } from './session'

export interface FreshKeeperPorts {
  /** Whether refreshing now would be of use: somebody is there, and so is a network. */
  isActive(): boolean
  refresh(): Promise<unknown>
}

/** Refreshes ahead of the expiry by itself, so that no request has to wait. */
export interface FreshKeeper {
  /** Another token is in use that can be refreshed, or none. */
  follow(session: Session | null): void
  /** Looks at the clock again: it may have moved while the page was hidden, frozen or offline. */
  look(): void
}

/** Browsers fire longer timers at once. */
const LONGEST = 2 ** 31 - 1
/** The least that lies between two tokens, in ms: some servers give them hardly any time. */
const SHORTEST = 5_000
/** How long to leave it to the requests after a refresh that failed, in ms. */
const PAUSE = 60_000

/**
 * One timer, aligned to the expiry; none while nobody is signed in, looks or has a network.
 *
 * @param leeway as the option; `false` counts as Infinity
 */
export function createFreshKeeper(
  { isActive, refresh }: FreshKeeperPorts,
  leeway: number | false,
): FreshKeeper {
  let session: Session | null = null
  /** How much the token shall have left when it is refreshed, in ms. */
  let margin = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function schedule(delay: number): void {
    clearTimeout(timer)
    if (!session || session.lifetime === null || !isActive()) return
    timer = setTimeout(ring, Math.min(Math.max(delay, 0), LONGEST))
  }

  const left = (): number => (session ? remaining(session) - margin : Infinity)
  const look = (): void => schedule(left())

  function ring(): void {
    if (left() > 0) return look()
    refresh().catch(() => schedule(PAUSE * (0.5 + Math.random())))
  }

  return {
    look,
    follow(next) {
      session = next
      // Spread over a quarter of the lifetime: who signed in together need not refresh together.
      const spread = ((next?.lifetime ?? 0) / 4) * Math.random()
      margin = next ? earliness(next, leeway || Infinity) + spread : 0
      schedule(Math.max(left(), SHORTEST))
    },
  }
}
