import type { Page } from '@playwright/test'
import { RECIPIENT, saveExchange } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { looksRight } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { PolicyPage } from './support/policy-page'
import { addSenders, SendersPage, verifySender } from './support/senders-page'

const PERSON = 'info@contoso.example'
const ROLE = 'it-support@contoso.example'

test('a sender is added, refused, granted its permission, verified, changed and removed', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  const senders = new SendersPage(page)
  await senders.open()
  await expect(page.getByText('No mail server is set up yet')).toBeVisible()
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await senders.open()
  await expect(senders.row(simulator.facts.sender)).toContainText('Unverified')
  await expect(page.getByText('No individual senders yet')).toBeVisible()
  await looksRight(page, 'senders-empty')

  await senders.openAdd()
  await looksRight(page, 'senders-add')
  await page.getByLabel('Addresses').fill(`${PERSON}\nnobody\nno one`)
  await expect(page.getByLabel('Addresses')).toHaveAccessibleDescription(
    /line 2, “nobody”: .*\.example\. line 3, “no one”/,
  )
  await page.getByRole('button', { name: 'Add senders' }).click()
  await expect(page.getByLabel('Addresses')).toBeFocused()
  await expect(page.getByText('Line 2, “nobody”')).toBeVisible()
  await senders.open()
  await senders.add(`${PERSON}\n${ROLE}`)
  await expect(page.getByText('Two senders have been added.')).toBeVisible()

  await senders.openSender(PERSON)
  await expect(senders.answer('Unverified')).toBeVisible()
  const permission = page.getByRole('region', { name: 'Permission in Exchange' })
  await expect(permission).toContainText(`Add-RecipientPermission -Identity '${PERSON}' \``)
  await senders.verify()
  await expect(page.getByRole('article', { name: /Not allowed to send as/ })).toBeVisible()
  await expect(permission).toBeHidden() // the remedy has its commands
  await expect(senders.answer('Rejected')).toBeVisible()
  await expect(page.getByRole('region', { name: 'About this sender' })).toContainText('send-as-denied')
  await looksRight(page, 'sender-refused')

  await simulator.change('grant-send-as', { mailbox: PERSON })
  await senders.verify()
  await new MailServerPage(page).accepted()
  await expect(senders.answer('Verified')).toBeVisible()
  expect((await simulator.mails()).map(({ from }) => from)).toEqual([PERSON])
  await looksRight(page, 'sender-proven')

  await page.getByLabel('Sign in as that mailbox').check()
  await page.getByRole('button', { name: 'Change sign-in' }).click()
  await expect(page.getByText('The sign-in has been changed.')).toBeVisible()
  await expect(senders.answer('Outdated')).toBeVisible()
  await expect(permission).toContainText(`Add-MailboxPermission -Identity '${PERSON}'`)

  await senders.open()
  await expect(senders.row(PERSON)).toContainText('Outdated')
  await looksRight(page, 'senders')
  await page.getByRole('searchbox', { name: 'Part of the address' }).fill('support')
  await page.keyboard.press('Enter')
  await expect(senders.row(ROLE)).toBeVisible()
  await expect(senders.row(PERSON)).toHaveCount(0)
  await expect(page.getByRole('link', { name: /^All/ })).toHaveText('All1')
  await page.getByRole('link', { name: /^Verified/ }).click()
  await expect(page.getByText('No senders match these filters.')).toBeVisible()

  await senders.open()
  await senders.openSender(ROLE)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('group', { name: 'More actions' }).getByText('Remove this sender').click()
  await looksRight(page, 'sender-remove', 'dialog:popover-open')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove this sender' }).click()
  await expect(page.getByText('The sender has been removed.')).toBeVisible()
  await expect(senders.row(ROLE)).toHaveCount(0)
  await verifiesItsOwn(page, simulator.facts.sender)
})

/** The address of the mail server, by a test of it. */
async function verifiesItsOwn(page: Page, own: string): Promise<void> {
  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.test()
  await mailServer.accepted()
  const senders = new SendersPage(page)
  await senders.open()
  await expect(senders.row(own)).toContainText(/Verified.*by a test/)
  await looksRight(page, 'senders-own-proven')
}

