import { expect, type Page } from '@playwright/test'

/** The set-up guide, by the labels that people read. */
export class SetUpPage {
  constructor(private readonly page: Page) {}

  open = () => this.page.goto('/set-up')
  /** The link to a step in the list of all steps, with its state. */
  step = (title: string) => this.page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name: title })
  isAt = (title: string) => expect(this.page.getByRole('heading', { name: title, level: 2 })).toBeVisible()
  hasConfirmed = (count: number) =>
    expect(this.page.getByText(`${count} of 11 confirmed`).filter({ visible: true })).toBeVisible()
  /** The number of steps depends on the path. */
  hasConfirmedAll = () => expect(this.page.getByText(/^(\d+) of \1 confirmed$/).filter({ visible: true })).toBeVisible()
  /** Changes to the guide of another mail server. */
  async choose(server: string): Promise<void> {
    await this.page.getByRole('button', { name: /^For: / }).click()
    await this.page
      .getByRole('main')
      .getByRole('link', { name: new RegExp(`^${server} \\d+ of \\d+$`) })
      .click()
  }
  check = () => this.page.getByRole('button', { name: 'Check by a test' }).click()
}
