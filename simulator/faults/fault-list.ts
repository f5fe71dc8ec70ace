import { CERTIFICATE_KINDS } from '../tls/certificates'

/** The stage of an SMTP conversation that a fault applies to; `message` is the answer after the final dot. */
export const SMTP_STAGES = [
  'greeting',
  'ehlo',
  'starttls',
  'tls',
  'ehlo-tls',
  'auth',
  'sender',
  'recipient',
  'data',
  'message',
  'quit',
] as const
export type SmtpStage = (typeof SMTP_STAGES)[number]

type Kind =
  | { kind: 'switch' }
  | { kind: 'number'; example: number; unit: string }
  | { kind: 'text'; example: string }
  | { kind: 'choice'; example: string; choices: readonly string[] }
  | { kind: 'json'; example: unknown }

export type FaultDefinition = Kind & { group: FaultGroup; does: string }
export const FAULT_GROUPS = [
  'Entra',
  'Token',
  'Graph',
  'Identity',
  'Webhook',
  'SMTP connection',
  'SMTP conversation',
  'Clock',
] as const
export type FaultGroup = (typeof FAULT_GROUPS)[number]

const BAD_CERTIFICATES = CERTIFICATE_KINDS.filter((kind) => kind !== 'good')
const flag = (group: FaultGroup, does: string): FaultDefinition => ({ group, does, kind: 'switch' })
const number = (group: FaultGroup, example: number, unit: string, does: string): FaultDefinition => ({
  group,
  does,
  kind: 'number',
  example,
  unit,
})
const text = (group: FaultGroup, example: string, does: string): FaultDefinition => ({
  group,
  does,
  kind: 'text',
  example,
})
const choice = (group: FaultGroup, choices: readonly string[], does: string): FaultDefinition => ({
  group,
  does,
  kind: 'choice',
  example: choices[0] ?? '',
  choices,
})
const json = (group: FaultGroup, example: unknown, does: string): FaultDefinition => ({
  group,
  does,
  kind: 'json',
  example,
})