test("the row of the server's own sender leads to the newest test, not to the one that verified it", async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/mail-server')
  await client.press('Send test message', { testTo: RECIPIENT })
  expect(client.text).toContain('Accepted by the server')
  await simulator.change('remove-mailbox-permission')
  await client.press('Send test message')
  expect(client.text).toContain('mailbox-permission-missing')
  await client.open('/senders')
  expect(client.rows.find((row) => row.includes(simulator.facts.sender))).toMatch(/Failing.*by a test/)
  await client.follow('by a test')
  expect(client.path).toMatch(/^\/mail-server\/tests\//)
  expect(client.text).toContain('mailbox-permission-missing')
})

test('a role may do what its row says: a viewer reads, an operator verifies, an administrator changes', async ({
  page,
  sessionOf,
  signIn,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await addSenders(tree, admin, PERSON)
  for (const role of ['admin', 'operator', 'viewer'] as const) {
    const client = new FormClient(tree.baseUrl, await sessionOf(role))
    const isAdmin = role === 'admin'
    await client.open('/senders')
    expect(client.text.includes('Add senders')).toBe(isAdmin)
    await client.follow(PERSON)
    expect(client.text.includes('Only administrators can change this.')).toBe(role === 'operator')
    expect(client.buttons.includes('Change sign-in')).toBe(isAdmin)
    expect(client.html.includes('aria-label="More actions"')).toBe(isAdmin)
    expect(client.buttons.includes('Verify now')).toBe(role !== 'viewer')
  }
  await signIn('viewer')
  await page.goto(`/senders/${PERSON}`)
  await expect(page.getByText('administrators can')).toHaveCount(1)
  await expect(page.getByRole('button', { name: /Change sign-in|More actions|Verify now/ })).toHaveCount(0)
  await looksRight(page, 'sender-viewer')
})

const BOX = 'Allow use of individual sender addresses'

test('the switch is off and says why until a sender is verified, and then only verified addresses are used', async ({
  page,
  sessionOf,
  signIn,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await signIn('admin')
  const [mailServer, policy] = [new MailServerPage(page), new PolicyPage(page)]
  await mailServer.open()
  await expect(mailServer.field(BOX)).toBeDisabled()
  await expect(page.getByRole('main').getByRole('link', { name: 'View the senders' })).toHaveAttribute(
    'href',
    '/senders',
  )
  await policy.open()
  await policy.add({ name: 'People' })
  await expect(policy.rule(1).getByLabel(BOX)).toBeDisabled()
  await expect(policy.rule(1).getByLabel(BOX)).toHaveAccessibleDescription(/^Not available: no other address/)
  await looksRight(page, 'policy-box-off')
  await verifySender(tree, admin, PERSON)
  page.once('dialog', (dialog) => dialog.accept())
  await mailServer.open()
  await mailServer.field(BOX).check()
  await mailServer.save()
  await mailServer.saved(2)
  await looksRight(page, 'mail-server-box-on')
  await policy.open()
  await policy.add({ name: 'People', from: 'fabrikam.example' })
  await expect(policy.rule(1).getByLabel(BOX)).toBeDisabled()
  await policy.senders(1).fill('contoso.example')
  await policy.rule(1).getByLabel(BOX).check()
  await policy.save(1)
  await policy.try(PERSON, 'a@fabrikam.example')
  const leaves = policy.tried('a@fabrikam.example')
  await expect(leaves).toContainText(`Would be sent as ${PERSON}`)
  await expect(leaves).toContainText('verified by a test')
  await policy.try(ROLE, 'a@fabrikam.example')
  await expect(leaves.locator('dl')).toContainText(`Reply-To${ROLE}`)
  await leaves.getByRole('link', { name: 'Open the sender' }).click()
  await expect(page.getByText('This address is not a sender here.')).toBeVisible()
  await looksRight(page, 'sender-unknown')
})

test('each of several mail servers has its own list of senders, and a server without verification says so', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  const branch = '00000000-0000-4000-8000-00000000000b'
  await tree.query(`INSERT INTO "MailServer" ("id", "name", "isDefault", "version", "settings", "updatedAt")
    SELECT '${branch}', 'Branch office', false, 1, "settings", now() FROM "MailServer"`)
  const senders = new SendersPage(page)
  await senders.open()
  await page.getByRole('link', { name: 'Branch office' }).click()
  await expect(page).toHaveURL(`/senders?server=${branch}`)
  await senders.add(PERSON)
  await senders.openSender(PERSON)
  await page.getByLabel('Sign in as that mailbox').check()
  await page.getByRole('button', { name: 'Change sign-in' }).click()
  await expect(page.getByText('The sign-in has been changed.')).toBeVisible()
  expect(new URL(page.url()).searchParams.get('server')).toBe(branch)
  await looksRight(page, 'sender-of-several')
  await page.goto('/activity')
  await page
    .getByRole('link', { name: `Sender ${PERSON}` })
    .first()
    .click()
  await expect(senders.answer('Unverified')).toBeVisible()
  expect(new URL(page.url()).searchParams.get('server')).toBe(branch)
  await senders.open()
  await expect(senders.row(PERSON)).toHaveCount(0)

  await tree.query(`UPDATE "MailServer" SET "settings" = '{"type":"smtp","senderAddress":"relay@contoso.example",
    "senderName":"","host":"mail.contoso.example","port":587,"security":"starttls","username":null,
    "allowIndividualSenders":true}' WHERE "id" = '${branch}'`)
  await page.getByRole('link', { name: 'Branch office' }).click()
  await expect(page.getByText('Branch office decides on its own which senders it accepts.')).toBeVisible()
  await looksRight(page, 'senders-smtp')
})

test('auf Deutsch: die Liste und ein Absender', async ({ page, sessionOf, signIn, simulator, tree }) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await addSenders(tree, admin, PERSON)
  await signIn('admin')
  await simulator.change('grant-send-as', { mailbox: PERSON })
  await page.goto(`/senders/${PERSON}?locale=de`)
  await page.getByRole('button', { name: 'Jetzt bestätigen' }).click()
  await expect(page.getByText('Bestätigt: Exchange hat eine Testnachricht angenommen.')).toBeVisible({
    timeout: 30_000,
  })
  await looksRight(page, 'sender-german')
  await page.goto('/senders')
  await expect(page.getByRole('heading', { name: 'Absender', level: 1 })).toBeVisible()
  await expect(page.getByRole('row', { name: new RegExp(PERSON) })).toContainText('durch einen Test')
  await looksRight(page, 'senders-german')
})

test('without scripts too a sender is added, verified by its report, and its permission is changed', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/senders')
  await client.follow('Add senders')
  await client.press('Add senders', { addresses: 'nobody' })
  expect(client.text).toContain('line 1, “nobody”')
  await client.press('Add senders', { addresses: PERSON })
  expect(client.text).toContain('has been added.')
  await simulator.change('grant-send-as', { mailbox: PERSON })
  await client.follow(PERSON)
  await client.press('Verify now', { testTo: 'nobody' })
  expect(client.invalid).toEqual(['testTo'])
  await client.press('Verify now', { testTo: RECIPIENT })
  for (const text of ['Accepted by the server', 'Verified: Exchange accepted']) expect(client.text).toContain(text)
  await client.press('Change sign-in', { way: 'login' })
  expect(client.text).toContain('The last result is outdated.')
})

test('without scripts the box that may not be ticked yet is refused with its reason', async ({ sessionOf, tree }) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/mail-server')
  await client.press('Save changes', { allowIndividualSenders: 'on' })
  expect(client.text).toContain('Verify one on the Senders page first.')
  expect(client.invalid).toEqual(['allowIndividualSenders'])
  expect(await tree.query('SELECT version FROM "MailServer"')).toEqual([{ version: 1 }])
})
