import { isTranslated, translationOf } from '../../scripts/translated.mjs'

/** A page of the site: its title in the sidebar, in English and Chinese, and its path without extension. */
interface Page {
  readonly text: string
  readonly zh: string
  readonly link: string
}

const page = (text: string, zh: string, path: string): Page => ({ text, zh, link: `/docs/${path}` })
/** A page that typedoc writes from the doc comments. */
const ofCode = (text: string, zh: string, path: string): Page => page(text, zh, `reference/${path}`)

const pages = [
  {
    text: 'Start',
    zh: '开始',
    items: [
      page('Why', '为什么需要它', 'guide/why'),
      page('Quick start: own back end', '快速上手：自己的后端', 'guide/quick-start'),
      page('Quick start: HttpOnly cookie', '快速上手：HttpOnly cookie', 'guide/quick-start-cookie'),
      page('Quick start: OpenID Connect', '快速上手：OpenID Connect', 'guide/quick-start-oidc'),
    ],
  },
  {
    text: 'Guide',
    zh: '指南',
    items: [
      page('Requests', '请求', 'guide/requests'),
      page('fetch, ofetch, ky and others', 'fetch、ofetch、ky 等', 'guide/fetch'),
      page('WebSocket and event streams', 'WebSocket 与事件流', 'guide/websocket-sse'),
      page('Who carries what', '会话模式', 'guide/sessions'),
      page('Routes: protect pages', '路由：保护页面', 'guide/routes'),
      page('The user: sign in, sign out', '用户：登录与退出', 'guide/user'),
      page('Tabs and storage', '标签页与存储', 'guide/tabs'),
      page('When it fails', '出错时', 'guide/failures'),
      page('Asking again in place', '原地重新登录', 'guide/reauthenticate'),
      page('Several APIs and sessions', '多个 API 与多个会话', 'guide/several'),
      page('Server rendering', '服务端渲染', 'guide/server-rendering'),
      page('TypeScript', 'TypeScript', 'guide/typescript'),
      page('Testing', '测试', 'guide/testing'),
      page('Devtools', 'Devtools', 'guide/devtools'),
      page('Browsers and test runners', '浏览器与测试工具', 'browsers'),
      page('Security and BCP 212', '安全与 BCP 212', 'security'),
    ],
  },
  {
    text: 'Moving here',
    zh: '迁移',
    items: [
      page('In an admin template', '接入后台管理模板', 'adopting'),
      page('From other libraries', '从其他库迁移', 'guide/migrating'),
      page('Recipes', '常用示例', 'guide/recipes'),
      page('Recipes by back end', '各后端示例', 'guide/back-ends'),
    ],
  },
  {
    text: 'Help',
    zh: '帮助',
    items: [
      page('Troubleshooting', '问题排查', 'guide/troubleshooting'),
      page('Questions', '常见问题', 'guide/faq'),
    ],
  },
  {
    text: 'Reference',
    zh: 'API 参考',
    items: [
      ofCode('Options', '配置项', 'index/interfaces/AuthOptions'),
      ofCode('Options: routes', '配置项：routes', 'index/interfaces/AuthRoutes'),
      ofCode('Route meta', '路由 meta', 'index/interfaces/AuthRouteMeta'),
      ofCode('useAuth(): state', 'useAuth()：状态', 'index/interfaces/AuthView'),
      ofCode('useAuth(): actions', 'useAuth()：操作', 'index/interfaces/AuthActions'),
      ofCode('useAuthStore()', 'useAuthStore()', 'index/functions/useAuthStore'),
      ofCode('AuthState: slots', 'AuthState：插槽', 'index/variables/AuthState'),
      ofCode('The plugin', '插件', 'index/interfaces/AuthPlugin'),
      ofCode('Events', '事件', 'index/type-aliases/AuthEventDetail'),
      ofCode('Error codes', '错误码', 'index/type-aliases/AuthErrorCode'),
      ofCode('oauth2()', 'oauth2()', 'oauth2/type-aliases/OAuth2Options'),
      ofCode('Devtools', 'Devtools', 'devtools/index'),
      ofCode('All exports', '全部导出', 'index/index'),
    ],
  },
  {
    text: 'How it works',
    zh: '工作原理',
    items: [
      page('Design and rules', '设计与规则', 'design'),
      page('Why our locks do not hang', '锁为什么不会卡死', 'locks'),
      page('Schedules', '调度测试', 'fuzz'),
      page('Mutants', '变异测试', 'reports/mutation'),
      page('Compared', '横向对比', 'reports/comparison'),
      page('A million clients', '一百万个客户端', 'herd'),
      page('Latency', '延迟', 'reports/latency'),
      page('Versions', '版本兼容', 'reports/versions'),
    ],
  },
  {
    text: 'The project',
    zh: '项目',
    items: [
      { text: 'README', zh: 'README', link: '/README' },
      { text: 'Changelog', zh: '更新日志', link: '/CHANGELOG' },
      { text: 'Contributing', zh: '参与贡献', link: '/CONTRIBUTING' },
      { text: 'Security policy', zh: '安全策略', link: '/SECURITY' },
    ],
  },
]

/** The sidebar. A test compares it with the files. */
export const groups = pages.map(({ text, items }) => ({
  text,
  items: items.map(({ text, link }) => ({ text, link })),
}))

/** The address of a page's translation, or its own where there is none. */
export function linkInChinese(link: string): string {
  const document = `${link.slice(1)}.md`
  return isTranslated(document) ? `/${translationOf(document).replace(/\.md$/, '')}` : link
}

/** The sidebar in Chinese. A page that is not translated leads to its original. */
export const groupsInChinese = pages.map(({ zh, items }) => ({
  text: zh,
  items: items.map((item) => ({ text: item.zh, link: linkInChinese(item.link) })),
}))
