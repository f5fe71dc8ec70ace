import { readFileSync } from 'node:fs'
import { saveExchange } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { ask, cookieHeader } from './support/http'
import { looksRight, looksRightInGerman } from './support/looks'
import { MailServerPage, RECIPIENT } from './support/mail-server-page'
import { needles } from './support/needles'
import { SetUpPage } from './support/set-up-page'

const WAIT = 'wait before you change anything else'
const CONFIRMED_ALL = /(?<!\d)(\d+) of \1 confirmed/

async function sendTestWithoutScripts(client: FormClient): Promise<void> {
  await client.open('/mail-server')
  await client.press('Send test message', { testTo: RECIPIENT })
  expect(client.text).toContain('Accepted by the server')
}

test('path A: the guide leads from its own values to a passed test, and its ticks come from it', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const { facts } = simulator
  const admin = await sessionOf('admin')
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/set-up')
  expect(client.text).toContain('0 of 11 confirmed')
  const { cloud, tenantId: tenant, clientId, sender } = facts
  await client.press('Use these values', { cloud: String(cloud.id), tenant, client: clientId, sender })
  // The registration exists, since its ID was entered.
  expect(client.headings).toContain('Create a client secret')
  await client.follow('Back: Register the application')
  await client.follow('Next: Create a client secret')
  expect(client.headings).toContain('Create a client secret')
  await client.follow(/^\d?Give access to the mailbox: /)
  expect(client.headings).toContain(`Give access to ${sender}`)
  expect(client.text).toContain(`-Identity '${sender}'`)

  await saveExchange(tree, admin)
  await sendTestWithoutScripts(client)
  await client.open('/set-up')
  expect(client.text).toMatch(CONFIRMED_ALL)
  expect(client.valueOf('object')).toBe(facts.objectId)

  await simulator.change('smtp-auth-mailbox', { disabled: true })
  await client.press('Check by a test')
  expect(client.text).toContain('The test failed: ')
  await client.open('/set-up')
  expect(client.headings).toContain('Allow SMTP AUTH')
  expect(client.text).toContain('Allow SMTP AUTH: Not in effect yet')
  expect(client.text).toContain('Grant admin consent: Confirmed')
  expect(client.text).toContain(WAIT)
  await client.open('/set-up?step=register')
  expect(client.text).not.toContain(WAIT)
  await client.open('/set-up')
  await client.press('Test again automatically', { testTo: RECIPIENT })
  for (const step of ['register', 'values']) {
    await client.open(`/set-up?step=${step}`)
    expect(client.text).toContain('Tested again automatically until ')
  }
  await client.press('Stop testing')
  await client.open('/set-up')
  expect(client.buttons).toContain('Test again automatically')

  await simulator.change('smtp-auth-mailbox', { disabled: false })
  await client.press('Check by a test')
  expect(client.text).toContain('The test message was accepted.')
  expect(client.text).toMatch(CONFIRMED_ALL)
})

test('path B: a token without the role is no error, and the test passes', async ({ sessionOf, simulator, tree }) => {
  const admin = await sessionOf('admin')
  await saveExchange(tree, admin)
  for (const change of ['remove-consent', 'remove-mailbox-permission', 'assign-rbac-role'])
    await simulator.change(change)
  const client = new FormClient(tree.baseUrl, admin)
  await sendTestWithoutScripts(client)
  await client.open('/set-up')
  expect(client.valueOf('path')).toBe('rbac')
  expect(client.text).toContain('Leave API permissions as they are: Confirmed')
  expect(client.text).toMatch(CONFIRMED_ALL)
})

