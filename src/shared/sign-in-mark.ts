import { warn } from '../utils/warn'

/** The key in `sessionStorage` under which `signIn()` of the testing entry notes the session that it stored. */
export const SIGN_IN_MARK = 'vue-auth-refresh/sign-in'

/**
 * Warns where `signIn()` has stored a session of this name for another API. To be called in development, by an app that
 * has found none.
 *
 * @param sharedName the name with the API of the app
 */
export function hintAtSignIn(name: string, sharedName: string): void {
  let mark: string | null = null
  try {
    mark = sessionStorage.getItem(SIGN_IN_MARK)
  } catch {
    // A page without storage, as in a sandboxed frame.
  }
  const isSameName = mark === name || mark?.startsWith(`${name}@`)
  if (!isSameName || mark === sharedName) return
  warn(
    'A session of `signIn()` is not used: ' +
      `it is for "${mark}", and this app is "${sharedName}". Pass the \`baseURL\` or \`api\` of the app.`,
    'a-session-of-signin-is-not-used',
  )
}
