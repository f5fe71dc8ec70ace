import { ALERT_KINDS, THRESHOLDS } from '../lib/alerts/kinds'
import { Announcements } from './support/announcements'
import { saveExchange } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { looksRightInGerman, saysNothingTwice } from './support/looks'
import { emailOf } from './support/people'
import { questionsOf } from './support/questions'
import type { Tree } from './support/tree'

const main = 'main'
const PATH = '/credentials/alerts'

/** A message that has waited for an hour, and an alert of yesterday that is over. */
const alertsIn = (tree: Tree) =>
  tree.query(`INSERT INTO "Alert" ("id", "kind", "subject", "details", "openedAt", "heldAt", "closedAt") VALUES
    (gen_random_uuid(), 'queue-age', '', '{"minutes":61,"messages":3,"server":"Mail server"}', now(), now() + interval '1 day', NULL),
    (gen_random_uuid(), 'disk', '', '{"freeMib":512}', now() - interval '1 day', now(), now() - interval '20 hours')`)

const become = (role: string, tree: Tree) =>
  tree.query(`UPDATE "Operator" SET role = '${role}' WHERE email = '${emailOf('operator')}'`)

const stored = (tree: Tree) =>
  tree.query('SELECT to_json(a) AS alerts, to_json(r) AS retention FROM "AlertSettings" a, "Retention" r')

const COLLEAGUE = 'colleague@contoso.example'
const savedByColleague = (table: string, tree: Tree) =>
  tree.query(`UPDATE "${table}" SET version = version + 1, "updatedBy" = '${COLLEAGUE}', "updatedAt" = now()`)

/** The fields of the settings with a number. */
const NUMBERS: string[] = [...ALERT_KINDS.map((kind) => THRESHOLDS[kind].field), 'repeatHours']

/** Forms, their tables and their fields with a number. */
const FORMS = [
  [PATH, 'AlertSettings', NUMBERS],
  ['/messages/retention', 'Retention', ['messageDays', 'failedBodyDays']],
] as const

test('R-25 in a window an acknowledged alert gives the focus to the heading, and a refusal of the settings is in view', async ({
  page,
  sessionOf,
  signIn,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  await alertsIn(tree)
  await signIn('admin')
  await page.goto(PATH)
  await expect(page.locator('[data-answer]')).toHaveText('One alert is open.')
  await page.getByRole('button', { name: /^Acknowledge/ }).click()
  await expect(page.locator(main)).toContainText('acknowledged by')
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await expect(page.getByRole('button', { name: /^Acknowledge/ })).toHaveCount(0)

  await page.getByLabel('Minutes that a message may wait').fill('soon')
  await page.getByLabel('Hours without a message, at least').fill('48')
  await page.getByRole('checkbox', { name: 'A mail server is paused' }).uncheck()
  await page.getByRole('button', { name: 'Save' }).click()
  const refusal = page.locator('#answer-note')
  await expect(refusal).toContainText('Minutes that a message may wait')
  await expect(refusal).toBeInViewport()
  await expect(page.getByLabel('Minutes that a message may wait')).toHaveValue('soon')
  await expect(page.getByLabel('Hours without a message, at least')).toHaveValue('48')
  await expect(page.getByRole('checkbox', { name: 'A mail server is paused' })).not.toBeChecked()
  await page.getByLabel('Minutes that a message may wait').fill('45')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.locator(main)).toContainText('The settings are saved.')
  await looksRightInGerman(page, PATH, (where) => saysNothingTwice(page, where))
})

