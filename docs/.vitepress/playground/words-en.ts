import type { Words } from './words'

export const words: Words = {
  lang: 'en',
  title: 'Try it: two tabs, one session',
  explanation:
    'Both frames are tabs of one origin: they share IndexedDB and Web Locks. The server in this page rotates refresh tokens, and ends a session whose token comes twice.',
  expireAndAsk: 'Expire the token, then send 20 requests from each tab',
  requests: 'requests',
  refreshes: 'refreshes',
  reused: 'refresh tokens sent twice',
  expire: 'Expire the token',
  revoke: 'Revoke the session',
  states: {
    sent: 'sent',
    waiting: 'waits for the refresh',
    replayed: 'sent again',
    answered: 'answered',
    failed: 'failed',
  },
  switches: {
    isDown: 'Server down',
    answers503: 'Refresh answers 503',
    hangs: 'Refresh hangs',
    isSlow: 'Slow network',
  },
  tab: (number) => `Tab ${number}`,
  noRequest: 'No request yet.',
  noAnswer: 'no answer',
  answeredSoFar: (answered, count) => `${answered} of ${count} answered …`,
  answered: (answered, count) => `${answered} of ${count} answered at once.`,
  waited: (answered, count, waited) =>
    `${answered} of ${count} answered; ${waited} waited for one refresh.`,
  failed: (answered, count, failed, reason) =>
    `${answered} of ${count} answered, ${failed} failed: ${reason}.`,
  refreshing: 'refreshing …',
  secondsLeft: (seconds) => `token: ${seconds} s left`,
  over: (reason) => `session over: ${reason}`,
  signedOut: 'signed out',
  send: 'Send 20 requests',
  signOut: 'Sign out',
  signIn: (name) => `Sign in as ${name}`,
}
