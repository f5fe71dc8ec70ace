import { type Browser, type BrowserContext, test as base, expect } from '@playwright/test'
import { enter, makeAccount, type Role } from './people'
import type { Simulator } from './simulator'
import { Tree } from './tree'

export type Cookies = Parameters<BrowserContext['addCookies']>[0]

/** Past the time for which a sign-in is fresh. */
export const OLD_MINUTES = 11
/** Past the hour without a request that ends a session. */
const ENDED_MINUTES = 61

interface WorkerFixtures {
  /** One for all tests of a worker; each test finds it as after its first start. */
  tree: Tree
  /** The session of a role, signed in when it is first asked for. */
  sessionOf(role: Role): Promise<Cookies>
}

interface TestFixtures {
  simulator: Simulator
  cleanSlate: undefined
  /** Puts the role's session into this test's browser. */
  signIn(role: Role): Promise<void>
  /** The cookies of an operator who signed in and whose session has ended since. */
  endedSession(): Promise<Cookies>
  /** What the browser may say on its console in this test; anything else fails it. */
  expectConsole(pattern: RegExp): void
  /** All that was passed to it. */
  expected: RegExp[]
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  tree: [
    // biome-ignore lint/correctness/noEmptyPattern: the runner reads from the pattern which fixtures this one needs.
    async ({}, use) => {
      const tree = await Tree.start({ database: 'embedded' })
      await use(tree)
      await tree.stop()
    },
    { scope: 'worker', timeout: 180_000 },
  ],

  sessionOf: [
    async ({ tree, browser }, use) => {
      const sessions = new Map<Role, Cookies>()
      const sessionOf = async (role: Role): Promise<Cookies> => {
        // Any other account, made first, would end the link that makes the first administrator.
        const admin = role === 'admin' ? [] : await sessionOf('admin')
        const cookies = sessions.get(role) ?? (await firstSession(role, tree, browser, admin))
        sessions.set(role, cookies)
        return cookies
      }
      await use(sessionOf)
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ tree }, use) => use(tree.baseUrl),

  simulator: async ({ tree }, use) => use(tree.simulator),

  cleanSlate: [
    async ({ tree }, use, testInfo) => {
      await tree.cleanSlate()
      const from = tree.postroom.output.length
      await use(undefined)
      if (testInfo.status === testInfo.expectedStatus) return
      await testInfo.attach('log of the tree', { body: tree.postroom.output.slice(from), contentType: 'text/plain' })
    },
    { auto: true },
  ],

  signIn: async ({ context, sessionOf }, use) => {
    await use(async (role) => context.addCookies(await sessionOf(role)))
  },

  endedSession: async ({ browser, tree, sessionOf }, use) => {
    await use(async () => {
      await sessionOf('operator')
      return earlierSession(ENDED_MINUTES, 'operator', tree, browser)
    })
  },

  // biome-ignore lint/correctness/noEmptyPattern: the runner reads from the pattern which fixtures this one needs.
  expected: async ({}, use) => use([]),

  expectConsole: async ({ expected }, use) => use((pattern) => expected.push(pattern)),

  // Listens only in tests with a window, because a context costs 23 ms.
  context: async ({ context, expected }, use) => {
    const said: string[] = []
    context.on('console', (message) => {
      // The text of a failed request does not name its address.
      if (!ADVICE.test(message.text())) said.push(`${message.type()}: ${message.text()} (${message.location().url})`)
    })
    context.on('weberror', (error) => said.push(`page error: ${error.error().message}`))
    await use(context)
    expect(
      said.filter((text) => !expected.some((pattern) => pattern.test(text))),
      'the browser console stays silent',
    ).toEqual([])
  },
})

export { expect }

/** Chromium's hint to password managers about a form with more than one password field. */
const ADVICE = /^\[DOM\] Multiple forms should be contained/

async function firstSession(role: Role, tree: Tree, browser: Browser, admin: Cookies): Promise<Cookies> {
  const context = await browser.newContext({ baseURL: tree.baseUrl })
  await context.addCookies(admin)
  await makeAccount(role, tree, context)
  await context.close()
  return newSession(role, tree, browser)
}

/** Signs in with the name and the language of the browser, which the console keeps. */
export async function newSession(role: Role, tree: Tree, browser: Browser): Promise<Cookies> {
  const context = await browser.newContext({ baseURL: tree.baseUrl, extraHTTPHeaders: { 'accept-language': 'en-GB' } })
  await enter(role, tree, context)
  const cookies = await context.cookies()
  await context.close()
  return cookies
}

/** One that began eleven minutes ago, so that what needs a fresh sign-in asks for the password. */
export const oldSession = (role: Role, tree: Tree, browser: Browser): Promise<Cookies> =>
  earlierSession(OLD_MINUTES, role, tree, browser)

async function earlierSession(minutes: number, role: Role, tree: Tree, browser: Browser): Promise<Cookies> {
  const cookies = await newSession(role, tree, browser)
  await tree.age(minutes, { newest: true })
  return cookies
}
