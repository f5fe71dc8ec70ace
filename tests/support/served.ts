import type { Socket } from 'node:net'
import { testAuthority } from './certificates'
import { type SmtpScript, startHttps, startSmtp } from './servers'
import { type AttemptChange, attempt } from './smtp-attempt'
import { untilTestEnds } from './until-test-ends'

/** For tests only: what certifies the servers below, for the dialer's `ca`. */
export const authority = await testAuthority()
const identity = await authority.certify()

/** A mail server at localhost until the test ends. */
export const serveSmtp = (script: SmtpScript = {}) => untilTestEnds(startSmtp({ identity, ...script }))

type Answer = string | ((socket: Socket) => void)
/** A web server at localhost until the test ends. */
export const serveRequests = (answer: (request: string) => Answer) => untilTestEnds(startHttps(identity, answer))

/** The same, with one answer to each request. */
export const serveHttps = (answer: Answer) => serveRequests(() => answer)

/** One attempt at a mail server with this script. */
export async function meet(script: SmtpScript, wish: AttemptChange = {}) {
  const server = await serveSmtp(script)
  const security = script.security ?? 'starttls'
  return { server, ...(await attempt(server, { security, ca: authority.certificate, ...wish })) }
}
