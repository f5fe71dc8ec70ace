import { expect, type Page } from '@playwright/test'

/** The set-up guide, by the labels that people read. */
export class SetUpPage {
  constructor(private readonly page: Page) {}

  open = () => this.page.goto('/set-up')
  /** The link to a step in the list of all steps, with its state. */
  step = (title: string) => this.page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name: title })
  isAt = (title: string) => expect(this.page.getByRole('heading', { name: title, level: 2 })).toBeVisible()
  /** The number of steps depends on the path. */
  hasConfirmedAll = () => expect(this.page.getByText(/^(\d+) of \1 confirmed$/).filter({ visible: true })).toBeVisible()
}
