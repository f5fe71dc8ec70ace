import type { Page } from '@playwright/test'
import { builtRoutes } from './build'

/** How many pages of one route are visited, such as two messages. */
const PAGES_OF_ROUTE_MAX = 2
/** Files, and pages that end something by being opened. */
const NO_PAGE = /\/(?:download|export|calendar|certificate|sign-out|print)\b|\.(?:ics|csv|md|txt)\b/

/** Opens every page that a link leads to, from the overview on. */
export async function visitAll(
  page: Page,
  baseUrl: string,
  look: (where: string) => Promise<unknown>,
): Promise<string[]> {
  const patterns = builtRoutes().map((route) => new RegExp(`^${route.replaceAll(/\[[^\]]+\]/g, '[^/]+')}$`))
  const counts = new Map<string, number>()
  const waiting = ['/overview', '/no-such-page']
  const visited: string[] = []
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { pathname } = new URL(next, baseUrl)
    const route = `${patterns.find((pattern) => pattern.test(pathname))}`
    const count = counts.get(route) ?? 0
    if (visited.includes(next) || count >= PAGES_OF_ROUTE_MAX || NO_PAGE.test(pathname)) continue
    counts.set(route, count + 1)
    visited.push(next)
    await page.goto(`${baseUrl}${next}`)
    await look(next)
    const links = await page.locator('a[href^="/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''))
    waiting.push(...links.map((link) => link.replace(/#.*/, '')).filter((link) => !visited.includes(link)))
  }
  return visited
}
