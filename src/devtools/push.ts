/** Time after which a push that has not arrived is sent again, in ms. */
const AGAIN_AFTER_MS = 250
/** Devtools that are closed never ask. */
const MOST_TIMES = 8

/** Sends what may be lost, until it has arrived. */
export interface Push {
  send(): void
  /** Notes that it has arrived. */
  arrived(): void
}

/**
 * Tells the devtools that something has changed, and again until they have asked for it: they debounce the calls of all
 * plugins as one, so that the call of another plugin may take the place of this.
 */
export function createPush(tell: () => void): Push {
  let timer: ReturnType<typeof setTimeout> | undefined
  const arrived = (): void => clearTimeout(timer)
  function send(times = MOST_TIMES): void {
    arrived()
    tell()
    if (times > 1) timer = setTimeout(() => send(times - 1), AGAIN_AFTER_MS)
  }
  return { send: () => send(), arrived }
}
