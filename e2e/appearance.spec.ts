import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { holdRequests } from './support/hold-requests'
import { Keyboard } from './support/keyboard'
import { coloursLookRight, looksRight, THEMES } from './support/looks'
import { EXCHANGE, MailServerPage, RECIPIENT } from './support/mail-server-page'
import { storeMessage } from './support/messages'

const PAGES = [
  '/mail-server',
  '/policy',
  '/activity',
  '/help',
  '/help/secret-expired',
  '/help/http-api',
  '/account',
  '/system',
  '/system/operators',
]

test('every page of a new console has no accessibility fault in either theme and fits 320 px', async ({
  page,
  signIn,
}) => {
  await page.goto('/sign-in')
  await looksRight(page, '/sign-in')
  await coloursLookRight(page, '/sign-in')
  await signIn('admin')
  for (const [at, path] of PAGES.entries()) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await looksRight(page, path)
    // What is behind a text is the same in both themes, in which `colours.test.ts` compares every pair.
    const themes = process.env.SOAK ? THEMES : THEMES.filter((_, theme) => theme === at % 2)
    await coloursLookRight(page, path, { themes })
  }
})

test('a confirmation that comes with the page is put in once more after it has loaded, so that screen readers announce it', async ({
  page,
  signIn,
}) => {
  await signIn('admin')
  await page.addInitScript(() => {
    const announced: string[] = []
    Object.assign(window, { announced })
    new MutationObserver((changes) => {
      const isPutIn = ({ target, addedNodes }: MutationRecord) =>
        document.readyState !== 'loading' && addedNodes.length > 0 && (target as Element).matches('[role="status"]')
      const [change] = changes.filter(isPutIn)
      if (change) announced.push(change.target.textContent ?? '')
    }).observe(document, { childList: true, subtree: true })
  })
  await page.goto('/credentials/alerts?done=saved')
  await expect(page.getByRole('status')).toHaveText('The settings are saved.')
  await expect.poll(() => page.evaluate('announced')).toEqual(['The settings are saved.'])
  await expect(page.locator('body')).toBeFocused()

  await page.evaluate('announced.length = 0')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await expect.poll(() => page.evaluate('announced'), 'in the same document').toEqual(['The settings are saved.'])
})

test('nothing of a page is there before its style sheet, since a browser would lay it out twice', async ({ page }) => {
  const release = await holdRequests(page, '**/*.css')
  const answer = await page.goto('/sign-in', { waitUntil: 'commit' })
  await answer?.finished()
  await expect(page.locator('body > script')).toHaveCount(1)
  expect(await page.locator('main').count()).toBe(0)
  release()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
})

test('a finished test and a failed one have no accessibility fault', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.fillExchange(simulator.facts)
  await mailServer.test()
  await mailServer.accepted()
  await looksRight(page, 'an accepted test')
  await simulator.change('unregister-service-principal')
  await mailServer.test()
  await expect(page.getByRole('article')).toBeVisible()
  await looksRight(page, 'a failed test')
  await coloursLookRight(page, 'a failed test')
})

for (const [locale, heading, button] of [
  ['de-DE', 'Mailserver', 'Testnachricht senden'],
  ['en-GB', 'Mail server', 'Send test message'],
] as const) {
  test.describe(() => {
    test.use({ locale })
    test(`the console speaks ${locale} to a browser that asks for it`, async ({ page, signIn }) => {
      await signIn('admin')
      await page.context().clearCookies({ name: 'locale' })
      await page.goto('/mail-server')
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading)
      await expect(page.getByRole('button', { name: button })).toBeVisible()
      await expect(page.locator('html')).toHaveAttribute('lang', locale.slice(0, 2))
    })
  })
}

test('texts and dates of a page and the answers of its forms have the language of the browser, whatever the account says', async ({
  sessionOf,
  tree,
}) => {
  const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await tree.query(`UPDATE "Operator" SET "locale" = 'de'`)
  try {
    await client.open('/account')
    expect(client.heading).toBe('Your account')
    expect(client.text).toMatch(/\sUTC \(((just )?now|.+ ago)\)/)
    await client.open('/credentials/reminders')
    await client.press('Save days', { days: 'soon' })
    expect(client.text).toContain('Days ahead: enter whole numbers')
  } finally {
    await tree.query('UPDATE "Operator" SET "locale" = NULL')
  }
})

test('the main job is done by keyboard alone', async ({ page, signIn, simulator }) => {
  const { sender, tenantId, clientId, clientSecret, cloud } = simulator.facts
  await signIn('admin')
  await new MailServerPage(page).open()
  const keyboard = new Keyboard(page)
  const { press } = keyboard

  await press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused()
  await press('Enter')
  await keyboard.reach('SMTP server type')
  await page.keyboard.type(EXCHANGE)
  await keyboard.type('Sender email address', sender)
  await keyboard.reach('Microsoft cloud')
  await page.keyboard.type(cloud.name)
  await keyboard.type('Directory (tenant) ID', tenantId)
  await keyboard.type('Application (client) ID', clientId)
  await keyboard.type('Client Secret', clientSecret)
  // Enter in a field saves, and the saved form has new fields.
  await press('Enter')
  await new MailServerPage(page).saved(1)
  await expect(page.getByRole('button', { name: 'Save changes' })).toBeFocused()
  await keyboard.type('Test with email address', RECIPIENT)
  await keyboard.reach('Send test message')
  await press('Enter')
  await new MailServerPage(page).accepted()
  await expect(page.getByRole('group', { name: 'Accepted by the server' })).toBeFocused()
})

test('with forced colours the current place, tab and filter differ from the others, and a select has its arrow', async ({
  page,
  signIn,
  tree,
}) => {
  await storeMessage(tree, { subject: 'One', state: 'held' })
  await signIn('admin')
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ forcedColors: 'active', colorScheme })
    for (const [path, links] of [
      ['/messages', '.place'],
      ['/messages', '.segment'],
      ['/credentials', '.tab'],
      ['/account', '[href^="?theme="]'],
    ] as const) {
      await page.goto(path)
      const of = (more: string) =>
        page
          .locator(`${links}${more}`)
          .first()
          .evaluate((link) => ({ ...getComputedStyle(link) }))
      const [current, other] = [await of('[aria-current]'), await of(':not([aria-current])')]
      expect(current.color, links).not.toBe(other.color)
      expect(current.backgroundColor, links).not.toBe(other.backgroundColor)
      if (links === '.tab') expect(current.borderBottomColor).not.toBe(other.borderBottomColor)
    }
    await expect(page.locator('select').first()).not.toHaveCSS('background-image', 'none')
  }
})
