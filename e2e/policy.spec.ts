import type { Locator, Page } from '@playwright/test'
import { stepText } from '../lib/policy/draft'
import { saveExchange } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { holdRequests } from './support/hold-requests'
import { looksRightInGerman } from './support/looks'
import { MailServerPage } from './support/mail-server-page'
import { PolicyPage } from './support/policy-page'
import { verifySender } from './support/senders-page'

async function setUp(page: Page, facts: Parameters<MailServerPage['setUpExchange']>[0]): Promise<PolicyPage> {
  await new MailServerPage(page).setUpExchange(facts)
  const policy = new PolicyPage(page)
  await policy.open()
  return policy
}

test('rules are made, take effect together on save, and a revision can be gone back to', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  const policy = await setUp(page, simulator.facts)
  await expect(page.locator('[data-answer]')).toHaveText('No rules yet.')

  await policy.add({ name: 'Partners', to: '*.fabrikam.example' })
  await policy.add({ name: 'Keep in', from: 'contoso.example\n/test-.*@.*/', decline: true })
  await expect(policy.rule(2).getByLabel('Sender email address')).toBeHidden()
  await expect(page.getByText('Unsaved changes.')).toBeVisible()
  expect(await tree.query('SELECT number FROM "PolicyRevision"')).toEqual([])
  await policy.save(1)
  await expect(policy.changed()).toBeHidden()
  await expect(page.getByText('Saved as revision 1.')).toBeVisible()

  await policy.act(2, 'Duplicate')
  await policy.rule(3).getByLabel('Name', { exact: true }).fill('Keep in, too')
  await policy.unfold(1)
  await policy.rule(1).getByLabel('Use this rule').uncheck()
  await policy.save(2)
  await policy.hasOrder(['Partners', 'Keep in', 'Keep in, too'])
  await expect(policy.rule(1).getByText('Off', { exact: true })).toBeVisible()

  await page.getByRole('link', { name: 'Revisions' }).click()
  await page.getByText('2 changes').first().click()
  await expect(page.getByRole('row').nth(1)).toContainText('Rule 1, On or offBeforeonAfteroffKeep in, too is added')
  await page.getByRole('button', { name: 'Restore revision 1' }).click()
  await expect(page.getByRole('status')).toHaveText(['Restored: the rules are saved as revision 3.'])
  await policy.open()
  await policy.hasOrder(['Partners', 'Keep in'])
})

test('without rules the page says which address all mail is sent as, or that it is declined', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/policy')
  expect(client.text).toContain(`All mail is sent as ${simulator.facts.sender}.`)
  await client.press('Save changes', { otherwise: 'decline' })
  await client.open('/policy')
  expect(client.text).toContain('Every message is declined.')
})

test('each invalid field shows its error with the line, and nothing is saved', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  const policy = await setUp(page, simulator.facts)
  await policy.add({ name: 'Broken', from: 'contoso.example\n/(a/', sender: 'nobody' })
  const live = page.locator('[aria-live]').filter({ hasText: 'Rule 1, On behalf of: line 2, “/(a/”' })
  await expect(live, 'a wrong pattern is reported while it is typed, and what is missing is not').toHaveCount(1)
  await policy.press('Save changes')
  const alert = page.getByRole('region', { name: 'Nothing was saved' })
  await expect(alert).toBeFocused()
  await expect(alert).toContainText('Rule 1, On behalf of: line 2, “/(a/”: not a valid RE2 regular expression')
  await expect(policy.rule(1).getByLabel('On behalf of', { exact: true })).toHaveAttribute('aria-invalid', 'true')
  await alert.getByRole('link', { name: /line 2/ }).click()
  await expect(policy.rule(1).getByLabel('On behalf of', { exact: true })).toBeFocused()
  expect(await tree.query('SELECT number FROM "PolicyRevision"')).toEqual([])
})

