import { type NextRequest, NextResponse } from 'next/server'
import { postRefusal } from './lib/access/form-post'
import { failureHandler, pathForLog, refusalHandler } from './lib/access/handlers'
import { baseUrl, isForUs } from './lib/access/our-host'
import { STATUS_OF } from './lib/access/request-refusal'
import { REFUSED } from './lib/access/signed-out'
import { isLocale, LOCALE_COOKIE } from './lib/i18n/locale'
import { isTheme, THEME_COOKIE } from './lib/kernel/theme'

/*
 * Requests for another host are rejected, so are forged posts, and choices of colours and language become cookies. It is not called for
 * requests that need none of that; lib/access/incoming-requests.ts recognises them. Permissions are checked by pages, actions and routes.
 */

/** The API checks its requests itself: here their bodies would be in memory before anyone knows whose they are. */
export const config = {
  matcher: [{ source: '/((?!api/).*)', missing: [{ type: 'header', key: 'x-postroom-plain' }] }],
}

const YEAR_S = 365 * 24 * 60 * 60

/** `?theme=dark` and `?locale=de` are links, so both switches work without scripts and before sign-in. */
function rememberChoice(request: NextRequest): NextResponse | null {
  const url = baseUrl()
  url.pathname = request.nextUrl.pathname // set, not resolved: a path of `//elsewhere/` would be another host
  url.search = request.nextUrl.search
  const theme = url.searchParams.get('theme')
  const locale = url.searchParams.get('locale')
  if (request.method !== 'GET' || (theme === null && locale === null)) return null

  url.searchParams.delete('theme')
  url.searchParams.delete('locale')
  const answer = NextResponse.redirect(url, 303)
  const cookieOptions = {
    path: '/',
    sameSite: 'lax',
    httpOnly: true,
    secure: url.protocol === 'https:',
    maxAge: YEAR_S,
  } as const
  if (isTheme(theme)) answer.cookies.set(THEME_COOKIE, theme, cookieOptions)
  if (theme === 'system') answer.cookies.delete(THEME_COOKIE)
  if (isLocale(locale)) answer.cookies.set(LOCALE_COOKIE, locale, cookieOptions)
  return answer
}

function wrongHost(): NextResponse {
  const address = baseUrl().origin
  return new NextResponse(`This console answers only at ${address}\nDiese Konsole antwortet nur unter ${address}\n`, {
    status: 421,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
  })
}

const METHODS = ['GET', 'HEAD', 'POST']

const wrongMethod = (): NextResponse => new NextResponse(null, { status: 405, headers: { Allow: METHODS.join(', ') } })

/** A forged or unreadable post goes no further. Reading a page costs nothing here. */
async function refusedPost(request: NextRequest): Promise<NextResponse | null> {
  if (request.method !== 'POST') return null
  const refusal = await postRefusal(request, baseUrl().origin)
  if (refusal === null) return null
  const message = await refusalHandler()?.(request.headers, pathForLog(request.nextUrl.pathname), refusal)
  const isFromScript = request.headers.has('next-action')
  return new NextResponse(`${isFromScript ? REFUSED : ''}${message ?? refusal}\n`, {
    status: STATUS_OF[refusal],
    headers: {
      // The framework's script passes on a text of exactly this type, and reads it as UTF-8. A browser needs the charset for that.
      'Content-Type': isFromScript ? 'text/plain' : 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      // The framework's script recognises a page of an earlier build by this and reloads it.
      ...(refusal === 'unknown-action' && { 'x-nextjs-action-not-found': '1' }),
    },
  })
}

async function decided(request: NextRequest): Promise<NextResponse> {
  const { headers, nextUrl } = request
  if (!isForUs(headers.get('host'), headers.get('x-forwarded-host'), nextUrl.pathname)) return wrongHost()
  if (!METHODS.includes(request.method)) return wrongMethod()
  return (await refusedPost(request)) ?? rememberChoice(request) ?? NextResponse.next()
}

export async function proxy(request: NextRequest): Promise<NextResponse> {
  return decided(request).catch((thrown: unknown) => {
    const { method, nextUrl, headers } = request
    failureHandler()?.(thrown, { method, path: nextUrl.pathname, headers: Object.fromEntries(headers) })
    throw thrown
  })
}
