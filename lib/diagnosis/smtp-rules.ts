import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { SmtpFault } from '../kernel/faults'
import type { Stage } from '../kernel/stage'
import { enhancedIs, type ParsedReply } from './smtp-reply'

/** A rule matches if all its conditions hold. `pattern` finds a keyword, never a whole sentence, because wording changes. */
export interface SmtpRule {
  code: DiagnosisCode
  basic?: readonly number[] | 'any 4xx' | 'any 5xx'
  enhanced?: string
  /** Enhanced codes for which the rule does not match. */
  notEnhanced?: string
  pattern?: RegExp
  /** Text for which the rule does not match, because it gives the keyword another meaning. */
  exceptPattern?: RegExp
  /** The keyword as people write it. */
  keyword?: string
  /** The codes that usually come with the keyword, for people who search for them. */
  usualCodes?: string
  login?: SmtpFault['login']
  /** The stages at which the rule matches. Elsewhere the same code means something else. */
  stages?: readonly Stage[]
}

type Row = [code: DiagnosisCode, ...enhanced: string[]]
const rows = (table: readonly Row[], more: Pick<SmtpRule, 'stages'> = {}): SmtpRule[] =>
  table.flatMap(([code, ...enhanced]) => enhanced.map((one) => ({ code, enhanced: one, ...more })))

const MAIL: readonly Stage[] = ['sender', 'recipient', 'data']
const AUTH: readonly Stage[] = ['auth']
const TO_RECIPIENT: readonly Stage[] = ['recipient', 'data']

/** An IP address or a host in the place of a login or a person. */
const MACHINE =
  /\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{1,4}:[0-9a-f:]{3,}|\bIP\b|\b(?:host|client|server) (?:\S+ )?is not\b/i
/** 421 4.4.x closes a broken or idle connection, unless the text says that we sent too fast. */
const RATE = /\b(?:rate|rates|throttl\w*|too (?:fast|many|much)|per (?:second|minute|hour|day))\b/i
/** Texts about load, rate limits, greylisting, or trying again. */
const TRY_AGAIN =
  /\bbusy\b|\btry(?:ing)?\b|\bretry|\blater\b|\b(?:over)?load|\brate|throttl|too (?:many|much|fast)|temporar|gr[ae]y ?list|\bdefer|\bwait\b|come back|slow(?:ing)? down|concurren|not available|\bunavailable\b|not active|out of (?:memory|disk|resources)|insufficient (?:system )?(?:storage|resources)|time(?:d )?out/i

/** The name of a Microsoft exception or setting is as precise as a code, so it counts with any code. */
const NAMES: readonly SmtpRule[] = [
  {
    code: 'smtp-auth-disabled-for-tenant',
    pattern: /SmtpClientAuthentication\b(?:(?!\bmailbox\b).)*\btenant\b/i,
    keyword: 'SmtpClientAuthentication … Tenant',
    usualCodes: '535 5.7.139',
  },
  {
    code: 'smtp-auth-disabled-for-mailbox',
    pattern: /SmtpClientAuthentication\b(?:(?!\btenant\b).)*\bmailbox\b/i,
    keyword: 'SmtpClientAuthentication … Mailbox',
    usualCodes: '535 5.7.139',
  },
  {
    code: 'auth-mechanism-unavailable',
    pattern: /unrecogni[sz]ed authentication type/i,
    keyword: 'Unrecognized authentication type',
    usualCodes: '504 5.7.4',
  },
  { code: 'send-as-denied', pattern: /SendAsDenied/i, keyword: 'SendAsDenied' },
  {
    code: 'starttls-required',
    pattern:
      /\b(?:must|requires?|required|needs?|use|issue|send)\b[^.;]{0,40}\bSTARTTLS\b|\bSTARTTLS\b[^.;]{0,30}\b(?:required|needed|first|mandatory)\b/i,
    exceptPattern: /\bSTARTTLS\b[^.;]{0,30}\bnot (?:offered|supported|available|advertised)\b/i,
    keyword: 'STARTTLS required',
    stages: ['auth', ...MAIL],
  },
  {
    code: 'not-authenticated',
    pattern: /turn on SMTP authentication/i,
    keyword: 'Please turn on SMTP Authentication',
  },
  {
    code: 'relay-denied',
    pattern:
      /\brelay(?:ing)?\b[^.;:]{0,20}\b(?:denied|prohibited|not (?:permitted|allowed))|\b(?:not (?:permitted|allowed)|unable|do not|does not|refus\w+|den(?:y|ied)) (?:to )?relay\b/i,
    keyword: 'relay access denied, relay not permitted',
    stages: MAIL,
  },
]

