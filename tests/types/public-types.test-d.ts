import type { AxiosInstance, AxiosRequestConfig } from 'axios'
import { createPinia } from 'pinia'
import { expectTypeOf, it } from 'vitest'
import type { Ref } from 'vue'
import {
  AuthError,
  isAuthError,
  parseTokenResponse,
  returnUrlParameter,
  safeReturnUrl,
  type useAuth,
  type useAuthStore,
  type AuthCredentials,
  type AuthErrorCode,
  type AuthEvent,
  type AuthOptions,
  type AuthStatus,
  type AuthTokenPair,
  type AuthTypes,
  type AuthUser,
} from 'vue-auth-refresh'
import { oauth2, type OAuth2Login, type OAuth2Options } from 'vue-auth-refresh/oauth2'
import type { RouteMeta, Router } from 'vue-router'

interface User {
  name: string
  roles: string[]
}
interface Credentials {
  email: string
  password: string
}

declare module 'vue-auth-refresh' {
  interface AuthTypes {
    user: User
    credentials: Credentials
  }
}

it('types the user and the credentials once for the whole app', () => {
  expectTypeOf<AuthTypes>().toHaveProperty('user')
  expectTypeOf<AuthUser>().toEqualTypeOf<User>()
  expectTypeOf<AuthCredentials>().toEqualTypeOf<Credentials>()
  expectTypeOf<AuthOptions['login']>().parameter(0).toEqualTypeOf<Credentials>()
})

it('gives components refs of what they show, and actions', () => {
  type Auth = ReturnType<typeof useAuth>
  expectTypeOf<Auth['status']>().toExtend<Readonly<Ref<AuthStatus>>>()
  expectTypeOf<Auth['user']['value']>().toEqualTypeOf<User | null>()
  expectTypeOf<Auth['error']['value']>().toEqualTypeOf<AuthError | null>()
  expectTypeOf<Auth['login']>().toEqualTypeOf<(credentials: Credentials) => Promise<void>>()
  expectTypeOf<Auth['getAccessToken']>().returns.resolves.toEqualTypeOf<string>()
})

it('lets a session by cookie ignore the tokens', () => {
  expectTypeOf<AuthOptions['cookieSession']>().toEqualTypeOf<
    boolean | (() => boolean) | undefined
  >()
  const options: Pick<AuthOptions, 'cookieSession' | 'refresh'> = {
    cookieSession: true,
    refresh: async (_tokens, { http, signal }) =>
      (await http.post<unknown>('/auth/refresh', null, { signal })).data,
  }
  expectTypeOf(options.refresh).parameter(0).toEqualTypeOf<AuthTokenPair>()
})

it('says by null that there is no token, and needs no cast to send one as JSON', () => {
  expectTypeOf<AuthTokenPair>().toEqualTypeOf<{
    readonly token: string | null
    readonly refreshToken: string | null
  }>()
  const options: Pick<AuthOptions, 'refresh' | 'logout'> = {
    refresh: async ({ refreshToken }, { http, signal }) =>
      (await http.post<unknown>('/auth/refresh', { refreshToken }, { signal })).data,
    logout: async ({ token, refreshToken }, { http }) =>
      http.post('/auth/logout', { token, refreshToken }),
  }
  expectTypeOf(options.logout).exclude<undefined>().parameter(0).toEqualTypeOf<AuthTokenPair>()
})

it('picks a session by its name, and takes one instance or several', () => {
  expectTypeOf<typeof useAuth>().parameter(0).toEqualTypeOf<string | undefined>()
  expectTypeOf<typeof useAuth>().toBeCallableWith('admin')
  expectTypeOf<typeof useAuthStore>().toBeCallableWith()
  expectTypeOf<typeof useAuthStore>().toBeCallableWith('admin')
  expectTypeOf<typeof useAuthStore>().toBeCallableWith(createPinia())
  expectTypeOf<typeof useAuthStore>().toBeCallableWith(createPinia(), 'admin')
  expectTypeOf<[null, string]>().not.toExtend<Parameters<typeof useAuthStore>>()
  expectTypeOf<[undefined, string]>().not.toExtend<Parameters<typeof useAuthStore>>()
  expectTypeOf<ReturnType<typeof useAuthStore>['name']>().toEqualTypeOf<string>()
  expectTypeOf<AxiosInstance>().toExtend<AuthOptions['axios']>()
  expectTypeOf<[AxiosInstance, AxiosInstance]>().toExtend<AuthOptions['axios']>()
  expectTypeOf<[]>().not.toExtend<AuthOptions['axios']>()
  expectTypeOf<RouteMeta['authSession']>().toEqualTypeOf<string | undefined>()
})

it('unwraps the store, which cannot be written', () => {
  type Store = ReturnType<typeof useAuthStore>
  expectTypeOf<Store['token']>().toEqualTypeOf<string | null>()
  expectTypeOf<Store['refreshing']>().toEqualTypeOf<Promise<string> | null>()
  expectTypeOf<Store['expiresAt']>().toEqualTypeOf<number | null>()
  expectTypeOf<Store>().toExtend<{ readonly status: AuthStatus }>()
})

it('knows what it adds to axios and to vue-router', () => {
  expectTypeOf<AxiosRequestConfig['skipAuth']>().toEqualTypeOf<boolean | undefined>()
  expectTypeOf<RouteMeta['guestOnly']>().toEqualTypeOf<boolean | undefined>()
  expectTypeOf<(user: User) => boolean>().toExtend<RouteMeta['requiresAuth']>()
})

it('narrows errors and events', () => {
  const error: unknown = new AuthError('rejected')
  if (isAuthError(error) && error instanceof AuthError) {
    expectTypeOf(error.code).toEqualTypeOf<AuthErrorCode>()
  }
  expectTypeOf<Extract<AuthEvent, { type: 'refresh-started' }>['attempt']>().toBeNumber()
  expectTypeOf(parseTokenResponse).parameter(0).toBeUnknown()
  expectTypeOf(safeReturnUrl).parameters.toEqualTypeOf<[unknown, Router]>()
  expectTypeOf(returnUrlParameter).toExtend<string>()
})

it('takes what oauth2() makes as options, as they are', () => {
  const provider = oauth2({ issuer: 'https://login.example', clientId: 'app' })
  expectTypeOf<Pick<AuthOptions, 'axios'> & typeof provider>().toExtend<AuthOptions>()
  expectTypeOf<{ clientId: string }>().not.toExtend<OAuth2Options>()
  expectTypeOf<{ clientId: string; tokenEndpoint: string }>().toExtend<OAuth2Options>()
  expectTypeOf<undefined>().toExtend<OAuth2Login>()
  expectTypeOf<ReturnType<typeof useAuthStore>>().toExtend<
    Parameters<typeof provider.handleCallback>[0]
  >()
})
