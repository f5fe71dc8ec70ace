import { expect, test } from './support/fixtures'
import { LayoutCheck } from './support/layout'
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
