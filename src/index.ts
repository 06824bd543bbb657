import './http/axios-types'

export { createAuth, type AuthPlugin } from './create-auth'
export { AuthState } from './auth-state'
export { useAuth, type UseAuthReturn } from './use-auth'
export { useAuthStore } from './store/use-auth-store'
export type {
  AuthActions,
  AuthSecrets,
  AuthStatus,
  AuthStore,
  AuthView,
  SessionOptions,
} from './store/auth-store-types'
export { AuthError, isAuthError, type AuthErrorCode, type CausedByAuthError } from './errors'
export type { AuthEvent, AuthEventDetail, RefreshReason, RequestInfo } from './events'
export type {
  AuthContext,
  AuthCredentials,
  AuthLocation,
  AuthOptions,
  AuthRoutes,
  AuthTokenPair,
  AuthTypes,
  AuthUser,
  FetchUserContext,
  IdTokenClaims,
  LoginContext,
  ReauthenticateContext,
} from './options'
export { returnUrlParameter } from './options'
export type { AuthRouteMeta } from './router/route-meta'
export { safeReturnUrl } from './router/return-url'
export type { FailureClass } from './session/failure'
export type { NobodyRecord, SessionRecord, StoredRecord } from './session/record'
export type { ProvenAnswer, ProvenRequest, TokenProof } from './session/proof'
export type { SessionMode } from './session/session-mode'
export type { StepUp } from './session/step-up'
export { parseTokenResponse, type AuthTokens, type TokenResponse } from './session/token-response'
export type { AuthStorage } from './shared/auth-storage'
export { indexedDbStorage } from './shared/indexed-db-storage'
export { memoryStorage } from './shared/memory-storage'
export { webStorage } from './shared/web-storage'