test('rules are put in order by keyboard and by buttons', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  const policy = await setUp(page, simulator.facts)
  for (const name of ['One', 'Two', 'Three']) await policy.add({ name, to: `${name.toLowerCase()}.example` })

  const grip = page.getByRole('button', { name: /^Move Three: drag/ })
  await grip.focus()
  await page.keyboard.press('ArrowUp')
  await expect(grip).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(grip).toBeFocused()
  await expect(page.getByText('Three is now rule 1 of 3.')).toBeVisible()
  await policy.hasOrder(['Three', 'One', 'Two'])

  await policy.act(1, 'Move down')
  await expect(policy.menu(2)).toBeFocused()
  await policy.hasOrder(['One', 'Three', 'Two'])

  await policy.act(3, 'Move up')
  await policy.act(2, 'Move up')
  await policy.hasOrder(['Two', 'One', 'Three'])
  await policy.save(1)
  await policy.open()
  await policy.hasOrder(['Two', 'One', 'Three'])
})

test('rules are put in order by dragging', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  const policy = await setUp(page, simulator.facts)
  for (const name of ['One', 'Three', 'Two']) await policy.add({ name, to: `${name.toLowerCase()}.example` })
  await policy.save(1)
  await policy.open()
  const centre = async (locator: Locator) => {
    const box = await locator.boundingBox()
    if (!box) throw new Error('Not to be seen')
    return { x: box.x + box.width / 2, y: box.y + box.height / 2, top: box.y }
  }
  // All rules are folded and in view: a page that scrolls under a pressed button begins no drag.
  const grip = await centre(page.getByRole('button', { name: /^Move Two: drag/ }))
  const first = await centre(policy.rule(1))
  await page.mouse.move(grip.x, grip.y)
  await page.mouse.down()
  await page.mouse.move(grip.x + 4, grip.y - 8, { steps: 4 })
  await page.mouse.move(first.x, first.top + 4, { steps: 12 })
  await page.mouse.up()
  await policy.hasOrder(['Two', 'One', 'Three'])
  await expect(page.getByText('Two is now rule 1 of 3.')).toBeVisible()
  await policy.save(2)
  await policy.open()
  await policy.hasOrder(['Two', 'One', 'Three'])
})

test('the sender simulator shows the matching rule, why the others do not match, and the sender', async ({
  page,
  sessionOf,
  signIn,
  simulator,
  tree,
}) => {
  const { sender } = simulator.facts
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  await verifySender(tree, admin, 'info@contoso.example')
  await signIn('admin')
  const policy = new PolicyPage(page)
  await policy.open()
  await policy.add({ name: 'Suppliers', from: 'litware.example' })
  await policy.add({ name: 'Partners', to: 'fabrikam.example', individual: true })
  await page.getByRole('group', { name: 'When no rule matches' }).getByLabel('Decline').check()
  await policy.try('person@contoso.example', 'a@fabrikam.example\nb@adatum.example')

  const leaves = policy.tried('a@fabrikam.example')
  await expect(leaves.getByRole('heading')).toHaveText(`Would be sent as ${sender}`)
  await expect(leaves).toContainText('2 Partners')
  await expect(leaves).toContainText('it is not a verified sender')
  await expect(leaves.getByRole('link', { name: 'Open the sender' })).toHaveAttribute(
    'href',
    '/senders/person%40contoso.example',
  )
  await expect(leaves.locator('dl')).toContainText('Reply-Toperson@contoso.example')
  await expect(leaves.locator('dl')).toContainText(`Signs in as${sender}`)
  await expect(leaves.locator('dl')).toContainText('Not tested yet')
  await leaves.getByText('Rules that do not match (1)').click()
  await expect(leaves).toContainText('1 Suppliers: “On behalf of” does not match')

  const declined = policy.tried('b@adatum.example')
  await expect(declined.getByRole('heading')).toHaveText('Would be declined')
  await expect(declined).toContainText('No rule matches.')

  // The result follows the rules while they are edited.
  await policy.recipients(2).fill('adatum.example')
  await expect(declined).toContainText('Would be sent as')
  await expect(leaves).toContainText('Would be declined')

  const mailServer = new MailServerPage(page)
  page.once('dialog', (dialog) => dialog.accept())
  await mailServer.open()
  await mailServer.test()
  await mailServer.accepted()
  await policy.open()
  await policy.try('', 'a@fabrikam.example')
  await expect(policy.tried('a@fabrikam.example')).toContainText('verified by a test')
})

