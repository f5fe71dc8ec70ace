import type { BrowserContext, Page } from '@playwright/test'
import { type Cookies, expect, test } from '../support/fixtures'
import { LayoutCheck } from '../support/layout'
import { MailServerPage } from '../support/mail-server-page'
import { addManyOfEverything, STOP_ALL } from '../support/many-of-everything'
import { ACTS, formsOn, sendWrong } from '../support/page-states'
import { usePseudoTexts } from '../support/pseudo-build'
import { addSampleData } from '../support/sample-data'
import type { Tree } from '../support/tree'
import { type OwnPage, unlinkedPages } from '../support/unlinked-pages'
import { untranslated } from '../support/untranslated'
import { visitAll } from '../support/visit-all'

const LANGUAGES = ['en', 'de', 'pseudo'] as const
type Language = (typeof LANGUAGES)[number]

/** Pages of one route, such as messages, each in another state. */
const PAGES_OF_ROUTE = 6
const FOR_STRANGERS: OwnPage[] = ['/sign-in', '/sign-in?done=set-up', '/setup?token=nothing'].map((address) => ({
  address,
  cookies: [],
}))

/** Looks at the console in one language. */
class Reader {
  readonly faults: string[] = []
  #looks = 0
  readonly #layout: LayoutCheck
  /** Where each form is. */
  readonly #forms = new Map<string, { path: string; index: number }>()

  constructor(
    readonly page: Page,
    readonly baseUrl: string,
    private readonly language: Language,
  ) {
    this.#layout = new LayoutCheck(page)
  }

  async become(cookies: Cookies): Promise<void> {
    const locale = this.language === 'en' ? 'en' : 'de'
    await this.page.context().clearCookies()
    await this.page.context().addCookies([...cookies, { name: 'locale', value: locale, url: this.baseUrl }])
  }

  async look(where: string): Promise<void> {
    this.#looks += 1
    const missing = this.language === 'pseudo' ? await untranslated(this.page) : []
    // A page that says that something broke fits as well.
    const broken = await this.page.getByRole('alert').getByRole('heading', { level: 1 }).allTextContents()
    const faults = [
      ...broken.map((text) => `broken: ${text}`),
      ...missing.map((text) => `not translated: ${text}`),
      ...(await this.#layout.faults()),
    ]
    this.#report(faults.map((fault) => `${where} (${this.language}) ${fault}`))
  }

  #report(faults: readonly string[]): void {
    for (const fault of faults) process.stderr.write(`${fault}\n`)
    this.faults.push(...faults)
  }

  async open(path: string, act: (page: Page) => Promise<unknown> = async () => {}): Promise<void> {
    await this.page.setViewportSize({ width: 1440, height: 900 })
    await this.page.goto(`${this.baseUrl}${path}`)
    await act(this.page)
    await this.look(path)
  }

  /** A page of another person, and its forms with their errors. */
  async as(cookies: Cookies, path: string): Promise<void> {
    await this.become(cookies)
    await this.open(path)
    expect(new URL(this.page.url()).pathname).toBe(new URL(path, this.baseUrl).pathname)
    const forms = await formsOn(this.page)
    for (let index = 0; index < forms.length; index++) await this.open(path, (page) => sendWrong(page, index))
  }

  get summary(): string {
    return `${this.#looks} pages and states in ${this.language}: ${this.faults.length} faults\n`
  }

  all(pagesOfRoute = PAGES_OF_ROUTE): Promise<string[]> {
    const look = async (path: string) => {
      for (const [index, form] of (await formsOn(this.page)).entries())
        if (!this.#forms.has(form)) this.#forms.set(form, { path, index })
      await this.look(path)
    }
    return visitAll(this.page, this.baseUrl, look, pagesOfRoute)
  }

  /** Every form of the pages visited, with its errors. */
  async errors(): Promise<void> {
    for (const [form, { path, index }] of this.#forms)
      await this.open(path, (page) => sendWrong(page, index)).catch((error: Error) =>
        this.#report([`${path} (${this.language}), form of ${form}: ${error.message.slice(0, 300)}`]),
      )
  }
}

/** Runs the same tour in every language at once. No page may have a fault in any. */
async function inEveryLanguage(
  { context, tree }: { context: BrowserContext; tree: Tree },
  tour: (reader: Reader) => Promise<unknown>,
): Promise<void> {
  const browser = context.browser()
  if (!browser) throw new Error('the context has no browser')
  const cookies = await context.cookies()
  await tree.withChangedBuild(usePseudoTexts, async (pseudoUrl) => {
    const readers = await Promise.all(
      LANGUAGES.map(async (language) => {
        const page = await browser.newPage({ reducedMotion: 'reduce' })
        const reader = new Reader(page, language === 'pseudo' ? pseudoUrl : tree.baseUrl, language)
        await reader.become(cookies)
        // The runner looks for the parent of each call of no step among all calls before it.
        await test.step(language, () => tour(reader))
        process.stderr.write(reader.summary)
        return reader
      }),
    )
    await Promise.all(readers.map(({ page }) => page.context().close()))
    expect(readers.flatMap(({ faults }) => faults)).toEqual([])
  })
}

test('layout: pages of a new console fit every window in every language', async ({ context, signIn, tree }) => {
  await signIn('admin')
  await inEveryLanguage({ context, tree }, (reader) => reader.all(2))
})

test('layout: pages with one of everything fit, and forms with their errors', async ({
  page,
  context,
  browser,
  signIn,
  sessionOf,
  tree,
}) => {
  await signIn('admin')
  await addSampleData(page, tree)
  let unlinked: Promise<OwnPage[]> | null = null
  await inEveryLanguage({ context, tree }, async (reader) => {
    unlinked ??= unlinkedPages({ tree, browser, sessionOf })
    for (const { address, cookies } of [...(await unlinked), ...FOR_STRANGERS]) await reader.as(cookies, address)
    await reader.become(await context.cookies())
    await reader.all()
    await reader.errors()
  })
})

test('layout: pages with long lists and long names fit', async ({ page, context, signIn, simulator, tree }) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await addManyOfEverything(tree)
  await inEveryLanguage({ context, tree }, async (reader) => {
    await reader.all()
    for (const { path, act } of ACTS) await reader.open(path, act)
  })
})

test('layout: pages of a viewer fit', async ({ page, context, signIn, sessionOf, simulator, tree }) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await addManyOfEverything(tree)
  const viewer = await sessionOf('viewer')
  await inEveryLanguage({ context, tree }, async (reader) => {
    await reader.become(viewer)
    await reader.all(2)
  })
})

test('layout: pages while no mail is sent fit', async ({ page, context, signIn, simulator, tree }) => {
  await signIn('admin')
  await new MailServerPage(page).setUpExchange(simulator.facts)
  await tree.query(STOP_ALL)
  await inEveryLanguage({ context, tree }, (reader) => reader.all(2))
})
