import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures'
import { MailServerPage } from '../support/mail-server-page'
import { PolicyPage } from '../support/policy-page'
import { ROOT } from '../support/process'
import { addMessagesOfADay, addSampleData } from '../support/sample-data'

const FOLDER = path.join(ROOT, 'docs/screenshots')
/** Each page once in a wide window and once on a phone, so that both themes and both languages are seen. */
const LOOKS = [
  { suffix: 'light', width: 1440, colorScheme: 'light', locale: 'en' },
  { suffix: '390-dark-de', width: 390, colorScheme: 'dark', locale: 'de' },
] as const
const PAGES = {
  overview: '/overview',
  messages: '/messages',
  credentials: '/credentials',
  reminders: '/credentials/reminders',
  'app-registrations': '/credentials/applications',
  'set-up': '/set-up',
  senders: '/senders',
  clients: '/clients',
  'client-add': '/clients/add?way=login',
  'client-sessions': '/clients/sessions',
  'client-learning': '/clients/learning',
  'client-simulator': '/clients/simulate',
  policy: '/policy',
  activity: '/activity',
  system: '/system',
  operators: '/system/operators',
  account: '/account',
  help: '/help/secret-expired',
}

test('makes the pictures of docs/screenshots', async ({ page, signIn, tree, browser }) => {
  mkdirSync(FOLDER, { recursive: true })
  for (const file of readdirSync(FOLDER)) if (file.endsWith('.png')) rmSync(path.join(FOLDER, file))
  await signIn('admin')
  const stranger = await browser.newPage({ baseURL: tree.baseUrl })
  await shoot(stranger, 'sign-in', '/sign-in')
  await stranger.close()
  await shoot(page, 'overview-first', '/overview')
  await shoot(page, 'mail-server-first', '/mail-server')
  // The first mail server is named in the language of the person who saves it.
  await page.goto('/mail-server?locale=en')
  await addSampleData(page, tree)
  await addMessagesOfADay(tree)
  await addRules(page)
  for (const [name, address] of Object.entries(PAGES)) await shoot(page, name, address)
  await shoot(page, 'mail-server', '/mail-server')
  await shoot(page, 'message-failed', await linkOn(page, '/messages?view=failed', /^\/messages\/[0-9a-f-]{36}/))
  await shoot(page, 'credential', await linkOn(page, '/credentials', /^\/credentials\/[0-9a-f-]{36}/))
  await page.goto('/mail-server?locale=en')
  const mailServer = new MailServerPage(page)
  await mailServer.test()
  await mailServer.accepted()
  await page.setViewportSize({ width: 1440, height: 900 })
  // README.md shows this one in the theme of its reader.
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await picture(page, `mail-server-accepted-${colorScheme}`)
  }
})

async function addRules(page: Page): Promise<void> {
  const policy = new PolicyPage(page)
  await policy.open()
  await policy.add({ name: 'Test systems', from: '*@test.contoso.example', decline: true })
  await policy.add({ name: 'Orders', from: 'orders@contoso.example' })
  await policy.save(1)
}

async function shoot(page: Page, name: string, address: string): Promise<void> {
  for (const { suffix, width, colorScheme, locale } of LOOKS) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.goto(`${address}${address.includes('?') ? '&' : '?'}locale=${locale}`)
    await expect(page.locator('h1')).toBeVisible()
    await picture(page, `${name}-${suffix}`)
  }
}

async function picture(page: Page, name: string): Promise<void> {
  // What is sticky, or below the pointer, would otherwise look as in the middle of something.
  await page.mouse.move(0, 0)
  await page.evaluate(() => window.scrollTo(0, 0))
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`), fullPage: true })
}

/** The first link of a page that leads to such an address. */
async function linkOn(page: Page, address: string, wanted: RegExp): Promise<string> {
  await page.goto(address)
  const links = await page.locator('main a').evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
  const [link] = links.filter((it) => wanted.test(it))
  if (!link) throw new Error(`${address} has no such link`)
  return link
}
