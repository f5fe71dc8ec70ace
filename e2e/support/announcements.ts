import { expect, type Page } from '@playwright/test'

const HEARD_MS = 150

/**
 * Runs in the page. A region counts as announced once for all changes that a browser hands on together, as screen readers hear them. With
 * Firefox they hear nothing of a region that was put into the page with its content, or a tenth of a second before it, unless it is an alert.
 */
const LISTEN = `{
  const LIVE = '[role="status"], [role="alert"], [aria-live="polite"], [aria-live="assertive"]'
  const since = new WeakMap()
  const saidBy = (region) => {
    const copy = region.cloneNode(true)
    for (const hidden of copy.querySelectorAll('[aria-hidden="true"]')) hidden.remove()
    return copy.textContent.trim()
  }
  window.announced = []
  new MutationObserver((changes) => {
    const regions = new Set()
    for (const { target, addedNodes, type } of changes) {
      const place = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement
      if (type === 'characterData' || addedNodes.length > 0) regions.add(place?.closest(LIVE))
      for (const node of addedNodes)
        if (node.nodeType === Node.ELEMENT_NODE) for (const each of [node, ...node.querySelectorAll('*')]) if (each.matches(LIVE)) {
          if (!since.has(each)) since.set(each, performance.now())
          regions.add(each)
        }
    }
    for (const region of regions) {
      const isHeard = region?.role === 'alert' || performance.now() - since.get(region) >= ${HEARD_MS}
      const text = region?.isConnected && isHeard && document.readyState !== 'loading' && saidBy(region)
      if (text) announced.push(text)
    }
  }).observe(document, { childList: true, subtree: true, characterData: true })
}`

/** What live regions of a page say, from its next document on. */
export class Announcements {
  private constructor(private readonly page: Page) {}

  static async of(page: Page): Promise<Announcements> {
    await page.addInitScript(LISTEN)
    return new Announcements(page)
  }

  all = (): Promise<string[]> => this.page.evaluate('announced')

  /** After the act a region says this, and no region says anything else, nor the same again. */
  async after(act: () => Promise<unknown>, text: string): Promise<void> {
    // A test would act so soon after a page has come that nothing is heard of its regions yet. A person does not.
    await this.page.waitForTimeout(HEARD_MS)
    await this.page.evaluate('announced.length = 0')
    await act()
    // What the act asked of the console has been answered after 44 s on a machine at load 30. The limit is that of the test.
    const answered = { message: `“${text}” is announced`, timeout: 0 }
    await expect.poll(() => this.page.evaluate('announced.length'), answered).toBeGreaterThan(0)
    await this.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)))
    expect(await this.all()).toEqual([expect.stringContaining(text)])
  }
}
