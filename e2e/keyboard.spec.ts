import type { Locator, Page } from '@playwright/test'
import { Announcements } from './support/announcements'
import { expect, test } from './support/fixtures'
import { Keyboard } from './support/keyboard'
import { MailServerPage } from './support/mail-server-page'
import { storeMessage } from './support/messages'

/** Tabs on to the control of this name, and returns what has the focus on the way with the bar at the foot of the window in front of it. */
async function coveredUntil(page: Page, name: string): Promise<string[]> {
  const covered: string[] = []
  for (let stops = 0; stops < 90; stops++) {
    await page.keyboard.press('Tab')
    const { text, isBelow } = await page.evaluate(() => {
      const [at, bar] = [document.activeElement, document.querySelector('.floating-bar:not([hidden])')]
      const [box, over] = [at, bar].map((element) => element?.getBoundingClientRect())
      const isApart = !box || !over || bar?.contains(at) || box.bottom <= over.top || box.top >= over.bottom
      return { text: `${at?.tagName} ${at?.id} ${at?.textContent}`.trim(), isBelow: !isApart }
    })
    if (text.endsWith(name)) return covered
    if (isBelow) covered.push(text)
  }
  throw new Error(`${name} is not reached by Tab`)
}

test('a bar with unsaved changes covers nothing that Tab reaches, and after Discard the button that saves has the focus', async ({
  page,
  signIn,
  simulator,
}) => {
  await page.setViewportSize({ width: 390, height: 700 })
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const keys = new Keyboard(page)
  for (const [path, opens, field] of [
    ['/mail-server', null, 'Sender name'],
    ['/policy', 'Add a rule', 'Name'],
  ] as const) {
    await page.goto(path, { waitUntil: 'networkidle' })
    if (opens === null) await keys.type(field, 'By keys')
    else {
      await keys.reach(opens)
      await keys.press('Enter')
      await expect(page.getByLabel(field, { exact: true })).toBeFocused()
      await page.keyboard.type('By keys')
    }
    expect(await coveredUntil(page, 'Discard')).toEqual([])
    await keys.press('Enter')
    await expect(page.getByRole('button', { name: 'Save changes' })).toBeFocused()
    await expect(page.getByText('By keys')).toHaveCount(0)
  }
})

test('the bar of the chosen rows covers nothing that Tab reaches, two keys lead to it from a row, and the ring of a filter is not cut off', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await page.setViewportSize({ width: 390, height: 700 })
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  for (let row = 1; row <= 8; row++) await storeMessage(tree, { subject: `Row ${row}`, state: 'held' })
  await page.goto('/messages', { waitUntil: 'networkidle' })
  const keys = new Keyboard(page)
  const segment = page.getByRole('navigation', { name: 'Messages by state' }).getByRole('link').first()
  while (!(await segment.evaluate((link) => link === document.activeElement))) await keys.press('Tab')
  const { outlineWidth, outlineOffset } = await segment.evaluate((link) => ({ ...getComputedStyle(link) }))
  expect(outlineWidth).toBe('2px')
  expect(outlineOffset).toBe('-2px')
  while (!(await page.evaluate(() => document.activeElement?.matches('tbody input')))) await keys.press('Tab')
  await keys.press('Space')
  const bar = page.getByRole('group', { name: 'Actions for the chosen messages' })
  await expect(bar).toBeVisible()
  expect(await coveredUntil(page, 'Cancel messages')).toEqual([])
  await page.locator('tbody input').first().focus()
  await keys.press('Tab')
  await keys.press('Enter')
  await expect(bar.getByRole('button').first()).toBeFocused()
})

test('each step of a replacement leaves the focus on the page, although its button is gone', async ({
  page,
  signIn,
  simulator,
}) => {
  const secret = 'zz8Q~a-new-secret-for-the-keyboard-0001'
  await simulator.change('add-secret', { value: secret })
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await page.goto('/credentials', { waitUntil: 'networkidle' })
  const keys = new Keyboard(page)
  await keys.reach('Exchange Online')
  await keys.press('Enter')
  await expect(page.getByRole('link', { name: 'Replace it now' })).toBeVisible()
  await keys.reach('Replace it now')
  await keys.press('Enter')
  const way = page.locator('summary', { hasText: 'Enter a client secret' })
  await expect(way).toBeVisible()
  while (!(await way.evaluate((summary) => summary === document.activeElement))) await keys.press('Tab')
  await keys.press('Enter')
  await keys.type('New client secret', secret)
  const heading = page.getByRole('heading', { level: 1 })
  for (const button of ['Add as next', 'Test it', 'Make it current']) {
    await keys.reach(button)
    await keys.press('Enter')
    await expect(page.getByRole('button', { name: button }).filter({ visible: true })).toHaveCount(0)
    await expect(heading).toBeFocused()
  }
})