/** Every fault by name. SMTP faults apply to all SMTP ports, of Exchange and of the ordinary mail server. */
export const FAULTS = {
  entraError: number('Entra', 7000215, 'AADSTS number', 'Refuses every token request with this AADSTS number.'),
  entraSilent: flag('Entra', 'Takes the token request and never answers.'),
  entraDrip: number('Entra', 500, 'ms', 'Answers one byte at a time, so often, and never ends.'),
  entraDrop: flag('Entra', 'Closes the connection when the token request is in.'),
  entraDelay: number('Entra', 1500, 'ms', 'Answers correctly, but so much later.'),
  entraThrottled: number('Entra', 17, 's Retry-After', 'Answers 429 with AADSTS90055 and a Retry-After.'),
  entraUnavailable: number('Entra', 5, 's Retry-After', 'Answers 503 with AADSTS90033 and a Retry-After.'),
  entraHtml: number('Entra', 500, 'HTTP status', 'Answers an HTML page with this status, as a proxy would.'),
  entraRedirect: text('Entra', 'elsewhere', 'Answers 307 to another origin (“elsewhere”, which listens, or a URL).'),
  entraHuge: number('Entra', 1_000_000, 'bytes', 'Answers 200 with a JSON body of this size.'),
  entraBody: text('Entra', '{}', 'Answers 200 with exactly this body.'),
  entraCutJson: flag('Entra', 'Answers 200 with a real token reply, cut in half.'),
  entraExpiresIn: json('Entra', 'soon', 'Answers a real token with this expires_in.'),
  entraEcho: flag('Entra', 'Refuses with 7000215 and repeats the whole request in the description.'),
  entraCertificate: choice('Entra', BAD_CERTIFICATES, 'Shows this certificate on HTTPS.'),
  entraTls11: flag('Entra', 'Speaks nothing newer than TLS 1.1 on HTTPS.'),
  tokenAudience: text('Token', 'https://graph.microsoft.com', 'Issues tokens for this audience.'),
  tokenTenant: text('Token', 'f4b21c0d-2e6a-4b7f-9c83-d5e0a1f7b642', 'Issues tokens of this tenant.'),
  tokenRoles: json('Token', ['IMAP.AccessAsApp'], 'Issues tokens with these roles.'),
  tokenScope: text('Token', 'SMTP.Send', 'Issues delegated tokens: with scp, without roles.'),
  tokenNotBefore: number('Token', 900, 's from now', 'Issues tokens that hold only from then on.'),
  tokenExpires: number('Token', -60, 's from now', 'Issues tokens that end then.'),
  tokenPadding: number('Token', 9000, 'bytes', 'Issues tokens with so much more in them.'),
  tokenOpaque: flag('Token', 'Issues tokens that only Microsoft can read.'),
  tokenCrLf: flag('Token', 'Issues tokens with a line break and an SMTP command inside.'),
  graphStatus: number('Graph', 503, 'HTTP status', 'Refuses every Graph request with this status.'),
  graphSilent: flag('Graph', 'Takes the Graph request and never answers.'),
  graphThrottled: number('Graph', 17, 's Retry-After', 'Answers 429 with a Retry-After.'),
  graphUnavailable: number('Graph', 5, 's Retry-After', 'Answers 503 with a Retry-After.'),
  graphDelay: number('Graph', 1500, 'ms', 'Answers correctly, but so much later.'),
  graphBody: text('Graph', '{}', 'Answers 200 with exactly this body.'),
  graphDrop: flag('Graph', 'Closes the connection before anything is done.'),
  graphLoseAnswer: flag('Graph', 'Does what was asked, and closes the connection without a word.'),
  graphNextLink: text('Graph', 'elsewhere', 'Says that the next page is there (“elsewhere”, which listens, or a URL).'),
  graphReply: json(
    'Graph',
    { path: 'applications', after: 1, times: 2, status: 503, retryAfter: 1 },
    'Refuses requests whose path contains “path” (and by “method”) with “status”, “code”, “message”, “retryAfter”: “after” this many requests, this many “times”. One or a list.',
  ),
  identityStatus: number('Identity', 404, 'HTTP status', 'The managed identity endpoints refuse with this status.'),
  identityDelay: number('Identity', 1500, 'ms', 'They answer correctly, but so much later.'),
  identitySilent: flag('Identity', 'They take the request and never answer.'),
  webhookStatus: number('Webhook', 500, 'HTTP status', 'The inbox refuses with this status.'),
  webhookThrottled: number('Webhook', 17, 's Retry-After', 'The inbox answers 429 with a Retry-After.'),
  webhookDelay: number('Webhook', 1500, 'ms', 'The inbox answers so much later.'),
  webhookSilent: flag('Webhook', 'The inbox takes the request and never answers.'),
  webhookRedirect: text('Webhook', 'elsewhere', 'The inbox answers 307 to “elsewhere”, which listens, or a URL.'),
  smtpSilent: flag('SMTP connection', 'Takes the connection and never greets.'),
  smtpDripGreeting: number('SMTP connection', 500, 'ms', 'Greets one byte at a time, so often, and never ends.'),
  smtpFlood: flag('SMTP connection', 'Greets with an endless line, as fast as it can.'),
  smtpBanner: choice('SMTP connection', ['http', 'ssh', 'garbage'], 'Greets as something that is no mail server.'),
  smtpNoStartTls: flag('SMTP connection', 'Does not offer STARTTLS, and refuses it.'),
  smtpCertificate: choice('SMTP connection', BAD_CERTIFICATES, 'Shows this certificate after STARTTLS.'),
  smtpTls11: flag('SMTP connection', 'Speaks nothing newer than TLS 1.1.'),
  smtpInjection: text(
    'SMTP connection',
    '250-injected.example\r\n250 AUTH XOAUTH2',
    'Adds this in clear text behind the “go ahead” of STARTTLS.',
  ),
  smtpDripEhlo: number('SMTP conversation', 500, 'ms', 'Answers EHLO with another line, so often, without end.'),
  smtpReply: json(
    'SMTP conversation',
    { stage: 'auth', reply: '535 5.7.3 Authentication unsuccessful {tail}' },
    'Answers a stage with this instead (lines by \\n; {tail} is Exchange’s [host date id]; "times" limits it). One or a list.',
  ),
  smtpDrop: choice(
    'SMTP conversation',
    [...SMTP_STAGES, 'accepted'],
    'Closes the connection at this stage (accepted: keeps the message first).',
  ),
  smtpStall: choice('SMTP conversation', SMTP_STAGES, 'Never answers this stage.'),
  smtpDelay: number('SMTP conversation', 250, 'ms', 'Answers everything so much later.'),
  smtpChallenge: flag('SMTP conversation', 'Answers XOAUTH2 with a 334 JSON challenge, then 535.'),
  smtpEchoAuth: flag('SMTP conversation', 'Refuses the login and repeats all that AUTH said in the 535.'),
  smtpStrictLines: flag(
    'SMTP conversation',
    'Refuses command lines of more than 512 octets, as RFC 5321 wants and strict servers do.',
  ),
  smtpNoXoauth2: flag('SMTP conversation', 'Does not offer XOAUTH2, and refuses it.'),
  smtpNoUtf8: flag('SMTP conversation', 'Does not offer SMTPUTF8.'),
  smtpSize: number('SMTP conversation', 2000, 'bytes', 'Announces this SIZE and refuses more.'),
  clockSkew: number('Clock', 20, 'minutes', 'Microsoft’s clock runs ahead by this (Date headers and tokens).'),
} as const satisfies Record<string, FaultDefinition>

export type FaultName = keyof typeof FAULTS
export const isFaultName = (name: string): name is FaultName => Object.hasOwn(FAULTS, name)
