import { expect, type Locator, type Page } from '@playwright/test'
import type { Cookies } from './fixtures'
import { FormClient } from './form-client'
import type { Tree } from './tree'

/** Adds senders without a window. Its client is at their list. */
export async function addSenders(tree: Tree, admin: Cookies, ...addresses: string[]): Promise<FormClient> {
  const client = new FormClient(tree.baseUrl, admin)
  await client.open('/senders/add')
  await client.press('Add senders', { addresses: addresses.join('\n') })
  expect(client.text).toMatch(/(has|have) been added\./)
  return client
}

/** Adds an address, grants it Send As at Microsoft, and verifies it. */
export async function verifySender(tree: Tree, admin: Cookies, address: string): Promise<void> {
  await tree.simulator.change('grant-send-as', { mailbox: address })
  const client = await addSenders(tree, admin, address)
  await client.follow(address)
  await client.press('Verify now')
  expect(client.text).toContain('Verified: Exchange accepted')
}

const ANSWERS = {
  Verified: /^Verified: Exchange accepted/,
  Rejected: /^Exchange rejected/,
  Unverified: 'Not verified yet.',
  Outdated: 'The last result is outdated.',
}

/** *System settings → Senders*, by the labels that people read. */
export class SendersPage {
  constructor(private readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.goto('/senders')
    await expect(this.page.getByRole('heading', { name: 'Senders', level: 1 })).toBeVisible()
  }

  row = (address: string): Locator => this.page.getByRole('row').filter({ hasText: address })

  /** One address a line. */
  async add(addresses: string): Promise<void> {
    await this.openAdd()
    await this.page.getByLabel('Addresses').fill(addresses)
    await this.page.getByRole('button', { name: 'Add senders' }).click()
    await expect(this.page.getByText(/(has|have) been added\./)).toBeVisible()
  }

  async openAdd(): Promise<void> {
    await this.page.getByRole('link', { name: 'Add senders' }).click()
    await expect(this.page.getByRole('heading', { name: 'Add senders', level: 1 })).toBeVisible()
  }

  async openSender(address: string): Promise<void> {
    await this.page.getByRole('main').getByRole('link', { name: address }).click()
    await expect(this.page.getByRole('heading', { name: address, level: 1 })).toBeVisible()
  }

  /** What the page of a sender says first. */
  answer = (state: 'Verified' | 'Rejected' | 'Unverified' | 'Outdated'): Locator =>
    this.page.locator('[data-answer]').filter({ hasText: ANSWERS[state] })

  async verify(): Promise<void> {
    await this.page.getByRole('button', { name: 'Verify now' }).click()
  }
}
