import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { makeFolder, readBlocks, readSamples, root, writeApp } from '../support/readme-samples'

/** The app of docs/guide/routes.md with the tests of docs/guide/testing.md, laid out as create-vue does. */
let folder: string

beforeAll(async () => {
  const [made, remove] = await makeFolder()
  folder = made
  const app = (await readSamples('docs/guide/routes.md')).get('# Routes') ?? []
  const blocks = (await readBlocks('docs/guide/testing.md')).flatMap(([, all]) => all)
  const tests = blocks.map(({ name = '', code }) => [name, code] as const)
  await writeApp(folder, new Map([...app, ...tests, ['tools.d.ts', tools]]))
  for (const [name, content] of Object.entries(settings)) {
    await writeFile(join(folder, name), JSON.stringify(content))
  }
  await writeFile(join(folder, 'vitest.config.ts'), vitestConfig)
  return remove
})

/** The settings that create-vue writes, without its packages of settings. */
const settings = {
  'tsconfig.json': {
    files: [],
    references: [
      { path: './tsconfig.app.json' },
      { path: './tsconfig.vitest.json' },
      { path: './tsconfig.tools.json' },
    ],
  },
  'tsconfig.app.json': {
    extends: '../../tsconfig.base.json',
    compilerOptions: { types: [], tsBuildInfoFile: './app.tsbuildinfo' },
    include: ['env.d.ts', '../../src/process.d.ts', 'src/**/*', 'src/**/*.vue'],
    exclude: ['src/**/__tests__/*'],
  },
  'tsconfig.vitest.json': {
    extends: './tsconfig.app.json',
    compilerOptions: { types: ['node'], tsBuildInfoFile: './vitest.tsbuildinfo' },
    include: ['src/**/__tests__/*', 'env.d.ts', '../../src/process.d.ts'],
    exclude: [],
  },
  'tsconfig.tools.json': {
    extends: './tsconfig.app.json',
    compilerOptions: { types: ['node'], tsBuildInfoFile: './tools.tsbuildinfo' },
    include: ['e2e', 'cypress', '.storybook/*', '*.d.ts', '../../src/process.d.ts'],
    exclude: [],
  },
}

/** The parts of tools that the samples use and this project does not install. */
const tools = `declare module '@playwright/test' {
  export { expect, test } from 'playwright/test'
}
declare module '@storybook/vue3-vite' {
  export function setup(use: (app: import('vue').App) => unknown): void
}
declare module 'storybook/test' {
  export { fn } from '@vitest/spy'
}
declare const cy: { visit(url: string, options: { onBeforeLoad(win: Window): void }): void }
`

const vitestConfig = `import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  resolve: {
    alias: [
      { find: /^vue-auth-refresh$/, replacement: '${root}/src/index.ts' },
      { find: /^vue-auth-refresh\\/fetch$/, replacement: '${root}/src/fetch/index.ts' },
      { find: /^vue-auth-refresh\\/testing$/, replacement: '${root}/src/testing/index.ts' },
    ],
  },
  test: { environment: 'jsdom', include: ['src/**/*.spec.ts'], root: import.meta.dirname },
})
`

/** Runs a tool in the app. Resolves with its exit code and all that it prints. */
async function run(tool: string, ...args: string[]): Promise<[code: number | null, text: string]> {
  const env = { ...process.env, NO_COLOR: '1' }
  const started = spawn(process.execPath, [join(root, 'node_modules', tool), ...args], {
    cwd: folder,
    env,
  })
  let text = ''
  for (const stream of [started.stdout, started.stderr]) {
    stream.on('data', (data: Buffer) => (text += data.toString()))
  }
  const code = await new Promise<number | null>((resolve) => started.once('close', resolve))
  return [code, text]
}

test('the tests of docs/guide/testing.md type-check where create-vue has them, with the user of the app', async () => {
  expect(await run('vue-tsc/bin/vue-tsc.js', '--build')).toEqual([0, ''])
}, 120_000)

test('the tests of docs/guide/testing.md pass', async () => {
  const [code, text] = await run('vitest/vitest.mjs', 'run', '--reporter=verbose')
  expect(text).toContain('5 passed (5)')
  expect(code).toBe(0)
}, 120_000)
