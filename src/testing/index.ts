export type { CreateSpy } from './create-spy'
export {
  createFakeAuthServer,
  type FakeAuthServer,
  type FakeAuthServerOptions,
  type FakePaths,
  type FakeUser,
  type LoggedRequest,
  type Trouble,
} from './fake-auth-server'
export { sessionRecord, signIn, type SignInOptions, type SignInPage } from './sign-in'
export {
  createTestingAuth,
  type TestingAuth,
  type TestingAuthOptions,
  type TestingAuthStore,
} from './testing-auth'