test('an operator tries the saved rules and changes none; a viewer reads them', async ({ sessionOf, tree }) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const adding = new FormClient(tree.baseUrl, admin)
  await adding.open('/policy')
  await adding.press('Add a rule')
  const [, id = ''] = / name="name\.([\w-]+)"/.exec(adding.html) ?? []
  const rule = { name: 'Partners', recipients: 'fabrikam.example', verdict: 'decline' }
  await adding.press(
    'Save changes',
    Object.fromEntries(Object.entries(rule).map(([name, text]) => [`${name}.${id}`, text])),
  )
  expect(adding.text).toContain('Saved as revision 1.')

  const operator = new FormClient(tree.baseUrl, await sessionOf('operator'))
  await operator.open('/policy')
  expect(operator.text).toContain('Partners')
  expect(operator.buttons).not.toContain('Save changes')
  await operator.press('Try it', { originator: 'person@contoso.example', recipients: 'a@fabrikam.example' })
  expect(operator.article('a@fabrikam.example')).toContain('Would be declined')

  const viewer = new FormClient(tree.baseUrl, await sessionOf('viewer'))
  await viewer.open('/policy')
  expect(viewer.text).toContain('Partners')
  expect(viewer.buttons).not.toContain('Try it')
})

test('possible mistakes are shown while typing, and fixed after a preview of the difference', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  const policy = await setUp(page, simulator.facts)
  await policy.add({ name: 'Newsletter', sender: 'news@contoso.example' })
  await expect(page.getByText('sends as an unverified sender')).toBeVisible()
  await expect(page.getByRole('link', { name: 'Verify news@contoso.example' })).toHaveAttribute(
    'href',
    '/senders/news%40contoso.example',
  )
  await expect(page.getByText('Rule 1, Sender email address')).toBeVisible()
  // They stay in place while a pattern is half typed.
  const to = policy.rule(1).getByLabel('To', { exact: true })
  await to.fill('fabrikam')
  await expect(to).toHaveAccessibleDescription(/A domain has at least two parts/)
  await expect(page.getByText('sends as an unverified sender')).toBeVisible()
  await to.fill('')
  await policy.press(`Send as ${simulator.facts.sender}`)
  await expect(page.getByText('sends as an unverified sender')).toBeHidden()
  await expect(policy.rule(1).locator('summary').first()).toBeFocused()
  await expect(policy.rule(1).getByLabel('Sender email address')).toHaveValue('')
  await policy.save(1)
})

test('R-12 the second of two tabs is refused, shown both values, and may take the first one’s', async ({
  page,
  browser,
  signIn,
  sessionOf,
  simulator,
  tree,
}) => {
  await signIn('admin')
  const mine = await setUp(page, simulator.facts)
  await mine.add({ name: 'Partners', to: 'fabrikam.example' })
  await mine.save(1)

  const context = await browser.newContext({ baseURL: tree.baseUrl, locale: 'en-GB' })
  await context.addCookies(await sessionOf('admin'))
  const theirs = new PolicyPage(await context.newPage())
  await theirs.open()
  await theirs.unfold(1)
  await theirs.rule(1).getByLabel('To', { exact: true }).fill('litware.example')
  await theirs.save(2)
  await context.close()

  await mine.unfold(1)
  await mine.rule(1).getByLabel('To', { exact: true }).fill('adatum.example')
  await mine.press('Save changes')
  const conflict = page.getByRole('region', { name: 'You have saved since you opened this page' })
  await expect(conflict).toBeFocused()
  await expect(conflict).toContainText('Yoursadatum.example')
  await expect(conflict).toContainText('Saved*@litware.example')
  await conflict.getByRole('button', { name: 'Take everything that was saved' }).click()
  await expect(mine.rule(1).getByLabel('To', { exact: true })).toHaveValue('*@litware.example')
  await conflict.getByRole('button', { name: 'Back to my draft' }).click()
  await expect(mine.rule(1).getByLabel('To', { exact: true })).toHaveValue('adatum.example')
  await conflict.getByRole('button', { name: 'Take what was saved: Partners' }).click()
  await expect(mine.rule(1).getByLabel('To', { exact: true })).toHaveValue('*@litware.example')
  // Nothing of it differs from what they saved. Another value does, until the draft is discarded for theirs.
  await expect(page.getByRole('button', { name: 'Discard' })).toHaveCount(0)
  await mine.rule(1).getByLabel('To', { exact: true }).fill('contoso.example')
  await expect(page.getByText('Unsaved changes.')).toBeVisible()
  await mine.press('Discard')
  await expect(conflict).toHaveCount(0)
  await mine.isRevision(2)
  await mine.unfold(1)
  await expect(mine.rule(1).getByLabel('To', { exact: true })).toHaveValue('*@litware.example')
})

