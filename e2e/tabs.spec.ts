import { callWithin } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { MailServerPage } from './support/mail-server-page'
import { enter } from './support/people'
import type { Tree } from './support/tree'

/** What was refused, the oldest first. */
const denialsIn = async (tree: Tree): Promise<unknown[]> =>
  (
    await tree.query<{ what: string }>(
      `SELECT details->>'what' AS what FROM "AuditEvent" WHERE action = 'access.denied' ORDER BY sequence`,
    )
  ).map(({ what }) => what)

test('a form that was shown to another account does nothing, keeps what was typed, and can be sent by the account that is signed in', async ({
  sessionOf,
  tree,
}) => {
  const opened = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await opened.open('/messages/send')
  const client = opened.copy(await sessionOf('operator'))
  const typed = { to: 'anna@fabrikam.example', subject: 'From whom?', text: 'Hello' }
  await client.press('See what would happen', typed)
  expect(client.text).toContain('another account has signed in in this browser')
  expect(client.valueOf('subject')).toBe('From whom?')
  expect((await denialsIn(tree)).at(-1)).toBe('messages.send')
  await client.press('See what would happen')
  expect(client.text).not.toContain('another account has signed in')
})

test('a form in a window is sent neither by its buttons nor as a test while another account is signed in, and then again by its own', async ({
  context,
  expectConsole,
  page,
  signIn,
  tree,
}) => {
  expectConsole(/403 \(Forbidden\)/)
  await signIn('admin')
  const form = new MailServerPage(page)
  await form.open()
  await form.fillExchange(tree.simulator.facts)
  await form.field('Sender name').fill('Contoso post room')
  await context.clearCookies()
  await signIn('operator')
  const refused = { hasText: 'another account has signed in in this browser' }
  await form.save()
  await expect(page.locator(':focus').filter(refused)).toHaveRole('region')
  await page.getByRole('button', { name: 'Send test message' }).click()
  await expect(page.getByRole('alert').filter(refused)).toHaveCount(1)
  await expect(form.field('Sender name')).toHaveValue('Contoso post room')
  expect((await denialsIn(tree)).slice(-2)).toEqual(['mail-server.save', 'mail-server:test'])
  expect(await tree.query('SELECT id FROM "TestRun"')).toEqual([])
  await context.clearCookies()
  await signIn('admin')
  await form.save()
  await form.saved(1)
})

test('Back shows no page of an account that was signed out in another tab', async ({
  context,
  page,
  sessionOf,
  tree,
}) => {
  await sessionOf('admin')
  await enter('admin', tree, context)
  await page.goto('/overview')
  await page.getByRole('link', { name: 'Messages', exact: true }).first().click()
  await expect(page).toHaveURL('/messages')
  await callWithin(context.request, tree.baseUrl, '#signOutAction', {})
  const loaded = page.waitForEvent('load')
  await page.getByRole('link', { name: 'Overview', exact: true }).first().click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await loaded
  await page.goBack()
  await expect(page.getByLabel('Password')).toBeVisible()
  await expect(page.getByRole('navigation', { name: 'Console' })).toHaveCount(0)
})