test('S-01 the sheet for another administrator has their part, a way back and no secret', async ({
  page,
  signIn,
  simulator,
  sessionOf,
  tree,
}) => {
  const { facts } = simulator
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(facts)
  await page.goto('/set-up')
  const guide = new SetUpPage(page)
  await guide.step('Grant admin consent').click()
  await guide.isAt('Grant admin consent')
  const all = page.getByRole('link', { name: 'Hand over', exact: true })
  await expect(all).toHaveAttribute('href', /for=entra/)
  await expect(all).not.toHaveAttribute('href', /step=/)
  await page.getByRole('link', { name: 'Hand this step over' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Postroom: Grant admin consent')
  await page.getByRole('link', { name: 'In Microsoft Entra' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Postroom: set up in Microsoft Entra')
  const texts = [await page.content()]
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy as text' }).click()
  await expect(page.getByRole('button', { name: 'Copy as text' })).toContainText('Copied')
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  for (const text of ['Postroom: set up in Microsoft Entra', 'Grant admin consent', facts.tenantId])
    expect(copied).toContain(text)
  // For a colleague who reads German, without changing the reader's own language.
  const languages = page.getByRole('navigation', { name: 'Language of this sheet' })
  await languages.getByRole('link', { name: 'Deutsch' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Postroom: Einrichtung in Microsoft Entra')
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  const german = page.getByRole('link', { name: 'Download as text' })
  const coming = page.waitForEvent('download')
  await german.click()
  expect(readFileSync(await (await coming).path(), 'utf8')).toContain('Postroom: Einrichtung in Microsoft Entra')
  await looksRight(page, 'set-up-hand-over-in-german')
  const cookies = cookieHeader(await sessionOf('viewer'))
  for (const file of [
    ...['entra', 'exchange'].map((part) => `postroom-hand-over-${part}.txt`),
    ...['entra', 'exchange', 'undo-entra', 'undo-exchange'].map((kind) => `postroom-${kind}`),
  ]) {
    const answer = await ask(tree.baseUrl, `/set-up/download?file=${file}`, { headers: cookies })
    expect(answer.status, file).toBe(200)
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="postroom-[a-z-]+\.(ps1|txt)"$/)
    texts.push(answer.body)
  }
  expect(texts.join('\n')).toContain(facts.tenantId)
  expect(texts[1]).toContain(`${tree.baseUrl}/set-up?`)
  for (const needle of needles(facts.clientSecret)) expect(texts.filter((text) => text.includes(needle))).toEqual([])
  expect((await ask(tree.baseUrl, '/set-up/download?file=../../etc/passwd', { headers: cookies })).status).toBe(404)
  expect((await ask(tree.baseUrl, '/set-up/download?file=postroom-entra', {})).status).toBe(401)
})

test('S-01 a secret in one of the guide’s fields is not used, not shown again, and not left in the address', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  const { clientSecret } = simulator.facts
  await signIn('admin')
  const query = new URLSearchParams({ name: `client secret value: ${clientSecret}`, sender: 'noreply@contoso.example' })
  await page.goto(`/set-up?${query}`)
  await expect(page.getByRole('alert').first()).toContainText('This looks like a secret')
  // The other values stay; the secret has left the address bar and the history.
  await page.locator('summary', { hasText: 'Values used in this guide' }).click()
  await expect(page.getByLabel('Sender email address', { exact: true })).toHaveValue('noreply@contoso.example')
  expect(decodeURIComponent(page.url())).not.toContain(clientSecret)
  for (const needle of needles(clientSecret)) expect(tree.postroom.output).not.toContain(needle)
  expect(await page.locator('main').innerHTML()).not.toContain(clientSecret)
})

test('the guide and its sheet have no accessibility fault and fit 320 px in German', async ({ page, signIn }) => {
  test.setTimeout(120_000)
  await signIn('admin')
  for (const path of [
    '/set-up?step=values',
    '/set-up?path=rbac&proof=certificate&tool=az&step=certificate',
    '/set-up?path=rbac&step=rbacRole',
    '/set-up/hand-over?for=exchange',
  ]) {
    await looksRightInGerman(page, path, () =>
      page.locator('summary').evaluateAll((all) => {
        for (const each of all) each.parentElement?.setAttribute('open', '')
      }),
    )
  }
})

test('W-12 a hostile name and a hostile note are text in the guide, its sheet and the credentials', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  const hostile = `<img src=x onerror=alert(1)><script>alert(2)</script>'"\`$(x)`
  page.on('dialog', (dialog) => {
    throw new Error(`a dialog opened: ${dialog.message()}`)
  })
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await tree.query(`UPDATE "Credential" SET note = $hostile$${hostile}$hostile$`)
  const query = new URLSearchParams({ name: hostile, tenant: hostile, sender: hostile, object: hostile })
  const [credential] = await tree.query<{ id: string }>('SELECT id FROM "Credential"')
  for (const path of [
    `/set-up?${query}&step=register`,
    `/set-up/hand-over?${query}`,
    `/credentials/${credential?.id}`,
  ]) {
    await page.goto(path)
    const main = page.getByRole('main')
    await expect(main).toContainText(hostile.slice(0, 28))
    expect(await main.locator('img[src="x"], script:not([nonce])').count(), path).toBe(0)
  }
})

test('a button whose copying the browser refuses says what to do instead, until it is pressed with success', async ({
  page,
  signIn,
}) => {
  await page.addInitScript(() => {
    const write = navigator.clipboard.writeText.bind(navigator.clipboard)
    navigator.clipboard.writeText = () => {
      navigator.clipboard.writeText = write
      return Promise.reject(new DOMException('Write permission denied.', 'NotAllowedError'))
    }
  })
  await page.context().grantPermissions(['clipboard-write'])
  await signIn('viewer')
  await page.goto('/help/http-api')
  const copy = page.getByRole('button', { name: 'Copy' }).first()
  await copy.click()
  await expect(copy).toContainText('Not copied: select the text')
  await copy.click()
  await expect(copy).toContainText('Copied')
})