const KEYWORD_WITH_CODE: readonly SmtpRule[] = [
  {
    code: 'blocked-by-security-defaults',
    basic: [535],
    enhanced: '5.7.139',
    pattern: /security defaults?\b/i,
    keyword: 'security defaults',
  },
  {
    code: 'blocked-by-sign-in-policy',
    basic: [535],
    enhanced: '5.7.139',
    pattern: /(?:did not|didn['’]t|does not) meet the criteria/i,
    keyword: 'did not meet the criteria',
  },
  {
    code: 'basic-auth-disabled',
    basic: [535],
    enhanced: '5.7.139',
    pattern: /basic auth(?:entication)?\b.{0,40}\bdisabled\b/i,
    keyword: 'basic authentication is disabled',
  },
  // Google answers a message without DKIM with the same number.
  {
    code: 'basic-auth-disabled',
    enhanced: '5.7.30',
    pattern: /\bbasic auth/i,
    keyword: 'Basic authentication is not supported',
  },
  {
    code: 'credentials-incorrect',
    basic: [535],
    enhanced: '5.7.139',
    pattern: /credentials?\b.{0,20}\bincorrect\b/i,
    keyword: 'credentials were incorrect',
  },
  {
    code: 'mailbox-permission-missing',
    enhanced: '4.2.0',
    pattern: /MapiExceptionLogonFailed|mailbox logon failure/i,
    keyword: 'MapiExceptionLogonFailed',
  },
  // Not for 421: in a greeting no mailbox has been named yet.
  {
    code: 'concurrency-exceeded',
    basic: [432],
    enhanced: '4.3.2',
    pattern: /sender thread limit|concurrent (?:server )?connections?\b/i,
    keyword: 'sender thread limit, Concurrent connections',
  },
  {
    code: 'recipient-throttled',
    basic: [432],
    enhanced: '4.3.2',
    pattern: /recipient thread limit/i,
    keyword: 'recipient thread limit',
  },
  {
    code: 'daily-quota-exceeded',
    enhanced: '5.2.0',
    pattern: /SubmissionQuotaExceeded/i,
    keyword: 'SubmissionQuotaExceeded',
  },
  { code: 'daily-quota-exceeded', enhanced: '5.2.2', pattern: /submission ?quota/i, keyword: 'Submission quota' },
  {
    code: 'daily-quota-exceeded',
    enhanced: '5.4.5',
    pattern: /\bdaily\b|\bsending (?:limit|quota)/i,
    keyword: 'Daily … limit exceeded',
  },
  {
    code: 'sender-blocked',
    enhanced: '5.1.8',
    pattern: /bad outbound sender|access denied/i,
    keyword: 'bad outbound sender, Access denied',
  },
  {
    code: 'sender-domain-invalid',
    enhanced: '5.1.8',
    pattern: /sender address rejected|domain (?:name )?(?:not found|does not exist)|domain of sender/i,
    keyword: 'Sender address rejected: Domain not found',
  },
  {
    code: 'recipient-refused',
    enhanced: '5.4.1',
    pattern: /recipient address rejected/i,
    keyword: 'Recipient address rejected',
  },
  {
    code: 'recipient-refused',
    enhanced: '5.7.1',
    pattern:
      /RESOLVER\.RST\.|delivery not authori[sz]ed|not (?:authori[sz]ed|allowed|permitted) (?:to send )?to\b[^.;]{0,30}\b(?:recipient|group|mailbox|list)\b/i,
    keyword: 'RESOLVER.RST.NotAuthorized, Delivery not authorized',
    stages: TO_RECIPIENT,
  },
  {
    code: 'recipient-not-found',
    enhanced: '5.2.1',
    pattern: /\binactive\b|\bdisabled\b/i,
    keyword: 'inactive',
    stages: TO_RECIPIENT,
  },
  {
    code: 'helo-rejected',
    basic: [501],
    enhanced: '5.5.4',
    pattern: /invalid domain name/i,
    keyword: 'Invalid domain name',
  },
  { code: 'server-busy', basic: [421], enhanced: '4.4.x', pattern: RATE, keyword: 'rate' },
]

const ENHANCED: readonly SmtpRule[] = [
  { code: 'credentials-incorrect', basic: [534], enhanced: '5.7.9', login: 'password', stages: AUTH },
  { code: 'auth-mechanism-unavailable', enhanced: '5.7.4', stages: AUTH },
  { code: 'exchange-rejected-token', basic: [535], enhanced: '5.7.3', login: 'xoauth2' },
  { code: 'token-expires-too-soon', basic: [501], enhanced: '5.5.127' },
  { code: 'address-malformed', basic: [501], enhanced: '5.1.x' },
  ...rows([
    ['tls-version-unsupported', '4.7.66'],
    ['not-authenticated', '5.7.57'],
    ['send-as-denied', '5.7.60', '5.2.252'],
    ['recipient-throttled', '5.2.121', '5.2.122'],
    ['daily-quota-exceeded', '5.1.90'],
    ['mailbox-full', '5.2.2'], // RFC 3463 §3.3: "Mailbox full", whatever the words
    ['sender-blocked', '5.7.501-503'],
    ['tenant-blocked', '5.7.705', '5.7.708'],
    ['tenant-recipient-limit', '5.7.232', '5.7.233', '5.7.236'],
    ['domain-not-registered', '5.7.750'],
    ['reputation-block', '4.7.500-699', '4.7.850-899'],
    ['message-too-large', '5.3.4'],
    ['too-many-recipients', '4.5.3'],
    ['address-malformed', '5.1.7'],
    ['wrong-region', '4.4.62'],
    ['our-address-blocked', '5.7.606-649', '5.7.511'],
    ['helo-rejected', '5.7.506'],
    ['from-header-invalid', '5.7.512', '5.1.20'],
    ['sender-authentication-failed', '5.7.509', '5.7.515'],
    ['relay-denied', '5.7.64', '5.7.68', '5.7.54'],
  ]),
  // From RFC 7372, as Google and Microsoft use it. Before a message the same numbers concern the login.
  ...rows([['sender-authentication-failed', '5.7.23', '5.7.26', '5.7.27']], { stages: MAIL }),
  ...rows([['sender-authentication-failed', '5.7.9', '5.7.30']], { stages: ['data'] }),
  ...rows([['recipient-refused', '5.7.12', '5.7.124', '5.7.130-138']], { stages: MAIL }),
  // In reply to AUTH only the keyword says what 5.7.139 means. After RCPT it is one of the 5.7.13x codes.
  ...TO_RECIPIENT.flatMap((stage) => rows([['recipient-refused', '5.7.139']], { stages: [stage] })),
  // Postfix uses the same number for an unknown sender.
  { code: 'recipient-not-found', enhanced: '5.1.10', stages: TO_RECIPIENT },
  { code: 'recipient-not-found', enhanced: '5.1.1', exceptPattern: /\bsender\b/i, stages: TO_RECIPIENT },
  { code: 'connection-lost', basic: [421], enhanced: '4.4.x' },
]

/** Keywords that count with any basic code of this kind, if no enhanced code says more. */
const KEYWORD: readonly SmtpRule[] = [
  {
    code: 'sender-authentication-failed',
    basic: 'any 5xx',
    pattern:
      /\b(?:SPF|DKIM|DMARC)\b[^;]{0,60}\b(?:fail\w*|reject\w*|pass|invalid|unauthenticated|not (?:authori[sz]ed|allowed|permitted|aligned)|missing|required|violat\w*|denied)\b|\b(?:fail\w*|reject\w*|violat\w*|unauthenticated|denied)\b[^;]{0,60}\b(?:SPF|DKIM|DMARC)\b/i,
    keyword: 'SPF, DKIM or DMARC failed',
    stages: MAIL,
  },
  {
    code: 'daily-quota-exceeded',
    pattern:
      /\bcredits?\b[^.;]{0,20}\b(?:exceeded|exhausted|used up)|\b(?:daily|sending)\b[^.;]{0,30}\b(?:limits?|quota)\b[^.;]{0,20}\b(?:exceeded|reached)|\b(?:exceeded|reached)\b[^.;]{0,30}\b(?:daily|sending)\b[^.;]{0,20}\b(?:limits?|quota)/i,
    // The same text about the recipient.
    exceptPattern: /\breceiv\w*|\brecipient(?:'s|’s)?\b[^.;]{0,30}\b(?:quota|exceeded)|\bmailbox\b/i,
    keyword: 'sending quota, credits or daily limit exceeded',
  },
  {
    code: 'helo-rejected',
    pattern:
      /\b(?:HELO|EHLO)\b(?: (?:command|name|hostname|argument))?[^.;:]{0,30}\b(?:rejected|denied|refused|invalid|bad|not (?:valid|acceptable|accepted))\b|\b(?:bad|invalid|rejected) (?:HELO|EHLO)\b|need fully-qualified hostname/i,
    exceptPattern: /\bSPF\b/i,
    keyword: 'Helo command rejected, need fully-qualified hostname',
  },
  {
    code: 'helo-rejected',
    basic: [501],
    pattern: /invalid domain name/i,
    keyword: 'Invalid domain name',
    stages: ['connect', 'tls'],
  },
  {
    code: 'sender-domain-invalid',
    basic: [450, 451, 550, 553, 554],
    pattern:
      /sender address rejected: domain (?:name )?(?:not found|does not exist)|domain of sender address\b.{0,80}\bdoes not (?:exist|resolve)|sender(?:'s|’s)? domain\b[^.;]{0,60}\b(?:not found|does not exist|must (?:exist|resolve))/i,
    keyword: 'Sender address rejected: Domain not found',
    stages: MAIL,
  },
  {
    code: 'our-address-blocked',
    basic: 'any 5xx',
    pattern:
      /\bblocked using\b|\bclient host\b.{0,80}\brejected\b|\bIP\b[^.;]{0,60}\bnot (?:authori[sz]ed|allowed|permitted)\b|\b(?:IP|host|client|\[?\d{1,3}(?:\.\d{1,3}){3}\]?)\b.{0,60}\b(?:listed|blocked|black-?listed|block-?listed) (?:by|in|on|at|using)\b/i,
    // An address that may not send for a domain fails SPF. It is not on a block list.
    exceptPattern:
      /\bnot (?:authori[sz]ed|allowed|permitted) to (?:send|use)\b.{0,40}\b(?:from|for|on behalf of|as)\b|\bgr[ae]y ?list/i,
    keyword: 'blocked using (a list), Client host rejected',
  },
  {
    code: 'our-address-blocked',
    basic: 'any 5xx',
    pattern:
      /^(?=.*\b(?:IP|client|your (?:host|server|network)|address|\[?\d{1,3}(?:\.\d{1,3}){3})\b)(?=.*\b(?:blocked|block-?list\w*|black-?list\w*|denied|rejected|refused|banned|reputation|not (?:allowed|welcome|accepted))\b)/i,
    exceptPattern: /\bHELO\b|\bEHLO\b/i,
    keyword: 'your address is blocked',
    stages: ['connect'],
  },
  {
    code: 'from-header-invalid',
    basic: 'any 5xx',
    pattern:
      /\bnot (?:authori[sz]ed|allowed|permitted) to send (?:e?mail |messages? )?(?:from|as|with|using) (?:this|that|the) (?:from[- ])?header\b/i,
    keyword: 'not authorised to send from this header address',
    stages: ['data'],
  },
  {
    code: 'send-as-denied',
    basic: 'any 5xx',
    pattern:
      /not owned by user|permissions? to send as this sender|\bnot (?:authori[sz]ed|allowed|permitted) to send (?:e?mail |messages? )?(?:from|as|on behalf of)\b|\b(?:email address|sender|from address|identity|identities)\b[^.;]{0,30}\bnot (?:been )?verified\b|does not match a verified sender/i,
    exceptPattern: MACHINE,
    keyword: 'not owned by user, not authorised to send from, not verified',
    stages: MAIL,
  },
  {
    code: 'mailbox-full',
    basic: [552],
    pattern: /\bquota\b|\bstorage\b|over ?quota|mailbox (?:is )?full/i,
    keyword: 'quota, storage, mailbox full',
  },
  { code: 'too-many-recipients', basic: [552], pattern: /too many recipients/i, keyword: 'Too many recipients' },
  {
    code: 'content-rejected',
    basic: 'any 5xx',
    pattern:
      /\b(?:virus|malware|trojan|infected)\b[^.;]{0,30}\b(?:found|detected|message|content|attachment|rejected)\b|\b(?:contains?|detected|found|infected with|carries|due to|because of)\b[^.;]{0,30}\b(?:virus|malware|trojan)\b|\b(?:message|mail|content)\b[^.;]{0,40}\b(?:as|like|be|is|contains?) (?:\w+ )?spam\b|\bspam (?:message|content|detected)\b|\b(?:message|e?mail)\b[^.;]{0,40}\b(?:rejected|blocked|refused)\b[^.;]{0,40}\b(?:its |message )?content\b|\bcontent[- ](?:rejected|refused|restrictions?|policy|filter)\b|\b(?:attachment|file)(?: type)?s?\b[^.;]{0,30}\b(?:not (?:allowed|permitted|accepted)|prohibited|blocked)\b/i,
    exceptPattern:
      /\b(?:IP|client|host|sender|address|domain|URL list)\b[^.;]{0,30}\b(?:blocked|listed|banned|blacklisted|rejected)\b/i,
    keyword: 'virus, spam, content rejected',
    stages: ['data'],
  },
  {
    code: 'recipient-not-found',
    basic: 'any 5xx',
    pattern:
      /\b(?:invalid|unknown|no such) (?:recipient|user|mailbox)\b|\b(?:recipient|user|mailbox) (?:is )?(?:unknown|invalid|not found|does(?: not|n['’]t) exist)\b|\bno (?:such )?(?:user|mailbox) (?:here|by that name)\b/i,
    exceptPattern: /\bsender\b|\bfrom\b|\bauth|\blog-?in\b|\bcredentials\b/i,
    keyword: 'invalid recipient, unknown user',
    stages: TO_RECIPIENT,
  },
  // A trial account may send only to listed addresses. Mailgun rejects others with a 421.
  {
    code: 'recipient-refused',
    pattern: /\bsandbox\b.{0,160}\bauthori[sz]ed recipients?\b/i,
    keyword: 'Sandbox … authorized recipients',
    stages: TO_RECIPIENT,
  },
]

const BASIC: readonly SmtpRule[] = [
  { code: 'starttls-not-offered', basic: [454], stages: ['tls'] },
  { code: 'starttls-not-offered', basic: 'any 5xx', stages: ['tls'] },
  // At other stages a 504 concerns another parameter, such as the EHLO name.
  { code: 'auth-mechanism-unavailable', basic: [504], stages: AUTH },
  { code: 'credentials-incorrect', basic: [535], login: 'password' },
  // 5.7.139 has its own rules, which need a keyword.
  { code: 'exchange-rejected-token', basic: [535], notEnhanced: '5.7.139', login: 'xoauth2' },
  { code: 'not-authenticated', basic: [530], login: 'none', stages: ['auth', ...MAIL] },
  {
    code: 'not-authenticated',
    basic: [530],
    pattern: /\bauth|\blog ?in\b/i,
    keyword: 'Authentication required',
    stages: ['auth', ...MAIL],
  },
  { code: 'message-too-large', basic: [552], notEnhanced: '5.7.x', stages: MAIL },
  { code: 'server-busy', basic: [421], enhanced: '4.3.2' },
  { code: 'server-busy', basic: [451], enhanced: '4.7.0' },
  { code: 'server-busy', basic: 'any 4xx', pattern: TRY_AGAIN, keyword: 'busy, try again later, greylisted' },
  { code: 'temporarily-refused', basic: 'any 4xx' },
]

/** In order of precedence: names, keyword with enhanced code, enhanced code, keyword alone, basic code. */
export const SMTP_RULES: readonly SmtpRule[] = [...NAMES, ...KEYWORD_WITH_CODE, ...ENHANCED, ...KEYWORD, ...BASIC]

export interface SmtpCircumstances {
  /** Null if not known, as for a pasted text. Then a rule for a single stage counts only by its keyword. */
  stage: Stage | null
  login: SmtpFault['login']
}

export function ruleOf(reply: ParsedReply, { stage, login }: SmtpCircumstances): SmtpRule | undefined {
  return SMTP_RULES.find(
    (rule) =>
      basicIs(rule.basic, reply.basic) &&
      (rule.enhanced === undefined || hasEnhanced(reply, rule.enhanced)) &&
      (rule.notEnhanced === undefined || !hasEnhanced(reply, rule.notEnhanced)) &&
      (rule.pattern === undefined || rule.pattern.test(reply.text)) &&
      (rule.exceptPattern === undefined || !rule.exceptPattern.test(reply.text)) &&
      (rule.login === undefined || rule.login === login) &&
      isAt(rule, stage),
  )
}

const hasEnhanced = ({ enhanced }: ParsedReply, pattern: string): boolean =>
  enhanced !== null && enhancedIs(pattern, enhanced)

function isAt({ stages, pattern }: SmtpRule, stage: Stage | null): boolean {
  if (stages === undefined) return true
  if (stage !== null) return stages.includes(stage)
  // The text of a greeting (`your address is rejected`) means something else in another reply.
  const isOfMail = stages.some((each) => MAIL.includes(each))
  return isOfMail && (pattern !== undefined || stages.length > 1)
}

function basicIs(expected: SmtpRule['basic'], basic: number): boolean {
  if (expected === undefined) return basic >= 400 && basic < 600
  if (expected === 'any 4xx') return basic >= 400 && basic < 500
  if (expected === 'any 5xx') return basic >= 500 && basic < 600
  return expected.includes(basic)
}
