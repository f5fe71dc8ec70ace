import { type BrowserContext, expect, type Page } from '@playwright/test'
import { callWithin } from './calls'
import type { Tree } from './tree'

export const ROLES = ['admin', 'operator', 'viewer'] as const
export type Role = (typeof ROLES)[number]

export const emailOf = (role: Role): string => `${role}@contoso.example`

/** Long and unusual enough for our own rules; each is a needle of the S-01 run. */
export const PASSWORDS: Record<Role, string> = {
  admin: 'seven violet postmarks on blue paper',
  operator: 'nine copper stamps beside the window',
  viewer: 'three quiet envelopes under the lamp',
}

/** Makes the account as a deployment does: the first administrator by the printed link, others by the command line. */
export async function makeAccount(role: Role, tree: Tree, { request }: BrowserContext): Promise<void> {
  const link = role === 'admin' ? tree.setUpUrl : await linkOf(role, tree)
  const fields = {
    token: new URL(link).searchParams.get('token') ?? '',
    email: emailOf(role),
    password: PASSWORDS[role],
  }
  const { redirect, text } = await callWithin(request, tree.baseUrl, '#setUpAction', { ...fields, name: '' })
  expect(redirect, text).toContain('done=set-up')
}

async function linkOf(role: Role, tree: Tree): Promise<string> {
  const { output } = await tree.command('operators', 'add', emailOf(role), '--role', role)
  return /http\S+\/setup\?token=[\w-]+/.exec(output)?.[0] ?? `no link in ${output}`
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
