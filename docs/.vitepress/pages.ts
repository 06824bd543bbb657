/** A page of the site: its title in the sidebar, and its path without extension. */
interface Page {
  readonly text: string
  readonly link: string
}

const page = (text: string, path: string): Page => ({ text, link: `/docs/${path}` })
/** A page that typedoc writes from the doc comments. */
const ofCode = (text: string, path: string): Page => page(text, `reference/${path}`)

/** The sidebar. A test compares it with the files. */
export const groups = [
  {
    text: 'Start',
    items: [
      page('Why', 'guide/why'),
      page('Quick start: own back end', 'guide/quick-start'),
      page('Quick start: HttpOnly cookie', 'guide/quick-start-cookie'),
      page('Quick start: OpenID Connect', 'guide/quick-start-oidc'),
    ],
  },
  {
    text: 'Guide',
    items: [
      page('Requests', 'guide/requests'),
      page('fetch, ofetch, ky and others', 'guide/fetch'),
      page('WebSocket and event streams', 'guide/websocket-sse'),
      page('Who carries what', 'guide/sessions'),
      page('Routes: protect pages', 'guide/routes'),
      page('The user: sign in, sign out', 'guide/user'),
      page('Tabs and storage', 'guide/tabs'),
      page('When it fails', 'guide/failures'),
      page('Asking again in place', 'guide/reauthenticate'),
      page('Several APIs and sessions', 'guide/several'),
      page('Server rendering', 'guide/server-rendering'),
      page('TypeScript', 'guide/typescript'),
      page('Testing', 'guide/testing'),
      page('Devtools', 'guide/devtools'),
      page('Browsers and test runners', 'browsers'),
      page('Security and BCP 212', 'security'),
    ],
  },
  {
    text: 'Moving here',
    items: [
      page('In an admin template', 'adopting'),
      page('From other libraries', 'guide/migrating'),
      page('Recipes', 'guide/recipes'),
    ],
  },
  {
    text: 'Help',
    items: [page('Troubleshooting', 'guide/troubleshooting'), page('Questions', 'guide/faq')],
  },
  {
    text: 'Reference',
    items: [
      ofCode('Options', 'index/interfaces/AuthOptions'),
      ofCode('Options: routes', 'index/interfaces/AuthRoutes'),
      ofCode('Route meta', 'index/interfaces/AuthRouteMeta'),
      ofCode('useAuth(): state', 'index/interfaces/AuthView'),
      ofCode('useAuth(): actions', 'index/interfaces/AuthActions'),
      ofCode('useAuthStore()', 'index/functions/useAuthStore'),
      ofCode('AuthState: slots', 'index/variables/AuthState'),
      ofCode('The plugin', 'index/interfaces/AuthPlugin'),
      ofCode('Events', 'index/type-aliases/AuthEventDetail'),
      ofCode('Error codes', 'index/type-aliases/AuthErrorCode'),
      ofCode('oauth2()', 'oauth2/type-aliases/OAuth2Options'),
      ofCode('Devtools', 'devtools/index'),
      ofCode('All exports', 'index/index'),
    ],
  },
  {
    text: 'How it works',
    items: [
      page('Design and rules', 'design'),
      page('Why our locks do not hang', 'locks'),
      page('Schedules', 'fuzz'),
      page('Mutants', 'reports/mutation'),
      page('Compared', 'reports/comparison'),
      page('A million clients', 'herd'),
      page('Latency', 'reports/latency'),
      page('Versions', 'reports/versions'),
    ],
  },
  {
    text: 'The project',
    items: [
      { text: 'README', link: '/README' },
      { text: 'Changelog', link: '/CHANGELOG' },
      { text: 'Contributing', link: '/CONTRIBUTING' },
      { text: 'Security policy', link: '/SECURITY' },
    ],
  },
]
