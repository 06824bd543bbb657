import type { Words } from './words'

export const words: Words = {
  lang: 'zh-CN',
  title: '试一试：两个标签页，一个会话',
  explanation:
    '下面两个 iframe 相当于同源的两个标签页，共享 IndexedDB 和 Web Locks。服务器就在本页里：它会轮换 refresh token，同一个 refresh token 出现两次就终止会话。',
  expireAndAsk: '让 token 过期，再从每个标签页发 20 个请求',
  requests: '请求数',
  refreshes: '刷新次数',
  reused: '重复使用的 refresh token',
  expire: '让 token 过期',
  revoke: '吊销会话',
  states: {
    sent: '已发出',
    waiting: '等待刷新',
    replayed: '已重发',
    answered: '已响应',
    failed: '失败',
  },
  switches: {
    isDown: '服务器宕机',
    answers503: '刷新接口返回 503',
    hangs: '刷新接口无响应',
    isSlow: '慢速网络',
  },
  tab: (number) => `标签页 ${number}`,
  noRequest: '还没有请求。',
  noAnswer: '没有响应',
  answeredSoFar: (answered, count) => `已响应 ${answered} / ${count} …`,
  answered: (answered, count) => `${count} 个请求中 ${answered} 个直接得到响应。`,
  waited: (answered, count, waited) =>
    `${count} 个请求中 ${answered} 个得到响应，其中 ${waited} 个等待了同一次刷新。`,
  failed: (answered, count, failed, reason) =>
    `${count} 个请求中 ${answered} 个得到响应，${failed} 个失败：${reason}。`,
  refreshing: '正在刷新 …',
  secondsLeft: (seconds) => `token 剩余 ${seconds} 秒`,
  over: (reason) => `会话已结束：${reason}`,
  signedOut: '未登录',
  send: '发 20 个请求',
  signOut: '退出登录',
  signIn: (name) => `以 ${name} 登录`,
}
