import { saveExchange } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { looksRight } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import type { Tree } from './support/tree'

const sentByHand = (tree: Tree) =>
  tree.query(`SELECT subject FROM "Message" WHERE source = 'console' AND originator = 'anna@contoso.example'`)

test('an operator sees which sender a message gets, sends it, and keeps what was typed until it is right', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
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
  const note = form.getByRole('region', { name: 'Nothing was sent.' })
  await expect(note.getByRole('link', { name: 'Subject: missing' })).toBeVisible()
  await expect(note).toBeFocused()
  await field('Subject').fill('By hand')
  await form.getByRole('button', { name: 'See what would happen' }).click()
  await expect(page.getByRole('article', { name: 'ben@fabrikam.example' })).toContainText(simulator.facts.sender)
  await looksRight(page, 'send')
  await form.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(page).toHaveURL(/\/messages\/[0-9a-f-]{36}/)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('By hand')
  expect(await sentByHand(tree)).toEqual([{ subject: 'By hand' }])
})

test('without scripts too an operator sees which sender a message gets, sends it, and keeps what was typed until it is right', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  await saveExchange(tree, await sessionOf('admin'))
  const client = new FormClient(tree.baseUrl, await sessionOf('operator'))
  await client.open('/messages')
  await client.follow('Send a message')
  const typed = { from: 'anna@contoso.example', to: 'ben@fabrikam.example', text: 'Good morning' }
  await client.press('Send', typed)
  expect(client.invalid).toEqual(['subject'])
  expect(client.valueOf('text')).toBe('Good morning')
  for (const text of ['Nothing was sent.', 'Subject: missing']) expect(client.text).toContain(text)
  await client.press('See what would happen', { to: 'nobody' })
  expect(client.invalid).toEqual(['to'])
  expect(client.text, 'a heading has something below it').not.toContain('Result')
  await client.press('See what would happen', { to: typed.to, subject: 'By hand' })
  expect(client.article('ben@fabrikam.example')).toContain(simulator.facts.sender)
  await client.press('Send')
  expect(client.path).toMatch(/^\/messages\/[0-9a-f-]{36}/)
  expect(client.heading).toContain('By hand')
  expect(await sentByHand(tree)).toEqual([{ subject: 'By hand' }])
})
