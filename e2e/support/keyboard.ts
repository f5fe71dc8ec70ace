import type { Page } from '@playwright/test'

/** Uses a page without a pointer. */
export class Keyboard {
  constructor(private readonly page: Page) {}

  press = (key: string): Promise<void> => this.page.keyboard.press(key)

  /** Tabs on to the control of this name. */
  async reach(name: string, atMost = 60): Promise<void> {
    const { page } = this
    const exact = { name, exact: true }
    const wanted = page
      .getByLabel(name, { exact: true })
      .or(page.getByRole('button', exact))
      .or(page.getByRole('link', exact))
    for (let stops = 0; stops < atMost; stops++) {
      await this.press('Tab')
      if (await wanted.evaluateAll((elements) => elements.includes(document.activeElement as HTMLElement))) return
    }
    throw new Error(`${name} is not reached by Tab`)
  }

  /** Tabs on to the control whose label or text begins so. */
  async reachBeginning(name: string, atMost = 80): Promise<void> {
    for (let stops = 0; stops < atMost; stops++) {
      await this.press('Tab')
      const said = await this.page.evaluate(() => {
        const at = document.activeElement as HTMLInputElement | null
        return at?.labels?.[0]?.textContent ?? at?.textContent ?? ''
      })
      if (said.trim().startsWith(name)) return
    }
    throw new Error(`${name} is not reached by Tab`)
  }

  async type(name: string, text: string): Promise<void> {
    await this.reach(name)
    await this.press('ControlOrMeta+a')
    await this.page.keyboard.type(text)
  }
}