test('an alert that opens while the page is looked at is shown there, and announced once', async ({
  page,
  signIn,
  tree,
}) => {
  await signIn('viewer')
  const announcements = await Announcements.of(page)
  await page.clock.install()
  await page.goto(PATH)
  const answer = page.locator('[data-answer]')
  await expect(answer).toHaveText('Nobody is notified of alerts yet.')
  await alertsIn(tree)
  await expect(async () => {
    await page.clock.fastForward(15_000) // the page is read again
    await expect(answer).toHaveText('One alert is open.', { timeout: 1_000 })
  }).toPass()
  const said = /^One alert is open\. Messages wait too long\. Open since .*\sUTC\.$/
  await expect.poll(() => announcements.all()).toEqual([expect.stringMatching(said)])

  // The number of open alerts stays the same.
  await tree.query(`UPDATE "Alert" SET "closedAt" = now() WHERE "closedAt" IS NULL`)
  await tree.query(`INSERT INTO "Alert" (id, kind, subject, details, "openedAt", "heldAt")
    VALUES (gen_random_uuid(), 'disk', '', '{"freeMib":184}', now(), now() + interval '1 day')`)
  await expect(async () => {
    await page.clock.fastForward(15_000)
    await expect(page.getByText('Only 184 MiB are free')).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await expect.poll(() => announcements.all()).toHaveLength(2)
})

test('settings that a person may no longer save are refused, unsaved and with all that they typed', async ({
  page,
  signIn,
  tree,
}) => {
  await signIn('operator')
  const refusal = page.locator('#answer-note')
  try {
    for (const [path, table] of FORMS) {
      const before = await stored(tree)
      await become('admin', tree)
      await page.goto(path)
      const fields = page.locator('main form input[inputmode="numeric"]')
      const version = await page.locator('main input[name="version"]').inputValue()
      const typed = (await fields.all()).map((_, at) => (at === 0 ? '' : String(36 + at)))
      for (const [at, text] of typed.entries()) await fields.nth(at).fill(text)
      await become('operator', tree)
      await page.getByRole('button', { name: 'Save' }).click()
      await expect(refusal).toContainText('role')
      await expect(refusal).toBeInViewport()
      expect(new URL(page.url()).search).toBe('')
      expect(await fields.evaluateAll((all) => all.map((field) => (field as HTMLInputElement).value))).toEqual(typed)
      expect(await stored(tree)).toEqual(before)

      // As an administrator again, on the page with what was typed, after a colleague has saved.
      await become('admin', tree)
      await savedByColleague(table, tree)
      const theirs = await stored(tree)
      for (const field of await fields.all()) await field.fill('24')
      await page.getByRole('button', { name: 'Save' }).click()
      await expect(page.locator('#answer-note')).toContainText('while you were editing')
      await expect(page.locator('main input[name="version"]')).toHaveValue(String(Number(version) + 1))
      await expect(page.locator(main)).toContainText(`Last changed by ${COLLEAGUE}`)
      expect(await stored(tree)).toEqual(theirs)
    }
  } finally {
    await become('operator', tree)
  }
})

test('the page asks before numbers that are not saved are left, and no longer once they are', async ({
  page,
  signIn,
}) => {
  await signIn('admin')
  const questions = questionsOf(page)
  for (const [at, [path, , [name = '']]] of FORMS.entries()) {
    await page.goto(path)
    const field = page.locator(`main [name="${name}"]`)
    const overview = page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Overview' })
    await field.fill('47')
    await overview.click()
    await expect.poll(() => questions.length).toBe(at + 1)
    await expect(field).toHaveValue('47')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expect(page.locator(main)).toContainText(/(settings are saved|Saved)\./)
    await overview.click()
    await expect(page).toHaveURL('/overview')
  }
  expect(questions).toHaveLength(FORMS.length)
})

test('R-25 an open alert is on the page and on Overview until it is acknowledged, and settings are saved or kept', async ({
  sessionOf,
  tree,
}) => {
  await alertsIn(tree)
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/overview')
  expect(client.text).toContain('Messages have been waiting for 61 minutes')
  await client.open(PATH)
  expect(client.text).toContain('One alert is open.')
  await client.press('Acknowledge')
  expect(client.text).toContain('acknowledged by')
  expect(client.buttons).not.toContain('Acknowledge')
  await client.open('/overview')
  expect(client.text).not.toContain('Messages have been waiting for 61 minutes')

  await client.open(PATH)
  const kinds = client.valuesOf('kinds').filter((kind) => kind !== 'server-paused')
  await client.press('Save changes', { queueMinutes: 'twelve hours', silentHours: '48', kinds })
  expect(client.text).toContain('Minutes that a message may wait: enter')
  // The refusal is below the alerts.
  expect(client.hash).toBe('#settings')
  expect(client.html).toContain('id="settings"')
  expect([client.valueOf('queueMinutes'), client.valueOf('silentHours')]).toEqual(['twelve hours', '48'])
  expect(client.valuesOf('kinds')).toEqual(kinds)
  const all = (text: string) => Object.fromEntries(NUMBERS.map((field) => [field, text]))
  await client.press('Save changes', all(''))
  expect(client.text).toContain('Hours without a message, at least: enter a whole number from 1 to ')
  expect(client.html.match(/ aria-invalid="true"/g)).toHaveLength(NUMBERS.length)
  expect(NUMBERS.map((field) => client.valueOf(field)).join('')).toBe('')
  await client.press('Save changes', { ...all('24'), queueMinutes: '45' })
  expect(client.text).toContain('The settings are saved.')
  // Of what a colleague saves in between, the form names each value that it has otherwise, before it replaces them.
  await client.open(PATH)
  const colleague = client.another()
  await colleague.open(PATH)
  await colleague.press('Save changes', { queueMinutes: '50', kinds: kinds.filter((kind) => kind !== 'disk') })
  await client.press('Save changes', {})
  expect(client.text).toContain('Minutes that a message may waitYours45, watchedSaved50, watched')
  expect(client.text).toContain('Free space in GiBYours24, watchedSaved24, not watched')
  expect(client.text.match(/Saved/g)).toHaveLength(2)
  await client.press('Save changes', {})
  expect(client.text).toContain('The settings are saved.')
  await client.open(PATH)
  expect(client.valueOf('queueMinutes')).toBe('45')
  expect(client.valuesOf('kinds')).toEqual(kinds)
  const viewer = new FormClient(tree.baseUrl, await sessionOf('viewer'))
  await viewer.open(PATH)
  expect(viewer.text).toMatch(/Minutes that a message may wait: 45.*Not watched.*Nobody/s)
})

test('without scripts too, settings that a person may no longer save are refused, unsaved and with all that they typed', async ({
  sessionOf,
  tree,
}) => {
  const client = new FormClient(tree.baseUrl, await sessionOf('operator'))
  try {
    for (const [path, table, fields] of FORMS) {
      const before = await stored(tree)
      await become('admin', tree)
      await client.open(path)
      const version = client.valueOf('version')
      const typed = fields.map((_, at) => (at === 0 ? '' : String(36 + at)))
      await become('operator', tree)
      await client.press('Save changes', Object.fromEntries(fields.map((field, at) => [field, typed[at] ?? ''])))
      expect(client.text).toContain('role')
      expect(client.path).toBe(path)
      expect(fields.map((field) => client.valueOf(field))).toEqual(typed)
      expect(await stored(tree)).toEqual(before)

      // As an administrator again, on the page with what was typed, after a colleague has saved.
      await become('admin', tree)
      await savedByColleague(table, tree)
      const theirs = await stored(tree)
      await client.press('Save changes', Object.fromEntries(fields.map((field) => [field, '24'])))
      expect(client.text).toContain('while you were editing')
      expect(client.valueOf('version')).toBe(String(Number(version) + 1))
      expect(await stored(tree)).toEqual(theirs)
      await client.press('Save changes')
      expect(client.text).toMatch(/(settings are saved|Saved)\./)
      await client.open(path)
      expect(fields.map((field) => client.valueOf(field))).toEqual(fields.map(() => '24'))
    }
  } finally {
    await become('operator', tree)
  }
})
