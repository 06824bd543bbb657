import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { isTranslated, originals, translationOf } from '../../scripts/translated.mjs'
import { searchInChinese } from './chinese.ts'
import { groups } from './pages.ts'
import { slugOf } from './slug.ts'
import { wordsOf } from './words-of.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The first paragraph of a page, as plain text. */
function summaryOf(text: string): string {
  const paragraph = text.split(/\n{2,}/).find((block) => /^(?:[A-Z*]|`(?!``))/.test(block)) ?? ''
  return paragraph.replaceAll('\n', ' ').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
}

/** The list of pages for language models (llmstxt.org), each with its first paragraph. */
const llmsText = (): string =>
  [
    `# vue-auth-refresh\n\n> ${description}\n`,
    ...groups.map(
      ({ text, items }) =>
        `## ${text}\n\n${items
          .map(({ text: title, link }) => {
            const source = readFileSync(join(root, `${link}.md`), 'utf8')
            return `- [${title}](${link}.html): ${summaryOf(source)}\n`
          })
          .join('')}`,
    ),
  ].join('\n')

const addressOf = (document: string): string =>
  `/${document.replace(/(?:index)?\.md$/, '')}`.replace(/^\/docs\/$/, '/')

/** The addresses of translated pages and of their originals: each leads to the other. */
const counterparts = new Map(
  originals()
    .filter(isTranslated)
    .flatMap((document) => [
      [document, addressOf(translationOf(document))],
      [translationOf(document), addressOf(document)],
    ]),
)

export default defineConfig({
  title: 'vue-auth-refresh',
  description,
  locales: {
    root: { label: 'English', lang: 'en' },
    'docs/zh': { label: '简体中文', lang: 'zh-CN', link: '/docs/zh/' },
  },
  // Loads once what pages have in common: the playground is three of them.
  metaChunk: true,
  // A page loads no more than it shows.
  router: { prefetchLinks: false },
  // No icon to ask for.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // The root, so that relative links between documents are the same here, at a repository's host and in the package.
  srcDir: '..',
  srcExclude: ['{bench,coverage,dist,dist-demo,example,scripts,src,tests}/**'],
  rewrites: { 'docs/index.md': 'index.md' },
  markdown: {
    anchor: { slugify: slugOf },
    toc: { slugify: slugOf },
    headers: { slugify: slugOf },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  // That of the demo is beside it.
  vite: {
    configFile: false,
    // No component of the site has options in this sense, and the front page is small.
    define: { __VUE_OPTIONS_API__: 'false' },
    // The browsers of docs/browsers.md: code for older ones is larger.
    build: {
      target: ['chrome103', 'firefox100', 'safari16'],
      // The front page has the hash of each page, and a server compresses hexadecimal ones to less.
      rollupOptions: { output: { hashCharacters: 'hex' } },
    },
    resolve: {
      alias: [
        // The theme's own takes each page for translated.
        {
          find: /^.*\/composables\/langs$/,
          replacement: join(root, 'docs/.vitepress/theme/langs.ts'),
        },
        { find: /^vue-auth-refresh$/, replacement: join(root, 'src/index.ts') },
        { find: /^vue-auth-refresh\/testing$/, replacement: join(root, 'src/testing/index.ts') },
      ],
    },
  },
  themeConfig: {
    nav: [
      { text: 'Quick start', link: '/docs/guide/quick-start' },
      { text: 'Guide', link: '/docs/guide/requests' },
      { text: 'Reference', link: '/docs/reference/index/interfaces/AuthOptions' },
      { text: 'How it works', link: '/docs/design' },
    ],
    sidebar: groups,
    outline: [2, 3],
    // In the page: works offline, and asks no server.
    search: {
      provider: 'local',
      // The button is named by the words that it shows (WCAG 2.2, 2.5.3), also where style.css hides them.
      options: {
        translations: { button: { buttonAriaLabel: '' } },
        locales: { 'docs/zh': searchInChinese },
        miniSearch: { options: { tokenize: wordsOf } },
      },
    },
  },
  transformPageData: ({ filePath, frontmatter }) => ({
    frontmatter: { ...frontmatter, counterpart: counterparts.get(filePath) },
  }),
  buildEnd({ outDir }) {
    writeFileSync(join(outDir, 'llms.txt'), llmsText())
  },
})
