import type { DefaultTheme } from 'vitepress'
import { groupsInChinese, linkInChinese } from './pages.ts'

/** The navigation and labels around a page in Chinese. */
export const chinese: DefaultTheme.Config = {
  nav: [
    { text: '快速上手', link: linkInChinese('/docs/guide/quick-start') },
    { text: '指南', link: linkInChinese('/docs/guide/requests') },
    { text: 'API 参考', link: '/docs/reference/index/interfaces/AuthOptions' },
    { text: '工作原理', link: '/docs/design' },
  ],
  sidebar: groupsInChinese,
  outline: { level: [2, 3], label: '本页目录' },
  docFooter: { prev: '上一页', next: '下一页' },
  darkModeSwitchLabel: '外观',
  lightModeSwitchTitle: '切换到浅色模式',
  darkModeSwitchTitle: '切换到深色模式',
  sidebarMenuLabel: '菜单',
  returnToTopLabel: '回到顶部',
  langMenuLabel: '切换语言',
  skipToContentLabel: '跳到正文',
}

export const searchInChinese: DefaultTheme.LocalSearchOptions = {
  translations: {
    // Named by its text, as in English.
    button: { buttonText: '搜索', buttonAriaLabel: '' },
    modal: {
      displayDetails: '显示详细列表',
      resetButtonTitle: '清空搜索',
      backButtonTitle: '关闭搜索',
      noResultsText: '没有找到结果：',
      footer: { selectText: '打开', navigateText: '切换', closeText: '关闭' },
    },
  },
}
