import { AuthError } from 'vue-auth-refresh'

/** The error code in an answer (RFC 6749 §5.2), or ''. Never repeat anything else that an answer says. */
const codeOf = (value: unknown): string =>
  typeof value === 'string' && /^[a-z_]{1,40}$/.test(value) ? value : ''

/** `invalid_client` and `unauthorized_client`: the session is good, but the client is set up wrong. */
const MISCONFIGURED = /_client$/
/** Codes that say nothing about the grant: passing errors, and a client that is set up wrong. */
const NOT_ABOUT_GRANT = /^(?:temporarily_|server_error|slow_down)|_dpop_|_client$/

/** Makes an error of a refusal, in the shape of axios, from which `classifyFailure` and `Retry-After` are read. */
export async function refusalOf(response: Response, clientId: string): Promise<Error> {
  const { status, headers } = response
  const data = await response
    .clone()
    .json()
    .catch(() => response.text())
  const code = codeOf(Object(data).error)
  let message = `The provider answered ${status} ${code}`
  const isMisconfigured = MISCONFIGURED.test(code)
  if (isMisconfigured) {
    message += `: check \`clientId\`, '${clientId}': it must be public.`
    console.error(`[vue-auth-refresh] ${message}`)
  }
  return Object.assign(new Error(message), {
    code,
    response: {
      status: isMisconfigured ? null : status,
      data,
      headers: Object.fromEntries(headers),
    },
  })
}

/**
 * Tells in words what went wrong, without anything that was sent. Only this entry and `oauth4webapi` write messages of
 * their own; those of a `fetch` that the app has wrapped may repeat the request.
 */
export function wordsOf(error: unknown): string {
  const { name, message, code, response } = Object(error)
  if (!response && !String(code).startsWith('OAUTH_')) return String(name)
  return /issuer/.test(message) ? `${message}: check \`issuer\`` : message
}

export type Refuse = (code: string, words: string) => AuthError

/** Makes the error of a login that was refused, by the provider or here; `code` says why. */
export const refused: Refuse = (code, words) =>
  new AuthError(NOT_ABOUT_GRANT.test(code) ? 'unreachable' : 'rejected', words, {
    cause: Object.assign(new Error(words), { code }),
  })

/**
 * Fails a login. The error has nothing of the request and the answer, which contain secrets.
 *
 * @param otherwise the code where the provider gave no reason
 * @throws AuthError
 */
export function fail(error: unknown, otherwise: 'unreachable' | 'unexpected' | 'malformed'): never {
  if (error instanceof AuthError) throw error
  const { error: answer, code: refusal } = Object(error)
  const code = codeOf(answer ?? refusal)
  const words = answer ? `The provider answered ${code}` : wordsOf(error)
  throw code ? refused(code, words) : new AuthError(otherwise, words, { cause: new Error(words) })
}
