import { randomUUID } from 'node:crypto'
import { type APIRequestContext, type BrowserContext, expect, type Page } from '@playwright/test'
import { callWithin } from './calls'
import type { Tree } from './tree'

export const ROLES = ['admin', 'operator', 'viewer'] as const
export type Role = (typeof ROLES)[number]

export const emailOf = (role: Role): string => `${role}@contoso.example`

/** Long and unusual enough for our own rules; each is a needle of the S-01 run. */
export const PASSWORDS: Record<Role, string> = {
  admin: 'seven violet postmarks on blue paper',
  operator: 'nine copper stamps below the window',
  viewer: 'three quiet envelopes under the lamp',
}

/** Makes the account as a deployment does: the first administrator by the printed link, others by that administrator. */
export async function makeAccount(role: Role, tree: Tree, context: BrowserContext): Promise<void> {
  const { request } = context
  const link = role === 'admin' ? tree.setUpUrl : await addOperator(emailOf(role), role, tree, request)
  await context.clearCookies()
  const fields = {
    token: new URL(link).searchParams.get('token') ?? '',
    email: emailOf(role),
    password: PASSWORDS[role],
  }
  const { redirect, text } = await callWithin(request, tree.baseUrl, '#setUpAction', { ...fields, name: '' })
  expect(redirect, text).toContain('done=set-up')
}

/** As an administrator whose cookies the requests have. The new operator's link, which is on a page once. */
export async function addOperator(
  email: string,
  role: Role,
  { baseUrl }: Tree,
  request: APIRequestContext,
): Promise<string> {
  const fields = { newEmail: email, newName: '', newRole: role, formToken: randomUUID() }
  // Again, as if the first answer were lost.
  for (let time = 0; time < 2; time++) {
    const { redirect, text } = await callWithin(request, baseUrl, '#addOperatorAction', fields)
    expect(redirect, text).toContain('/account/notice')
  }
  const notice = await (await request.get('/account/notice')).text()
  return /http[^"<]+\/setup\?token=[\w-]+/.exec(notice)?.[0] ?? `no link in ${notice}`
}

/** Signs in as the page's script does. */
export async function enter(role: Role, tree: Tree, { request }: BrowserContext): Promise<void> {
  const fields = { email: emailOf(role), password: PASSWORDS[role], next: '' }
  const { redirect, text } = await callWithin(request, tree.baseUrl, '#passwordAction', fields)
  expect(redirect, text).toMatch(/^\/;/)
}

export async function choosePassword(page: Page, link: string, role: Role): Promise<void> {
  await page.goto(link)
  const email = page.getByLabel('Email address')
  if (await email.isVisible()) await email.fill(emailOf(role))
  await page.getByLabel('New password').fill(PASSWORDS[role])
  await page.getByRole('button', { name: 'Set password' }).click()
  await expect(page.getByText('Your password is set')).toBeVisible()
}

export async function signInAs(page: Page, role: Role): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('Email address').fill(emailOf(role))
  await page.getByLabel('Password').fill(PASSWORDS[role])
  await page.getByRole('button', { name: 'Sign in' }).click()
}
