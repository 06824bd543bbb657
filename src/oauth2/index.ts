export { oauth2, type OAuth2 } from './oauth2'
export type {
  AuthorizationOptions,
  LoginOptions,
  OAuth2Login,
  OAuth2Options,
  Prompt,
  SessionTaker,
} from './options'