test('a preview of the draft blocks nothing, and is cancelled by more typing or by leaving the page', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  const policy = await setUp(page, simulator.facts)
  const refusals = () => tree.query(`SELECT count(*)::int FROM "AuditEvent" WHERE action = 'request.refused'`)
  const before = await refusals()
  const answerHeld = await holdRequests(page, '/policy')
  await page.route('/policy/preview', () => {})
  const preview = () => page.waitForRequest('/policy/preview')

  await policy.add({ name: 'Partners' })
  await policy.try('person@contoso.example', 'a@fabrikam.example')
  const [ended] = await Promise.all([
    preview(),
    policy.rule(1).getByLabel('To', { exact: true }).fill('fabrikam.example'),
  ])
  const [last] = await Promise.all([preview(), policy.rule(1).getByLabel('To', { exact: true }).fill('adatum.example')])
  await expect.poll(() => ended.failure()).toEqual({ errorText: 'net::ERR_ABORTED' })

  page.once('dialog', (dialog) => dialog.accept())
  await page.getByRole('link', { name: 'Activity' }).click()
  answerHeld()
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible()
  await expect.poll(() => last.failure()).toEqual({ errorText: 'net::ERR_ABORTED' })
  expect(await refusals()).toEqual(before)
})

test('unsaved rules are noticed before the page is left', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  const policy = await setUp(page, simulator.facts)
  await policy.add({ name: 'Partners', to: 'fabrikam.example' })
  page.once('dialog', (dialog) => dialog.dismiss())
  await page.getByRole('link', { name: 'Activity' }).click()
  await expect(policy.rule(1).getByLabel('Name', { exact: true })).toHaveValue('Partners')
  await policy.try('person@contoso.example', 'a@fabrikam.example')
  await expect(policy.tried('a@fabrikam.example')).toContainText('Partners')
  await policy.press('Discard')
  await expect(policy.rule(1)).toHaveCount(0)
  // The simulator keeps what was typed, and says what the saved rules do with it.
  await expect(page.getByRole('region', { name: 'Try a message' }).getByLabel('On behalf of')).toHaveValue(
    'person@contoso.example',
  )
  await expect(policy.tried('a@fabrikam.example')).toContainText('No rule matches.')
})

test('a new sender of the mail server updates the rules in the same save, if that is chosen', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  const { sender } = simulator.facts
  await signIn('admin')
  const policy = await setUp(page, simulator.facts)
  await policy.add({ name: 'Partners', to: 'fabrikam.example', sender })
  await policy.add({ name: 'Others' })
  await policy.save(1)

  const mailServer = new MailServerPage(page)
  await mailServer.open()
  await mailServer.field('Sender email address').fill('post@contoso.example')
  await mailServer.save()
  const choice = page.getByRole('region', { name: 'Policy rules use the previous sender' })
  await expect(choice).toBeFocused()
  await expect(choice).toContainText(`Rule 1, Partners: ${sender} → post@contoso.example`)
  expect(await tree.query('SELECT version FROM "MailServer"')).toEqual([{ version: 1 }])

  await mailServer.save()
  await mailServer.saved(2)
  await policy.open()
  await policy.isRevision(2)
  await policy.unfold(1)
  await expect(policy.rule(1).getByLabel('Sender email address')).toHaveValue('post@contoso.example')
})

