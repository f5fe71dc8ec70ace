import { expect, test } from './support/fixtures'
import { LayoutCheck } from './support/layout'
import { MailServerPage } from './support/mail-server-page'
import { addManyOfEverything } from './support/many-of-everything'
import { usePseudoTexts } from './support/pseudo-build'
import { addSampleData } from './support/sample-data'
import { untranslated } from './support/untranslated'
import { visitAll } from './support/visit-all'

// Every state in every language, in more windows: `npm run check:pages -- -g layout`.
test('every page shows translated texts only, and with texts 40 % longer none is cut off or wider than the window', async ({
  page,
  signIn,
  tree,
  expectConsole,
}) => {
  test.setTimeout(300_000)
  expectConsole(/status of 404/) // /no-such-page
  await signIn('admin')
  await addSampleData(page, tree)
  await tree.withChangedBuild(usePseudoTexts, async (baseUrl) => {
    await page.context().addCookies([{ name: 'locale', value: 'de', url: baseUrl }])
    const layout = new LayoutCheck(page, true)
    const faults: string[] = []
    const look = async (where: string) => {
      faults.push(...(await untranslated(page)).map((text) => `${where}: not translated: ${text}`))
      faults.push(...(await layout.faults()).map((fault) => `${where} ${fault}`))
    }
    const visited = await visitAll(page, baseUrl, look, 1)
    expect(faults).toEqual([])
    expect(visited.length).toBeGreaterThan(25)
  })
})

test('on a tablet the name of an owner breaks at blanks only, and on a desktop fifteen months are in one line', async ({
  page,
  signIn,
  simulator,
  tree,
}) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await addManyOfEverything(tree)
  await tree.query(`
    UPDATE "Credential" SET "expiresAt" = now() + make_interval(days => 31 * trim(right(digest, 2))::int), "refusedAt" = NULL
      WHERE digest ~ 'Büro in Ost' AND slot = 'current'`)
  await page.setViewportSize({ width: 768, height: 900 })
  await page.goto('/credentials/applications?state=all')
  const owner = page.getByRole('cell').getByText('Zuständige Stelle für Anwendungen').first()
  const lines = await owner.evaluate((element) => {
    const range = document.createRange()
    const [text, part] = [element.firstChild as Text, 'Anwendungen']
    const begin = text.data.indexOf(part)
    range.setStart(text, begin)
    range.setEnd(text, begin + part.length)
    return range.getClientRects().length
  })
  expect(lines).toBe(1)
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto('/credentials')
  const columns = await page.getByRole('link', { name: /: \d+ credentials?$/ }).all()
  expect(columns.length).toBeGreaterThanOrEqual(15)
  const ends = await Promise.all(
    columns.slice(0, 15).map((column) => column.evaluate((one) => one.getBoundingClientRect().bottom)),
  )
  expect(new Set(ends).size).toBe(1)
})
