import type { Clean } from './printable'

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

/** Makes a function that cuts secrets out of a text, also where they are encoded. */
export const cutting =
  (secrets: Secrets): Clean =>
  (text) =>
    secrets.reduce<string>(
      (rest, secret) => (secret ? rest.replace(patternOf(secret), '[redacted]') : rest),
      text,
    )
