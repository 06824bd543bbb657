export { createAuthFetch } from './create-auth-fetch'
export type { AuthFetch, AuthFetchInit, AuthFetchInput, AuthFetchOptions } from './options'
