import type { Page } from '@playwright/test'
import { builtPages, builtRoutes } from './build'

const NO_SUCH_PAGE = '/no-such-page'

/**
 * Opens every page that a link leads to, from the overview on.
 *
 * @param pagesOfRoute how many pages of one route are visited, such as two messages.
 */
export async function visitAll(
  page: Page,
  baseUrl: string,
  look: (where: string) => Promise<unknown>,
  pagesOfRoute = 2,
): Promise<string[]> {
  // `/messages/send` is no `/messages/[id]`.
  const routes = builtRoutes().sort((one, other) => one.split('[').length - other.split('[').length)
  const pages = builtPages()
  const pageAt = (pathname: string): string | undefined => {
    const route = routes.find((each) => new RegExp(`^${each.replaceAll(/\[[^\]]+\]/g, '[^/]+')}$`).test(pathname))
    return pathname === NO_SUCH_PAGE || (route && pages.includes(route)) ? (route ?? pathname) : undefined
  }
  const counts = new Map<string, number>()
  const waiting = ['/overview', NO_SUCH_PAGE]
  const visited: string[] = []
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { pathname } = new URL(next, baseUrl)
    const route = pageAt(pathname)
    const count = counts.get(route ?? '') ?? 0
    if (!route || visited.includes(next) || count >= pagesOfRoute) continue
    counts.set(route, count + 1)
    visited.push(next)
    await page.goto(`${baseUrl}${next}`)
    await look(next)
    const links = await page.locator('a[href^="/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''))
    waiting.push(...links.map((link) => link.replace(/#.*/, '')).filter((link) => !visited.includes(link)))
  }
  return visited
}