test('where the page takes away what has the focus, its heading gets it, also when the same is done a second time', async ({
  page,
  signIn,
  tree,
}) => {
  await tree.query(`INSERT INTO "Alert" (id, kind, subject, details, "openedAt", "heldAt")
      SELECT gen_random_uuid(), kind, '', details::jsonb, now() - interval '3 hours', now()
      FROM (VALUES ('disk', '{"freeMib":184}'), ('failures', '{"count":84,"minutes":5}')) AS v(kind, details)`)
  await signIn('admin')
  const heading = page.getByRole('heading', { level: 1 })
  const press = async (button: Locator) => {
    await button.press('Enter')
    await expect(heading).toBeFocused()
  }
  await page.goto('/credentials/alerts')
  const acknowledge = page.getByRole('button', { name: /^Acknowledge: / })
  for (const left of [1, 0]) {
    await press(acknowledge.first())
    await expect(acknowledge).toHaveCount(left)
    // Something is done on the page in between, as by a person who reads on.
    await page.getByRole('link', { name: 'Alerts', exact: true }).focus()
  }
  await page.goto('/account')
  await press(page.getByRole('button', { name: 'Save language' }))
  await expect(page.getByText('Language saved.')).toBeVisible()
})

test('a filter, a search and another page of a list lead to the number of results, and a link that filters says it', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  for (let row = 1; row <= 27; row++)
    await storeMessage(tree, { subject: `Row ${row}`, state: row === 1 ? 'held' : 'delivered' })
  const announcements = await Announcements.of(page)
  const results = page.locator('#results')
  const leadsTo = async (count: string) => {
    await expect(results).toBeFocused()
    await expect(results).toHaveText(`Results: ${count}`)
    await expect(results).toBeInViewport()
    expect((await results.boundingBox())?.width, 'it is seen').toBeGreaterThan(20)
  }
  const keys = new Keyboard(page)
  for (const path of ['/messages', '/activity', '/clients/devices']) {
    await page.goto(path)
    await page.getByRole('searchbox').fill('no such row anywhere')
    await page.keyboard.press('Enter')
    await leadsTo('0')
  }
  await page.goto('/messages')
  await page.getByRole('button', { name: 'Time' }).press('Enter')
  await page.getByRole('combobox', { name: 'Time' }).selectOption('Last 7 days')
  await keys.reach('Apply')
  await page.keyboard.press('Enter')
  await leadsTo('27')
  await page.getByRole('link', { name: 'Older' }).press('Enter')
  await expect(page.getByRole('link', { name: 'Newest' })).toBeVisible()
  await leadsTo('27')
  const held = page.getByRole('navigation', { name: 'Messages by state' }).getByRole('link', { name: 'Held' })
  await announcements.after(() => held.press('Enter'), 'Results: 1')
  await expect(held).toBeFocused()
  expect((await announcements.all()).filter((text) => text.startsWith('Results'))).toEqual(['Results: 1'])
})

test('another page of a list without filters leads to the number of its rows', async ({ page, signIn, tree }) => {
  await tree.query(`INSERT INTO "PolicyRevision" (number, rules, "savedBy", "savedAt")
      SELECT n, '{"rules":[],"otherwise":"allow"}', 'admin@contoso.example', now() FROM generate_series(1, 30) n`)
  await signIn('admin')
  await page.goto('/policy/revisions')
  await page.getByRole('link', { name: 'Older' }).press('Enter')
  await expect(page.getByRole('link', { name: 'Newer' })).toBeVisible()
  await expect(page.locator('#results')).toBeFocused()
  await expect(page.locator('#results')).toHaveText('Results: 30')
})

test('the values of the set-up guide lead to the name of the step, and wrong ones to what is wrong with them', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await page.goto('/set-up?step=mailboxPermission')
  const keys = new Keyboard(page)
  const values = page.locator('summary', { hasText: 'Values used in this guide' })
  await values.press('Enter')
  await keys.type('Sender email address', 'finance@contoso.example')
  await page.keyboard.press('Enter')
  await expect(page.locator('#step')).toBeFocused()
  await values.press('Enter')
  await keys.type('Directory (tenant) ID', 'contoso')
  await page.keyboard.press('Enter')
  const note = page.getByRole('region', { name: 'Some values are not used.' })
  await expect(note).toBeFocused()
  await expect(note.getByRole('link', { name: /^Directory \(tenant\) ID: / })).toHaveAttribute('href', '#tenant')
})
