import { expect, test } from './support/fixtures'
import { looksRightInBoth, saysNothingTwice } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { emailOf } from './support/people'
import type { Tree } from './support/tree'

const main = 'main'
const PATH = '/credentials/alerts'

/** A message that has waited for an hour, and an alert of yesterday that is over. */
const alertsIn = (tree: Tree) =>
  tree.query(`INSERT INTO "Alert" ("id", "kind", "subject", "details", "openedAt", "heldAt", "closedAt") VALUES
    (gen_random_uuid(), 'queue-age', '', '{"minutes":61,"messages":3,"server":"Mail server"}', now(), now() + interval '1 day', NULL),
    (gen_random_uuid(), 'disk', '', '{"freeMib":512}', now() - interval '1 day', now(), now() - interval '20 hours')`)

for (const scripts of [true, false]) {
  test.describe(scripts ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled: scripts })

    test('R-25 an open alert is on the page and on Overview until it is acknowledged, and settings are saved or kept', async ({
      page,
      signIn,
      simulator,
      tree,
    }) => {
      test.setTimeout(90_000)
      await alertsIn(tree)
      await signIn('admin')
      await new MailServerPage(page).setUpExchange(simulator.facts)
      await page.goto('/overview')
      await expect(page.locator(main)).toContainText('Messages have been waiting for 61 minutes')
      await page.goto(PATH)
      await expect(page.locator('[data-answer]')).toHaveText('One alert is open.')
      await page.getByRole('button', { name: /^Acknowledge/ }).click()
      await expect(page.locator(main)).toContainText('acknowledged by')
      if (scripts) await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
      await expect(page.getByRole('button', { name: /^Acknowledge/ })).toHaveCount(0)
      await page.goto('/overview')
      await expect(page.locator(main)).not.toContainText('Messages have been waiting for 61 minutes')

      await page.goto(PATH)
      await page.getByLabel('Minutes that a message may wait').fill('soon')
      await page.getByLabel('Hours without a message, at least').fill('48')
      await page.getByRole('checkbox', { name: 'A mail server is paused' }).uncheck()
      await page.getByRole('button', { name: 'Save' }).click()
      const refusal = page.locator(main).getByRole('alert')
      await expect(refusal).toContainText('Minutes that a message may wait')
      await expect(refusal).toBeInViewport()
      await expect(page.getByLabel('Minutes that a message may wait')).toHaveValue('soon')
      await expect(page.getByLabel('Hours without a message, at least')).toHaveValue('48')
      await expect(page.getByRole('checkbox', { name: 'A mail server is paused' })).not.toBeChecked()
      const numbers = page.locator('main form input[inputmode="numeric"]')
      for (const field of await numbers.all()) await field.fill('')
      await page.getByRole('button', { name: 'Save' }).click()
      await expect(page.getByLabel('Hours without a message, at least')).toHaveAccessibleDescription(
        /^Hours without a message, at least: enter a whole number from 1 to /,
      )
      await expect(page.locator('main form [aria-invalid="true"]')).toHaveCount(await numbers.count())
      expect(
        await numbers.evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value).join('')),
      ).toBe('')
      for (const field of await numbers.all()) await field.fill('24')
      await page.getByLabel('Minutes that a message may wait').fill('45')
      await page.getByRole('button', { name: 'Save' }).click()
      await expect(page.locator(main)).toContainText('The settings are saved.')
      await page.goto(PATH)
      await expect(page.getByLabel('Minutes that a message may wait')).toHaveValue('45')
      await expect(page.getByRole('checkbox', { name: 'A mail server is paused' })).not.toBeChecked()
      if (!scripts) return
      await signIn('viewer')
      await page.goto(PATH)
      const settings = page.getByRole('region', { name: 'What is watched' }).getByRole('definition')
      await expect(settings.nth(0)).toHaveText('Minutes that a message may wait: 45')
      await expect(settings.nth(2)).toHaveText('Not watched')
      await expect(settings.last()).toHaveText('Nobody')
      await signIn('admin')
      await looksRightInBoth(page, PATH, (where) => saysNothingTwice(page, where))
    })

    test('settings that a person may no longer save are refused, unsaved and with all that they typed', async ({
      page,
      signIn,
      tree,
    }) => {
      await signIn('operator')
      const become = (role: string) =>
        tree.query(`UPDATE "Operator" SET role = '${role}' WHERE email = '${emailOf('operator')}'`)
      const stored = () =>
        tree.query('SELECT to_json(a) AS alerts, to_json(r) AS retention FROM "AlertSettings" a, "Retention" r')
      const before = await stored()
      const refusal = page.locator(main).getByRole('alert')
      try {
        for (const [path, table] of [
          [PATH, 'AlertSettings'],
          ['/messages/retention', 'Retention'],
        ] as const) {
          await become('admin')
          await page.goto(path)
          const fields = page.locator('main form input[inputmode="numeric"]')
          const version = await page.locator('main input[name="version"]').inputValue()
          const typed = (await fields.all()).map((_, at) => (at === 0 ? '' : String(36 + at)))
          for (const [at, text] of typed.entries()) await fields.nth(at).fill(text)
          await become('operator')
          await page.getByRole('button', { name: 'Save' }).click()
          await expect(refusal).toContainText('role')
          await expect(refusal).toBeInViewport()
          expect(await fields.evaluateAll((all) => all.map((field) => (field as HTMLInputElement).value))).toEqual(
            typed,
          )
          expect(await stored()).toEqual(before)

          // As an administrator again, on the page with what was typed, after a colleague has saved.
          await become('admin')
          await tree.query(`UPDATE "${table}" SET version = version + 1`)
          for (const field of await fields.all()) await field.fill('24')
          await page.getByRole('button', { name: 'Save' }).click()
          await expect(page.locator(main).getByRole('alert')).toContainText('changed')
          await expect(page.locator('main input[name="version"]')).toHaveValue(String(Number(version) + 1))
          await tree.query(`UPDATE "${table}" SET version = version - 1`)
          expect(await stored()).toEqual(before)
        }
      } finally {
        await become('operator')
      }
    })
  })
}
