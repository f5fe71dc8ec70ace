import { Agent, request } from 'node:http'

/** For tests only: what programs post to the HTTP API. */
const MAIL = { to: 'anna@fabrikam.example', subject: 'q', text: 'x'.repeat(70) }
const SMALL = Buffer.from(JSON.stringify(MAIL))
const LARGEST_BYTES = 24.9 * 1024 ** 2
const LINE = `${'x'.repeat(76)}\r\n`
const CLIENTS = 6

function inJson(bytes: number): string {
  const file = { filename: 'a.pdf', contentType: 'application/pdf', contentBase64: 'QUJD'.repeat(bytes / 4 - 100) }
  return JSON.stringify({ ...MAIL, attachments: [file] })
}

/** How many of them, what they are, their media type and one of them. */
export const LARGE_BODIES = [
  [10, '25 MiB in JSON', 'application/json', inJson(LARGEST_BYTES)],
  [
    10,
    '25 MiB, finished',
    'message/rfc822',
    `To: ${MAIL.to}\r\nSubject: q\r\n\r\n${LINE.repeat(LARGEST_BYTES / LINE.length)}`,
  ],
  [30, '4 MiB in JSON', 'application/json', inJson(4 * 1024 ** 2)],
] as const

/** A program that posts messages on connections that stay open. */
export function postingProgram(port: number, secret: string) {
  const agent = new Agent({ keepAlive: true })
  const post = (type: string, text: Buffer) =>
    new Promise<number>((resolve, reject) => {
      const headers = { authorization: `Bearer ${secret}`, 'content-type': type, 'content-length': text.length }
      const place = { host: 'localhost', port, path: '/api/v1/messages', method: 'POST', agent, headers }
      const sent = request(place, (answer) => answer.resume().once('end', () => resolve(answer.statusCode ?? 0)))
      sent.once('error', reject).end(text)
    })
  return {
    /** Returns the statuses of their answers. */
    post: (type: string, body: string, count: number): Promise<number[]> => {
      const text = Buffer.from(body)
      return Promise.all(Array.from({ length: count }, () => post(type, text)))
    },
    /** Ten small messages at a time. */
    async postSmall(count: number): Promise<number[]> {
      const statuses: number[] = []
      const perClient = async () => {
        for (let nth = 0; nth < count / 10; nth++) statuses.push(await post('application/json', SMALL))
      }
      await Promise.all(Array.from({ length: 10 }, perClient))
      return statuses
    },
    end: () => agent.destroy(),
  }
}

/** Subjects of messages that were acknowledged, and of those to which an answer was lost. */
export interface Submitted {
  acknowledged: string[]
  unknown: Set<string>
}

/** Posts messages as a program does, every second one with an idempotency key: what was not acknowledged is posted again. */
export async function postUntilAcknowledged(
  { port, secret }: { port: number; secret: string },
  { round, count }: { round: number; count: number },
  { acknowledged, unknown }: Submitted,
): Promise<void> {
  let next = 0
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  const post = async (subject: string, nth: number): Promise<number> => {
    const body = JSON.stringify({ ...MAIL, subject, ...(nth % 2 === 0 && { idempotencyKey: subject }) })
    return fetch(`http://localhost:${port}/api/v1/messages`, { method: 'POST', headers, body }).then(
      ({ status }) => status,
      ({ cause }: Error) => {
        if (Object(cause).code !== 'ECONNREFUSED') unknown.add(subject)
        return 0
      },
    )
  }
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (next < count) {
        const nth = next++
        const subject = `${nth % 2 === 0 ? 'keyed' : 'bare'}-${round}-${nth}`
        while ((await post(subject, nth)) !== 202) await new Promise((resolve) => setTimeout(resolve, 20))
        acknowledged.push(subject)
      }
    }),
  )
}

/** What is wrong with the messages that are stored: none of these may be there. */
export function faultsOf(stored: readonly { subject: string; count: number }[], { acknowledged, unknown }: Submitted) {
  const subjects = new Set(stored.map(({ subject }) => subject))
  const twice = stored.flatMap(({ subject, count }) => (count > 1 ? [subject] : []))
  return {
    lost: acknowledged.filter((subject) => !subjects.has(subject)),
    twice: twice.filter((subject) => subject.startsWith('keyed') || !unknown.has(subject)),
  }
}
