import { builtActions } from './support/build'
import { exchangeFields } from './support/calls'
import { expect, test } from './support/fixtures'
import { FormClient } from './support/form-client'
import { actionBody, ask, cookieHeader, textOf } from './support/http'
import { looksRight } from './support/looks'
import { MailServerPage } from './support/mail-server-page'

test('U-01 without scripts a save is on the Activity page once, and the filter finds it by event, actor and result', async ({
  sessionOf,
  simulator,
  tree,
}) => {
  const saves = () => tree.query(`SELECT 1 FROM "AuditEvent" WHERE action = 'mail-server.save' AND result = 'done'`)
  const before = (await saves()).length
  const client = new FormClient(tree.baseUrl, await sessionOf('admin'))
  await client.open('/mail-server')
  await client.press('Save changes', exchangeFields(simulator.facts))
  expect(client.text).toContain('Saved as revision 1.')
  expect(await saves()).toHaveLength(before + 1)

  await client.open('/activity')
  await client.press('Apply', { action: 'mail-server.save' })
  await client.press('Apply', { result: 'done' })
  await client.press('Apply', { actor: 'ADMIN@contoso' })
  expect(client.text).toContain('Who: ADMIN@contoso')
  // The first row is the heading of the table, the second one that of the day.
  const newest = textOf(client.html.match(/<tr\b.*?<\/tr>/gs)?.[2] ?? '')
  for (const text of ['admin@contoso.example', 'Saved the mail server settings', 'Request ID'])
    expect(newest).toContain(text)

  await client.open('/activity?text=nothing-has-this-name')
  expect(client.text).toContain('No events match these filters.')
  expect(client.text.split('Clear filters'), 'one way to clear them is enough').toHaveLength(2)
})

test('U-01 A-09 events are exported as filtered, with the digests that check the log, and the export is listed', async ({
  sessionOf,
  tree,
}) => {
  const headers = cookieHeader(await sessionOf('viewer'))
  const page = await ask(tree.baseUrl, '/activity?action=sign-in.succeeded', { headers })
  const [link] = page.body.match(/\/activity\/export[^"]*/) ?? []
  const file = await ask(tree.baseUrl, link ?? '', { headers })
  expect(file.headers['content-disposition']).toBe('attachment; filename="postroom-activity.csv"')
  const [heading, ...lines] = file.body.trimEnd().split('\r\n')
  expect(heading).toMatch(/^\ufeffNumber,Exact time,Who,Event,.*,Digest$/)
  for (const line of lines) expect(line).toContain(',Signed in,sign-in.succeeded,Done,')
  const [, number, digest] = /^(\d+),.*,([0-9a-f]{64})$/.exec(lines[0] ?? '') ?? []
  expect((await tree.command('audit', 'verify', '--end', `${number}:${digest}`)).code).toBe(0)
  expect(await tree.query(`SELECT "actorName", details FROM "AuditEvent" WHERE action = 'activity.export'`)).toEqual([
    { actorName: 'viewer@contoso.example', details: { action: 'sign-in.succeeded' } },
  ])
  await ask(tree.baseUrl, '/activity/export?action=no-such&from=yesterday', { headers })
  const range = { from: '2026-11-29', fromTime: '10:14', untilTime: '11:00' }
  await ask(tree.baseUrl, `/activity/export?${new URLSearchParams(range)}`, { headers })
  expect(
    await tree.query(`SELECT details FROM "AuditEvent" WHERE action = 'activity.export' ORDER BY sequence`),
  ).toEqual([
    { details: { action: 'sign-in.succeeded' } },
    { details: {} }, // neither was applied
    { details: range },
  ])
  await tree.age(11)
  const old = await ask(tree.baseUrl, '/activity/export?result=failed', { headers })
  expect(old.headers.location).toBe(`${tree.baseUrl}/confirm?next=${encodeURIComponent('/activity?result=failed')}`)
  await tree.age(-11)
})

test('a row leads to what it is about, and looks right', async ({ page, signIn, simulator }) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await page.goto('/activity')
  await looksRight(page, 'activity')
  await page.goto('/activity?locale=de')
  await looksRight(page, 'activity-de')
  await page.goto('/activity?locale=en')
  await page.getByRole('row').getByRole('link', { name: 'Mail server Exchange Online', exact: true }).first().click()
  await expect(page.getByRole('heading', { name: 'Exchange Online', level: 1 })).toBeVisible()
})

test('W-12 hostile text in an audit row is shown as text', async ({ page, signIn, tree }) => {
  const hostile = `"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}`
  const address = `"><img/src=x/onerror=alert(1)>{{7*7}}@evil.example`
  const action = builtActions().find(({ name }) => name.endsWith('#passwordAction'))
  const body = actionBody(action?.id ?? '', { email: address, password: hostile }, false)
  await ask(tree.baseUrl, '/sign-in', {
    ...body,
    headers: { ...body.headers, origin: tree.baseUrl, 'user-agent': hostile, 'x-request-id': hostile },
  })
  await tree.query(`UPDATE "Operator" SET name = $$${hostile}$$ WHERE email = 'admin@contoso.example'`)
  await signIn('admin')
  await page.goto('/activity')
  const failed = page.getByRole('row').filter({ hasText: address })
  await failed.first().getByText('Sign-in failed').click()
  await expect(failed.first()).toContainText(address)
  await page.goto(`/activity?text=${encodeURIComponent(hostile)}&from=${encodeURIComponent(hostile)}`)
  await expect(page.getByRole('searchbox')).toHaveValue(hostile)
  await expect(page.getByText('is not a date')).toContainText('onerror=alert(1)')
  await expect(page.locator('img[src="x"]')).toHaveCount(0)
  await tree.query(`UPDATE "Operator" SET name = '' WHERE email = 'admin@contoso.example'`)
})

test('U-02 audit verify finds the chain of everything these tests did intact', async ({ tree, signIn }) => {
  await signIn('admin')
  const { code, output } = await tree.command('audit', 'verify', '--json')
  expect(JSON.parse(output)).toMatchObject({ intact: true, firstBroken: null })
  expect(code).toBe(0)
})

test('the search box is as wide as its label when filters are set', async ({ page, signIn }) => {
  await signIn('admin')
  await page.setViewportSize({ width: 1024, height: 768 })
  await page.goto('/activity?actor=admin')
  const [inside, label] = await page.getByRole('searchbox').evaluate((box: HTMLInputElement) => {
    const { font, paddingLeft, paddingRight } = getComputedStyle(box)
    const context = new OffscreenCanvas(1, 1).getContext('2d')
    if (context) context.font = font
    return [
      box.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight),
      context?.measureText(box.placeholder).width ?? Number.NaN,
    ]
  })
  expect(inside).toBeGreaterThan(label ?? Number.NaN)
})
