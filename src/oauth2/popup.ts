import { AuthError } from 'vue-auth-refresh'
import type { AwaitedLogin } from './login-flow'

/** The time that a user has in a popup, in ms. */
const LIFETIME_MS = 900_000

/** Reaches the page that asked also where a page of the provider has cut its popup off (Cross-Origin-Opener-Policy). */
const CHANNEL = 'vue-auth-refresh/oauth2'

/** How often a page looks whether its popup is closed, in ms. */
const LOOK_EVERY_MS = 500
/** The looks at a closed popup after which the user counts as gone. */
const LOOKS_UNTIL_GONE = 4
/** The time that the page which asked has to take an answer, in ms. */
const TAKING_MS = 10_000
/** The time that a browser has to close a popup, in ms. */
const CLOSING_MS = 1_000

/** An answer on its way from a popup. It names no verifier, so no other page can use the code. */
interface Answer {
  readonly state: string | null
  readonly answer: string
}

/** The word of the page that has taken an answer. */
interface Taken {
  readonly taken: string | null
}

/**
 * Sends a popup to the provider. Resolves with the answer that its callback page hands over.
 *
 * A popup that a page of the provider has cut off looks closed. So it counts as closed only while this page has the focus,
 * which it gets when the user closes the popup.
 *
 * @param key the key of the logins in `sessionStorage`
 * @throws AuthError `unauthenticated` once the user has closed it, or after 15 minutes
 */
export async function answerIn(
  popup: Window,
  page: URL,
  { name, state, begunAt }: AwaitedLogin,
  key: string,
  signal: AbortSignal,
): Promise<URLSearchParams> {
  const channel = new BroadcastChannel(CHANNEL)
  let looks = 0
  let timer: ReturnType<typeof setInterval> | undefined
  try {
    return await new Promise<URLSearchParams>((resolve, reject) => {
      channel.onmessage = ({ data }: MessageEvent<Partial<Answer> | null>) => {
        if (data?.state !== state || data.answer === undefined) return
        channel.postMessage({ taken: state } satisfies Taken)
        resolve(new URLSearchParams(data.answer))
      }
      signal.addEventListener('abort', () => reject(signal.reason))
      timer = setInterval(() => {
        looks = popup.closed && document.hasFocus() ? looks + 1 : 0
        const isLate = Math.abs(Date.now() - begunAt) > LIFETIME_MS
        if (looks >= LOOKS_UNTIL_GONE || isLate) reject(new AuthError('unauthenticated'))
      }, LOOK_EVERY_MS)
      if (popup.closed) throw new AuthError('unauthenticated')
      // It knows its own login alone. What this tab awaits was copied into it, verifiers and all.
      const awaited: AwaitedLogin[] = [{ name, state, begunAt, inPopup: true }]
      popup.sessionStorage.setItem(key, JSON.stringify(awaited))
      popup.location.replace(page)
    })
  } finally {
    clearInterval(timer)
    channel.close()
  }
}

/**
 * Hands the answer in this popup over to the page that opened it, and closes the popup. Resolves where the browser does not.
 *
 * @throws AuthError `unexpected` where no page takes it
 */
export async function handOver(answer: URLSearchParams): Promise<null> {
  const state = answer.get('state')
  const channel = new BroadcastChannel(CHANNEL)
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      channel.onmessage = ({ data }: MessageEvent<Partial<Taken> | null>) => {
        if (data?.taken === state) resolve()
      }
      timer = setTimeout(() => reject(new AuthError('unexpected')), TAKING_MS)
      channel.postMessage({ state, answer: String(answer) } satisfies Answer)
    })
  } finally {
    clearTimeout(timer)
    channel.close()
  }
  close()
  await new Promise((resolve) => setTimeout(resolve, CLOSING_MS))
  return null
}
