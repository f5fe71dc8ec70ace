import { randomUUID } from 'node:crypto'
import { type Browser, type BrowserContext, expect } from '@playwright/test'
import { callWithin } from './calls'
import { type Cookies, newSession, oldSession } from './fixtures'
import { ask, cookieHeader } from './http'
import { emailOf, PASSWORDS, type Role } from './people'
import type { Tree } from './tree'

/** A page, with the cookies of a person who sees it. */
export interface OwnPage {
  address: string
  cookies: Cookies
}

interface Surroundings {
  tree: Tree
  browser: Browser
  sessionOf(role: Role): Promise<Cookies>
}

/**
 * The pages that only a form or a mail leads to. The data is that of `addSampleData`; the account of the operator gets a second factor
 * that no app knows. Some are pages of a fresh session, so look at them within minutes.
 */
export async function unlinkedPages({ tree, browser, sessionOf }: Surroundings): Promise<OwnPage[]> {
  const admin = await sessionOf('admin')
  await asksForCode(false, tree) // An earlier test of this console may have looked at the same pages.
  for (const role of ['operator', 'viewer'] as const) await sessionOf(role)
  const chosen = [
    ...(await tree.query<{
      address: string
    }>(`SELECT '/credentials/chosen?to=owner&credential=' || id AS address FROM "Credential"`)),
  ].map(({ address }) => ({ address, cookies: admin }))
  const { output } = await tree.command('operators', 'add', `${Date.now()}@contoso.example`, '--role', 'viewer')
  const [setUp = `no link in ${output}`] = /\/setup\?token=[\w-]+/.exec(output) ?? []
  const calendar = await within(tree, browser, admin, (context) =>
    callWithin(context.request, tree.baseUrl, '#createFeedAction', {
      feedName: 'Büro',
      formToken: randomUUID().replaceAll('-', ''),
    }),
  )
  const beginner = await within(tree, browser, await newSession('viewer', tree, browser), (context) =>
    callWithin(context.request, tree.baseUrl, 'enrol/actions.ts#beginAction', {}),
  )
  const old = await oldSession('operator', tree, browser)
  const pages = [
    { address: '/sign-in/code', cookies: await withPassword(tree, browser) },
    { address: '/confirm?next=/overview', cookies: old },
    { address: '/enrol', cookies: beginner },
    { address: '/account/notice', cookies: calendar },
    { address: setUp, cookies: [] },
    ...chosen,
  ]
  for (const { address, cookies } of pages) {
    const { status } = await ask(tree.baseUrl, address, { headers: cookieHeader(cookies) })
    expect(status, `${address} is a page and leads nowhere else`).toBe(200)
  }
  return pages
}

/** The cookies after calls in a browser that has these. */
async function within(
  tree: Tree,
  browser: Browser,
  cookies: Cookies,
  call: (context: BrowserContext) => Promise<unknown>,
): Promise<Cookies> {
  const context = await browser.newContext({ baseURL: tree.baseUrl })
  await context.addCookies(cookies)
  await call(context)
  const after = await context.cookies()
  await context.close()
  return after
}

/** Of a person who has entered their password and is asked for a code. Their second factor stays, because the page of the code needs it. */
async function withPassword(tree: Tree, browser: Browser): Promise<Cookies> {
  await asksForCode(true, tree)
  return within(tree, browser, [], (context) =>
    callWithin(context.request, tree.baseUrl, '#passwordAction', {
      email: emailOf('operator'),
      password: PASSWORDS.operator,
      next: '',
    }),
  )
}

const asksForCode = (does: boolean, tree: Tree): Promise<unknown> =>
  tree.query(`UPDATE "Operator" SET "twoFactorEnabled" = ${does} WHERE email = '${emailOf('operator')}'`)
