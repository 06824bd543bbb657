import type { Page } from 'playwright'
import { beforeEach, expect, test } from 'vitest'
import { ada, ben, send, signIn, someoneWaits, useDemo, whereabouts } from './demo.ts'

const demo = useDemo()

/** Each test types something else: what one has saved is no draft for the next. */
let typed = ''
let count = 0
beforeEach(() => {
  typed = `Wrote ${++count} programs,\nfor a machine that was never built.`
})

const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Sign in again' })
const aboutOf = (page: Page) => page.getByLabel('About you')

/** Ada's profile, half filled in. */
async function halfFilled(): Promise<Page> {
  const page = await demo.open('/login?redirect=/profile')
  await signIn(page)
  await aboutOf(page).fill(typed)
  await page.getByLabel('City').fill('London')
  return page
}

/** The same, when its session has been revoked and saving has asked for another. */
async function asked(): Promise<Page> {
  const page = await halfFilled()
  await page.getByRole('button', { name: 'Revoke my session, then save' }).click()
  await dialogOf(page).waitFor()
  return page
}

async function answer(page: Page, account = ada): Promise<void> {
  await page.getByLabel('Email').fill(account?.email ?? '')
  await page.getByLabel('Password').fill(account?.password ?? '')
  await page.keyboard.press('Enter')
}

const saved = (page: Page) =>
  page.getByTestId('profile-said').filter({ hasText: 'nothing you typed was lost' }).waitFor()

test('a half-filled form survives a session that is revoked', async () => {
  const page = await asked()
  let saves = 0
  page.on('request', (request) => {
    if (request.method() === 'PUT') saves += 1
  })
  expect(await page.getByRole('dialog').count()).toBe(1)
  expect(await page.getByTestId('connection').count()).toBe(0)
  expect(await aboutOf(page).inputValue()).toBe(typed)
  // The asked user's email is filled in; the keyboard is enough for the rest
  expect(await page.getByLabel('Email').inputValue()).toBe(ada?.email)
  await page.locator('input[type=password]:focus').waitFor()
  await page.keyboard.type('guess')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').filter({ hasText: 'do not belong together' }).waitFor()
  expect(saves).toBe(0)
  await page.keyboard.type(ada?.password ?? '')
  await page.keyboard.press('Enter')

  await saved(page)
  expect(saves).toBe(1)
  expect(await dialogOf(page).count()).toBe(0)
  expect(await aboutOf(page).inputValue()).toBe(typed)
  expect(whereabouts(page)).toBe('/profile')
  // Back to where it was
  await page
    .getByRole('button', { name: 'Revoke my session, then save' })
    .and(page.locator(':focus'))
    .waitFor()
  await page.reload()
  await aboutOf(page).waitFor()
  expect(await aboutOf(page).inputValue()).toBe(typed)
  expect(await page.getByLabel('City').inputValue()).toBe('London')
})

test.each(['Escape', 'Cancel'])(
  'cancelling by %s leads to the login page, and back',
  async (how) => {
    const page = await asked()
    if (how === 'Escape') await page.keyboard.press('Escape')
    else await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('What you had typed there was not saved').waitFor()
    expect(whereabouts(page)).toBe('/login?redirect=/profile')
    await page.locator('input[type=email]:focus').waitFor()
    await signIn(page)
    await aboutOf(page).waitFor()
    expect(whereabouts(page)).toBe('/profile')
    expect(await aboutOf(page).inputValue()).not.toBe(typed)
  },
)

test('another user is refused, and told so on the login page', async () => {
  const page = await asked()
  await answer(page, ben)
  await page.getByText('another account than the one that was asked for').waitFor()
  expect(whereabouts(page)).toBe('/login?redirect=/profile')
  expect(await page.getByRole('dialog').count()).toBe(0)
  await signIn(page, ben)
  await aboutOf(page).waitFor()
  // Nothing of what Ada typed
  expect(await aboutOf(page).inputValue()).toBe('')
})

test('signing in in another tab answers the dialog, and what waits there is sent as well', async () => {
  const page = await halfFilled()
  const beside = await demo.openBeside(page, '/')
  await beside.getByTestId('who').filter({ hasText: 'Ada' }).waitFor()
  await page.bringToFront()
  await page.getByRole('button', { name: 'Revoke my session, then save' }).click()
  await dialogOf(page).waitFor()
  await beside.bringToFront()
  await send(beside, '1')
  await someoneWaits(beside)
  await beside.getByText('Waiting for you to sign in again').waitFor()
  const fresh = await demo.openBeside(page, '/login')
  await signIn(fresh)
  await saved(page)
  expect(await dialogOf(page).count()).toBe(0)
  expect(await aboutOf(page).inputValue()).toBe(typed)
  await beside
    .getByTestId('announcement')
    .filter({ hasText: 'You signed in again, and nothing was lost.' })
    .waitFor({ state: 'attached' })
})

test('a tab without a draft that meets the end first asks for the one that has a draft', async () => {
  const page = await halfFilled()
  const beside = await demo.openBeside(page, '/')
  await beside.getByTestId('who').filter({ hasText: 'Ada' }).waitFor()
  await page.request.post('/api/demo/revoke')
  await send(beside, '1')
  await dialogOf(beside).waitFor()
  await answer(beside)
  await dialogOf(beside).waitFor({ state: 'hidden' })
  await page.bringToFront()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page
    .getByTestId('profile-said')
    .filter({ hasText: /^Saved/ })
    .waitFor()
  expect(await aboutOf(page).inputValue()).toBe(typed)
  expect(whereabouts(page)).toBe('/profile')
})

test('nobody is asked who has typed nothing', async () => {
  const page = await demo.open('/login?redirect=/profile')
  await signIn(page)
  await page.getByRole('button', { name: 'Revoke my session, then save' }).click()
  await page.getByTestId('profile-said').filter({ hasText: 'Type something first' }).waitFor()
  await aboutOf(page).and(page.locator(':focus')).waitFor()
  await page.request.post('/api/demo/revoke')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.waitForURL('**/login?redirect=/profile')
  await page.getByText('Your session was ended').waitFor()
  expect(await page.getByText('had typed').count()).toBe(0)
})

test('the server looks at what it is given, and the page says what is wrong', async () => {
  const page = await halfFilled()
  await page.getByLabel('Website').fill('javascript:alert(1)')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('alert').filter({ hasText: 'begins with https://' }).waitFor()
  await page.getByLabel('Website').and(page.locator(':focus')).waitFor()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('https://example.com/ada')
  await page.keyboard.press('Enter')
  await page
    .getByTestId('profile-said')
    .filter({ hasText: /^Saved\.$/ })
    .waitFor()
})
