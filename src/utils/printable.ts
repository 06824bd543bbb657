/** Cuts out of a text what must not be printed. */
export type Clean = (text: string) => string

/**
 * A copy of an error to print: its message and its stack alone. A console shows all members, and an axios error has the
 * request and its token.
 */
export function printable(error: unknown, clean: Clean = (text) => text): Error {
  const isData = Object(error) === error
  const { message = isData ? 'an object' : error, stack } = Object(error) as Partial<Error>
  const copy = new Error(clean(String(message)))
  if (stack) copy.stack = clean(stack)
  return copy
}
