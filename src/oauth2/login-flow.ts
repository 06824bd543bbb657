/** A login that is under way, as the page knows it that is shown the answer. */
export interface AwaitedLogin {
  /** Tells the provider that was asked from others. */
  readonly name: string
  readonly state: string
  /** In ms since the epoch. */
  readonly begunAt: number
  /** Whether this page is a popup, whose answer is for the page that opened it. */
  readonly inPopup?: boolean
}

/** A login that is under way: what its answer needs, in this tab. */
export interface LoginFlow extends AwaitedLogin {
  /** RFC 7636 §4.1. */
  readonly verifier: string
  /** The nonce of the ID token; null where the login asked for none. */
  readonly nonce: string | null
  readonly returnTo: string | null
  /** The `max_age` that the provider was asked for; null for none. */
  readonly maxAge: string | null
  /** The ways to sign in that the app insists on; null for none. */
  readonly acr: string | null
  /** The option `remember` of the login. */
  readonly remember: boolean
}

/** The key of the logins in `sessionStorage`. */
export const KEY = 'vue-auth-refresh/oauth2'
/** The time that a user has at the provider. */
const LIFETIME_MS = 900_000
/** A page that sends its user away again and again must not fill the storage. */
const MOST_FLOWS = 20

/** The logins of all providers that may still be answered in this tab. */
function pending(): LoginFlow[] {
  try {
    const flows = JSON.parse(sessionStorage.getItem(KEY) ?? '') as LoginFlow[]
    return flows.filter(({ begunAt }) => Math.abs(Date.now() - begunAt) < LIFETIME_MS)
  } catch {
    // No login has begun: the browser blocks the storage, a server has none, or it holds something else.
    return []
  }
}

/** The login that awaits an answer with this state. */
export const findFlow = (state: unknown): LoginFlow | undefined =>
  pending().find((flow) => flow.state === state)

/** Stores the logins that await an answer, without those that are too old. */
function store(flows: readonly LoginFlow[]): void {
  if (flows.length > 0) sessionStorage.setItem(KEY, JSON.stringify(flows))
  else sessionStorage.removeItem(KEY)
}

export const addFlow = (flow: LoginFlow): void => store([...pending(), flow].slice(-MOST_FLOWS))

export const removeFlow = ({ state }: LoginFlow): void =>
  store(pending().filter((flow) => flow.state !== state))
