/** Texts to cut out, as far as they are known. */
export type Secrets = readonly (string | null | undefined)[]

/** Matches a secret as it is, and as it stands in a URL, a form or JSON. */
const patternOf = (secret: string): RegExp =>
  new RegExp(
    secret.replace(/\W/g, (char) => {
      // Two digits: a token is of visible ASCII characters.
      const code = char.charCodeAt(0).toString(16)
      // A URL may stand in a URL, and a form in JSON.
      return `\\\\*(?:\\x${code}|(?:u00|%(?:25)*)${code})`
    }),
    'gi',
  )

/** Cuts secrets out of a text, also where they are encoded. */
export const withoutSecrets = (text: string, secrets: Secrets): string =>
  secrets.reduce<string>(
    (rest, secret) => (secret ? rest.replace(patternOf(secret), '[redacted]') : rest),
    text,
  )

/**
 * A copy of an error to print: its message and its stack alone. A console shows all members, and an axios error has the
 * request and its token.
 */
export function printable(error: unknown, ...secrets: Secrets): unknown {
  const { message, stack } = Object(error) as { message?: unknown; stack?: unknown }
  const safe = (text: unknown): string => withoutSecrets(String(text), secrets)
  if (typeof message !== 'string') return Object(error) === error ? 'an object' : safe(error)
  const copy = new Error(safe(message))
  if (stack) copy.stack = safe(stack)
  return copy
}
