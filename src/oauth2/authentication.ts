import type { IdTokenClaims } from 'vue-auth-refresh'
import type { Refuse } from './failures'
import type { LoginFlow } from './login-flow'

/** The difference that two clocks of the provider may have, in seconds. */
const CLOCKS_DIFFER = 5

/**
 * Checks when and how the user was authenticated, where the login asked for that (OpenID Connect Core §3.1.3.7, 12 and
 * 13). Both times are the provider's, because the clock here may be wrong.
 *
 * @param refused makes the error
 * @throws AuthError
 */
export function checkAuthentication(
  claims: IdTokenClaims | undefined,
  { maxAge, acr, begunAt }: Pick<LoginFlow, 'maxAge' | 'acr' | 'begunAt'>,
  refused: Refuse,
): void {
  const { iat, auth_time: signedInAt, acr: given } = claims ?? {}
  const secondsAway = Math.max(0, Date.now() - begunAt) / 1_000
  const age = Number(iat) - Number(signedInAt) - secondsAway - CLOCKS_DIFFER
  const because = (claim: string, option: string): never => {
    const words = `The ID token's \`${claim}\` is not within \`${option}\``
    throw refused('unmet_authentication_requirements', words)
  }
  // An age that is not known is no number, and within nothing.
  if (maxAge && !(age <= Number(maxAge))) because('auth_time', 'maxAge')
  if (acr && !acr.split(' ').includes(String(given))) because('acr', 'acr')
}
