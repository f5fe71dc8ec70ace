import { expect, type Locator, type Page } from '@playwright/test'
import type { Simulator } from './simulator'

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

  /** Adds an address, grants it Send As at Microsoft, and verifies it. */
  async verified(simulator: Simulator, address: string): Promise<void> {
    await simulator.change('grant-send-as', { mailbox: address })
    await this.open()
    await this.add(address)
    await this.openSender(address)
    await this.verify()
    await expect(this.answer('Verified')).toBeVisible({ timeout: 30_000 })
  }

  async verify(): Promise<void> {
    await this.page.getByRole('button', { name: 'Verify now' }).click()
  }
}
