import type { AuthorizationOptions, LoginOptions, OAuth2Options } from './options'

const PROMPTS: readonly unknown[] = ['none', 'login', 'consent', 'select_account', 'create']

/** Whether these are language tags (RFC 5646 §2.1), separated by spaces. */
function areLanguages(value: unknown): boolean {
  try {
    return typeof value === 'string' && Intl.getCanonicalLocales(value.split(' ')).length > 0
  } catch {
    return false
  }
}

/** Whether this is an absolute URI without a fragment (RFC 8707 §2). */
const isResource = (value: unknown): boolean =>
  typeof value === 'string' && URL.canParse(value) && !value.includes('#')

/** @throws TypeError naming the option */
function checkAuthorization(of: string, options: AuthorizationOptions): void {
  const wrong = (option: string, advice: string): TypeError =>
    new TypeError(`${of}: \`${option}\` must be ${advice}, or left out.`)
  const { prompt, loginHint, uiLocales } = options
  const prompts: readonly unknown[] = [prompt ?? []].flat()
  const isAlone = prompts.length < 2 || !prompts.includes('none')
  if (!prompts.every((one) => PROMPTS.includes(one)) || !isAlone) {
    throw wrong('prompt', `'${PROMPTS.join("', '")}', or a list of them in which 'none' is alone`)
  }
  if (loginHint !== undefined && (typeof loginHint !== 'string' || !loginHint)) {
    throw wrong('loginHint', "the name of the user at the provider, e.g. 'ada@example.com'")
  }
  if (uiLocales !== undefined && !areLanguages(uiLocales)) {
    throw wrong('uiLocales', "language tags, separated by spaces, e.g. 'de-CH de'")
  }
}

/**
 * Checks the argument of `login()`.
 *
 * @throws TypeError naming the option
 */
export function checkLoginOptions(options: LoginOptions): void {
  checkAuthorization('login()', options)
  const { popup } = options
  if (popup !== undefined && typeof popup !== 'boolean') {
    throw new TypeError('login(): `popup` must be true or false.')
  }
}

/**
 * Checks the options of `oauth2()`.
 *
 * @throws TypeError naming the option
 */
export function checkOAuth2Options(options: OAuth2Options): void {
  const { clientId, tokenEndpoint, issuer, resource = [], dpop } = options
  if (!(clientId && URL.canParse(tokenEndpoint ?? issuer))) {
    throw new TypeError('oauth2(): pass `clientId`, and the URL `issuer` or `tokenEndpoint`.')
  }
  checkAuthorization('oauth2()', options)
  if (![resource].flat().every(isResource)) {
    throw new TypeError(
      "oauth2(): `resource` must be an absolute URI without a fragment, e.g. 'https://api.example.com', or a list of them.",
    )
  }
  if (dpop !== undefined && typeof dpop !== 'boolean') {
    throw new TypeError('oauth2(): `dpop` must be true or false.')
  }
}
