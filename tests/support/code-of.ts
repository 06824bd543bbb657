import { AuthError } from '../../src/errors'

/** The code that a promise is rejected with, what else it is rejected with as text, and null where it is not. */
export const codeOf = (promise: unknown): Promise<string | null> =>
  Promise.resolve(promise).then(
    () => null,
    (error: unknown) => (error instanceof AuthError ? error.code : String(error)),
  )