test('without scripts rules are added, moved, simulated, fixed and saved by plain buttons', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const client = new FormClient(tree.baseUrl, admin)
  const ids = () => [...client.html.matchAll(/ name="name\.([\w-]+)"/g)].map(([, id = '']) => id)
  const names = () => ids().map((id) => client.valueOf(`name.${id}`))
  const last = (fields: Record<string, string>) =>
    Object.fromEntries(Object.entries(fields).map(([name, text]) => [`${name}.${ids().at(-1)}`, text]))
  await client.open('/policy')
  await client.press('Add a rule')
  await client.press('Add a rule', last({ name: 'One', recipients: 'one.example' }))
  const up = stepText({ does: 'up', id: ids().at(-1) ?? '', other: '' })
  const two = last({ name: 'Two', recipients: 'two.example', senderAddress: 'news@contoso.example' })
  await client.press('Move up', { do: up, ...two })
  expect(names()).toEqual(['Two', 'One'])
  expect(client.text).toContain('Unsaved changes.')

  await client.press('Try it', { originator: 'person@contoso.example', recipients: 'a@two.example' })
  for (const text of ['1 Two', 'this sender is not verified']) expect(client.article('a@two.example')).toContain(text)
  await client.press(`Send as ${simulator.facts.sender}`)
  expect(client.article('a@two.example')).toContain('1 Two')
  // A step that cannot be carried out as typed marks what is wrong with the patterns.
  await client.press('Add a rule', last({ recipients: '/(a/' }))
  expect(client.invalid).toEqual([`recipients.${ids().at(1)}`])
  await client.press('Remove', {
    do: stepText({ does: 'remove', id: ids().at(-1) ?? '', other: '' }),
    [`recipients.${ids().at(1)}`]: 'one.example',
  })
  await client.press('Save changes')
  expect(client.text).toContain('Saved as revision 1.')
  expect(names()).toEqual(['Two', 'One'])
  expect(client.text).not.toContain('sends as an unverified sender')
  await client.follow('Revisions')
  expect(client.text).toContain('2 rules')
})

test('R-12 without scripts a step between two saves does not hide that the other person saved', async ({
  sessionOf,
  tree,
}) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  const [slow, quick] = [new FormClient(tree.baseUrl, admin), new FormClient(tree.baseUrl, admin)]
  const idIn = (client: FormClient) => / name="name\.([\w-]+)"/.exec(client.html)?.[1]
  for (const client of [slow, quick]) {
    await client.open('/policy')
    await client.press('Add a rule')
  }
  await quick.press('Save changes', { [`name.${idIn(quick)}`]: 'Theirs', [`recipients.${idIn(quick)}`]: 'one.example' })
  expect(quick.text).toContain('Saved as revision 1.')
  const mine = { [`name.${idIn(slow)}`]: 'Mine', [`recipients.${idIn(slow)}`]: 'two.example' }
  await slow.press('Try it', { ...mine, originator: 'person@contoso.example', recipients: 'a@two.example' })
  await slow.press('Save changes')
  expect(slow.text).not.toContain('Saved as revision')
  expect(slow.text).toContain('Theirs')
  await slow.press('Save changes')
  expect(slow.text).toContain('Saved as revision 2.')
})

test('the page with everything open has no accessibility fault and fits 320 px in German', async ({
  page,
  signIn,
  simulator,
}) => {
  await signIn('admin')
  const policy = await setUp(page, simulator.facts)
  await policy.add({ name: 'Newsletter', sender: 'news@contoso.example' })
  await policy.add({ name: 'Partners', to: 'fabrikam.example', decline: true })
  await policy.save(1)
  await looksRightInGerman(page, '/policy', async () => {
    await page.getByRole('textbox').last().fill('a@fabrikam.example')
    await page.locator('button[value="try"]').click()
    await expect(page.getByRole('article')).toBeVisible()
    for (const summary of await page.locator('main details > summary').all()) await summary.click()
  })
})
