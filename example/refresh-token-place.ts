/** Where the refresh token is kept: chosen on the login page, for all tabs. */
const key = 'demo-cookie-session'

export const isCookieSession = localStorage.getItem(key) !== null

/** Loads the page anew: `createAuth()` has been told already. */
export function keepElsewhere(): void {
  if (isCookieSession) localStorage.removeItem(key)
  else localStorage.setItem(key, 'on')
  location.reload()
}

addEventListener('storage', (event) => {
  if (event.key === key) location.reload()
})
