import { AuthError } from 'vue-auth-refresh'

/** An error code, as RFC 6749 §5.2 has them. Nothing else that an answer says is repeated anywhere. */
const codeOf = (value: unknown): string =>
  typeof value === 'string' && /^[a-z_]{1,40}$/.test(value) ? value : ''

/** `invalid_client` and `unauthorized_client`: the session is all right, only who has set up the client can help. */
const MISCONFIGURED = /_client$/
/** What may pass says nothing about a grant either. */
const PASSING = /^(?:temporarily_|server_error|slow_down)|_client$/

/** An answer that is no success as an error, in the shape that `classifyFailure` and `Retry-After` are read from. */
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
    message += `: check the option \`clientId\`, '${clientId}'. It must be a public client.`
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
 * @param otherwise what it is where the provider gave no reason
 * @throws AuthError what a failed login is to its caller: without what was sent and received, which holds secrets
 */
export function fail(error: unknown, otherwise: 'unreachable' | 'unexpected' | 'malformed'): never {
  const { message, error: answer, code: refusal } = Object(error)
  const code = codeOf(answer ?? refusal)
  const words = answer ? `The provider answered ${code}` : message
  const cause = Object.assign(new Error(words), { code })
  if (!code) throw new AuthError(otherwise, words, { cause })
  throw new AuthError(PASSING.test(code) ? 'unreachable' : 'rejected', words, { cause })
}
