import { expect, type Page } from '@playwright/test'

/** *Policy*, by the labels that people read. */
export class PolicyPage {
  constructor(readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.goto('/policy')
    await expect(this.page.getByRole('heading', { name: 'Policy', level: 1 })).toBeVisible()
  }
  private list = () => this.page.getByRole('form', { name: 'Policy rules' }).locator('ol > li')
  rule = (number: number) => this.list().nth(number - 1)
  press = (name: string) => this.page.getByRole('button', { name, exact: true }).click()

  /** Adds a rule at the end and fills it in; what is not named stays as it is. */
  async add(values: { name: string; from?: string; to?: string; sender?: string; decline?: true; individual?: true }) {
    const before = await this.list().count()
    await this.press('Add a rule')
    await expect(this.list()).toHaveCount(before + 1)
    const rule = this.rule(before + 1)
    await rule.getByLabel('Name', { exact: true }).fill(values.name)
    if (values.from) await this.senders(before + 1).fill(values.from)
    if (values.to) await this.recipients(before + 1).fill(values.to)
    if (values.sender) await rule.getByLabel('Sender email address').fill(values.sender)
    if (values.decline) await rule.getByLabel('Decline', { exact: true }).check()
    if (values.individual) await rule.getByLabel('Allow use of individual').check()
  }
  senders = (number: number) => this.rule(number).getByLabel('On behalf of', { exact: true })
  recipients = (number: number) => this.rule(number).getByLabel('To', { exact: true })
  /** Chooses an action from a rule's menu. */
  async act(number: number, action: 'Move up' | 'Move down' | 'Duplicate' | 'Remove'): Promise<void> {
    await this.menu(number).click()
    await this.rule(number).getByRole('button', { name: action }).click()
  }
  menu = (number: number) => this.rule(number).getByRole('button', { name: /^Actions for / })
  /** Shows a rule's fields, if they are folded away. */
  async unfold(number: number): Promise<void> {
    const fields = this.rule(number).getByLabel('Name', { exact: true })
    if (!(await fields.isVisible())) await this.rule(number).locator('summary').first().click()
    await expect(fields).toBeVisible()
  }
  async save(revision: number): Promise<void> {
    await this.press('Save changes')
    await this.isRevision(revision)
  }
  isRevision = (revision: number) =>
    expect(this.page.locator('#current-revision').getByText(`Revision ${revision}`, { exact: true })).toBeVisible()
  /** The rules as they stand from the first to the last, once they do. */
  async hasOrder(names: string[]): Promise<void> {
    await expect(this.list().locator('summary > span:nth-child(2) > bdi')).toHaveText(names)
  }
  changed = () => this.page.getByText('Unsaved changes.')
  async try(originator: string, recipients: string): Promise<void> {
    const simulator = this.page.getByRole('region', { name: 'Try a message' })
    await simulator.getByLabel('On behalf of').fill(originator)
    await simulator.getByLabel('To', { exact: true }).fill(recipients)
    await simulator.getByRole('button', { name: 'Try it' }).click()
  }
  tried = (recipient: string) => this.page.getByRole('article', { name: recipient })
}
