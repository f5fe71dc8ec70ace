import { request } from 'node:http'
import type { Cookies } from './fixtures'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

export interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
}

/** One request exactly as said: no redirect is followed, no header added, no path tidied. */
export function ask(origin: string, path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  const { hostname, port, host } = new URL(origin)
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, method, headers: { host, ...headers } }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(parts).toString('utf8'),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/**
 * One form of a page, such as its RSC payload: the framework first answers such a request with the address of that very form
 * (`?_rsc=…`), and only there with its content.
 */
export async function askForm(origin: string, path: string, headers: Record<string, string>): Promise<Answer> {
  const first = await ask(origin, path, { headers })
  const location = String(first.headers.location ?? '')
  return first.status === 307 && /[?&]_rsc/.test(location) ? ask(origin, location, { headers }) : first
}

export const cookieHeader = (cookies: Cookies): Record<string, string> => ({
  cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
})

/** A form as a browser without scripts posts it to a server action, or as a script does when `header` is true. */
export function actionBody(id: string, fields: Record<string, string>, header: boolean): Ask {
  if (!header) return formBody([[`$ACTION_ID_${id}`, ''], ...Object.entries(fields)])
  // As React sends them: the arguments come last, since what they name must be there by then.
  const named = Object.entries(fields).map(([name, value]) => [`_1_${name}`, value] as const)
  const { headers, ...post } = formBody([...named, ['0', '["$undefined","$K1"]']])
  return { ...post, headers: { ...headers, 'next-action': id, accept: 'text/x-component' } }
}

/** The fields of a form in their order. The third part is the name of a file with that content. */
export function formBody(fields: readonly (readonly [name: string, value: string, file?: string])[]): Ask {
  const boundary = '----postroom-e2e'
  const parts = fields.map(([name, value, file]) => {
    const kind = file === undefined ? '' : `; filename="${file}"\r\nContent-Type: application/octet-stream`
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${kind}\r\n\r\n${value}`
  })
  return {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: `${parts.join('\r\n')}\r\n--${boundary}--\r\n`,
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'" }

/** What a person reads of a page or of a part of it. A word joiner cannot be seen, and a no-break space looks like any other. */
export const textOf = (html: string): string =>
  html
    .replaceAll(/<(script|style)\b.*?<\/\1>|<[^>]*>|\u2060/gs, '')
    .replaceAll('\u00a0', ' ')
    .replaceAll(/&(amp|lt|gt|quot|#x27);/g, (entity, name: string) => ENTITIES[name] ?? entity)
