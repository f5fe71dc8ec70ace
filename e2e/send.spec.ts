import { expect, test } from './support/fixtures'
import { looksRight } from './support/looks'
import { MailServerPage } from './support/mail-server-page'

for (const scripts of [true, false]) {
  test.describe(scripts ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled: scripts })

    test('an operator sees which sender a message gets, sends it, and keeps what was typed until it is right', async ({
      page,
      context,
      browser,
      signIn,
      simulator,
      tree,
    }) => {
      await signIn('admin')
      if (scripts) await new MailServerPage(page).setUpExchange(simulator.facts)
      else {
        const other = await browser.newContext({ baseURL: tree.baseUrl, locale: 'en-GB' })
        await other.addCookies(await context.cookies())
        await new MailServerPage(await other.newPage()).setUpExchange(simulator.facts)
        await other.close()
      }
      await page.goto('/messages')
      await page.getByRole('link', { name: 'Send a message' }).click()
      const form = page.getByRole('form', { name: 'Send a message' })
      const field = (name: string) => form.getByLabel(name, { exact: true })
      await field('Sender').fill('anna@contoso.example')
      await field('Recipients').fill('ben@fabrikam.example')
      await field('Text').fill('Good morning')
      await form.getByRole('button', { name: 'Send', exact: true }).click()
      await expect(field('Subject')).toHaveAttribute('aria-invalid', 'true')
      await expect(field('Text')).toHaveValue('Good morning')
      const note = form.getByRole('alert').filter({ hasText: 'Nothing was sent.' })
      await expect(note.getByRole('link', { name: 'Subject: missing' })).toBeVisible()
      if (scripts) await expect(note).toBeFocused()
      await field('Subject').fill('By hand')
      await form.getByRole('button', { name: 'See what would happen' }).click()
      await expect(page.getByRole('article', { name: 'ben@fabrikam.example' })).toContainText(simulator.facts.sender)
      if (scripts) await looksRight(page, 'send')
      await form.getByRole('button', { name: 'Send', exact: true }).click()
      await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}/)
      await expect(page.getByRole('heading', { level: 1 })).toContainText('By hand')
      const [row] = await tree.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM "Message" WHERE source = 'console' AND originator = 'anna@contoso.example'`,
      )
      expect(row?.count).toBe(1)
    })
  })
}
