export { oauth2, type OAuth2 } from './oauth2'
export type { LoginOptions, OAuth2Login, OAuth2Options, SessionTaker } from './options'
