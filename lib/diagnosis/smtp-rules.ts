import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { SmtpFault } from '../kernel/faults'
import type { Stage } from '../kernel/stage'
import { enhancedIs, type ReadReply } from './smtp-reply'

/** All that is named must hold. `says` is a keyword in the reply's own words, never a whole sentence: wording changes. */
export interface SmtpRule {
  code: DiagnosisCode
  basic?: readonly number[] | 'any 4xx' | 'any 5xx'
  enhanced?: string
  /** A family of enhanced codes with which the rule does not hold. */
  notEnhanced?: string
  says?: RegExp
  /** Words with which the rule does not hold, because they give the keyword another meaning. */
  unless?: RegExp
  /** How a person would write the keyword. */
  keyword?: string
  /** The codes that stand before the keyword as a rule, for people who search by them. */
  usually?: string
  login?: SmtpFault['login']
  /** The only stages at which the rule holds: elsewhere the same code means something else. */
  stages?: readonly Stage[]
}

type Row = [code: DiagnosisCode, ...enhanced: string[]]
const rows = (table: readonly Row[], more: Pick<SmtpRule, 'stages'> = {}): SmtpRule[] =>
  table.flatMap(([code, ...enhanced]) => enhanced.map((one) => ({ code, enhanced: one, ...more })))

const MAIL: readonly Stage[] = ['sender', 'recipient', 'data']
const AUTH: readonly Stage[] = ['auth']
const TO_RECIPIENT: readonly Stage[] = ['recipient', 'data']

/** An IP address, or a machine, in the place where a login or a person would stand. */
const MACHINE =
  /\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{1,4}:[0-9a-f:]{3,}|\bIP\b|\b(?:host|client|server) (?:\S+ )?is not\b/i
/** 421 4.4.x closes a connection that idled or broke, except where the server closes it because we came too fast. */
const RATE = /\b(?:rate|rates|throttl\w*|too (?:fast|many|much)|per (?:second|minute|hour|day))\b/i
/** Words of load, of rates, of greylisting, or of coming again. */
const COME_AGAIN =
  /\bbusy\b|\btry(?:ing)?\b|\bretry|\blater\b|\b(?:over)?load|\brate|throttl|too (?:many|much|fast)|temporar|gr[ae]y ?list|\bdefer|\bwait\b|come back|slow(?:ing)? down|concurren|not available|\bunavailable\b|not active|out of (?:memory|disk|resources)|insufficient (?:system )?(?:storage|resources)|time(?:d )?out/i

/** The name of a Microsoft exception or setting is as good as a code: it counts whatever codes stand beside it. */
const NAMES: readonly SmtpRule[] = [
  {
    code: 'smtp-auth-disabled-for-tenant',
    says: /SmtpClientAuthentication\b(?:(?!\bmailbox\b).)*\btenant\b/i,
    keyword: 'SmtpClientAuthentication … Tenant',
    usually: '535 5.7.139',
  },
  {
    code: 'smtp-auth-disabled-for-mailbox',
    says: /SmtpClientAuthentication\b(?:(?!\btenant\b).)*\bmailbox\b/i,
    keyword: 'SmtpClientAuthentication … Mailbox',
    usually: '535 5.7.139',
  },
  {
    code: 'auth-mechanism-unavailable',
    says: /unrecogni[sz]ed authentication type/i,
    keyword: 'Unrecognized authentication type',
    usually: '504 5.7.4',
  },
  { code: 'send-as-denied', says: /SendAsDenied/i, keyword: 'SendAsDenied' },
  {
    code: 'starttls-required',
    says: /\b(?:must|requires?|required|needs?|use|issue|send)\b[^.;]{0,40}\bSTARTTLS\b|\bSTARTTLS\b[^.;]{0,30}\b(?:required|needed|first|mandatory)\b/i,
    unless: /\bSTARTTLS\b[^.;]{0,30}\bnot (?:offered|supported|available|advertised)\b/i,
    keyword: 'STARTTLS required',
    stages: ['auth', ...MAIL],
  },
  {
    code: 'not-authenticated',
    says: /turn on SMTP authentication/i,
    keyword: 'Please turn on SMTP Authentication',
  },
  {
    code: 'relay-denied',
    says: /\brelay(?:ing)?\b[^.;:]{0,20}\b(?:denied|prohibited|not (?:permitted|allowed))|\b(?:not (?:permitted|allowed)|unable|do not|does not|refus\w+|den(?:y|ied)) (?:to )?relay\b/i,
    keyword: 'relay access denied, relay not permitted',
    stages: MAIL,
  },
]

const KEYWORD_WITH_CODE: readonly SmtpRule[] = [
  {
    code: 'blocked-by-security-defaults',
    basic: [535],
    enhanced: '5.7.139',
    says: /security defaults?\b/i,
    keyword: 'security defaults',
  },
  {
    code: 'blocked-by-sign-in-policy',
    basic: [535],
    enhanced: '5.7.139',
    says: /(?:did not|didn['’]t|does not) meet the criteria/i,
    keyword: 'did not meet the criteria',
  },
  {
    code: 'basic-auth-disabled',
    basic: [535],
    enhanced: '5.7.139',
    says: /basic auth(?:entication)?\b.{0,40}\bdisabled\b/i,
    keyword: 'basic authentication is disabled',
  },
  // Google answers a message without DKIM with the same number.
  {
    code: 'basic-auth-disabled',
    enhanced: '5.7.30',
    says: /\bbasic auth/i,
    keyword: 'Basic authentication is not supported',
  },
  {
    code: 'credentials-incorrect',
    basic: [535],
    enhanced: '5.7.139',
    says: /credentials?\b.{0,20}\bincorrect\b/i,
    keyword: 'credentials were incorrect',
  },
  {
    code: 'mailbox-permission-missing',
    enhanced: '4.2.0',
    says: /MapiExceptionLogonFailed|mailbox logon failure/i,
    keyword: 'MapiExceptionLogonFailed',
  },
  // In a 421 greeting nobody has named a mailbox yet.
  {
    code: 'concurrency-exceeded',
    basic: [432],
    enhanced: '4.3.2',
    says: /sender thread limit|concurrent (?:server )?connections?\b/i,
    keyword: 'sender thread limit, Concurrent connections',
  },
  {
    code: 'recipient-throttled',
    basic: [432],
    enhanced: '4.3.2',
    says: /recipient thread limit/i,
    keyword: 'recipient thread limit',
  },
  {
    code: 'daily-quota-exceeded',
    enhanced: '5.2.0',
    says: /SubmissionQuotaExceeded/i,
    keyword: 'SubmissionQuotaExceeded',
  },
  { code: 'daily-quota-exceeded', enhanced: '5.2.2', says: /submission ?quota/i, keyword: 'Submission quota' },
  {
    code: 'daily-quota-exceeded',
    enhanced: '5.4.5',
    says: /\bdaily\b|\bsending (?:limit|quota)/i,
    keyword: 'Daily … limit exceeded',
  },
  {
    code: 'sender-blocked',
    enhanced: '5.1.8',
    says: /bad outbound sender|access denied/i,
    keyword: 'bad outbound sender, Access denied',
  },
  {
    code: 'sender-domain-invalid',
    enhanced: '5.1.8',
    says: /sender address rejected|domain (?:name )?(?:not found|does not exist)|domain of sender/i,
    keyword: 'Sender address rejected: Domain not found',
  },
  {
    code: 'recipient-refused',
    enhanced: '5.4.1',
    says: /recipient address rejected/i,
    keyword: 'Recipient address rejected',
  },
  {
    code: 'recipient-refused',
    enhanced: '5.7.1',
    says: /RESOLVER\.RST\.|delivery not authori[sz]ed|not (?:authori[sz]ed|allowed|permitted) (?:to send )?to\b[^.;]{0,30}\b(?:recipient|group|mailbox|list)\b/i,
    keyword: 'RESOLVER.RST.NotAuthorized, Delivery not authorized',
    stages: TO_RECIPIENT,
  },
  {
    code: 'recipient-not-found',
    enhanced: '5.2.1',
    says: /\binactive\b|\bdisabled\b/i,
    keyword: 'inactive',
    stages: TO_RECIPIENT,
  },
  {
    code: 'helo-rejected',
    basic: [501],
    enhanced: '5.5.4',
    says: /invalid domain name/i,
    keyword: 'Invalid domain name',
  },
  { code: 'server-busy', basic: [421], enhanced: '4.4.x', says: RATE, keyword: 'rate' },
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
  // RFC 7372, and what Google and Microsoft made of it. Before a message the same numbers speak of the login.
  ...rows([['sender-authentication-failed', '5.7.23', '5.7.26', '5.7.27']], { stages: MAIL }),
  ...rows([['sender-authentication-failed', '5.7.9', '5.7.30']], { stages: ['data'] }),
  ...rows([['recipient-refused', '5.7.12', '5.7.124', '5.7.130-138']], { stages: MAIL }),
  // In reply to AUTH only its keyword tells what 5.7.139 means; after RCPT it is one of the 5.7.13x.
  ...TO_RECIPIENT.flatMap((stage) => rows([['recipient-refused', '5.7.139']], { stages: [stage] })),
  // Postfix names a sender that is unknown to itself by the same number.
  { code: 'recipient-not-found', enhanced: '5.1.10', stages: TO_RECIPIENT },
  { code: 'recipient-not-found', enhanced: '5.1.1', unless: /\bsender\b/i, stages: TO_RECIPIENT },
  { code: 'connection-lost', basic: [421], enhanced: '4.4.x' },
]

/** Words that count with any basic code of the kind, where no enhanced code says more. */
const KEYWORD: readonly SmtpRule[] = [
  {
    code: 'sender-authentication-failed',
    basic: 'any 5xx',
    says: /\b(?:SPF|DKIM|DMARC)\b[^;]{0,60}\b(?:fail\w*|reject\w*|pass|invalid|unauthenticated|not (?:authori[sz]ed|allowed|permitted|aligned)|missing|required|violat\w*|denied)\b|\b(?:fail\w*|reject\w*|violat\w*|unauthenticated|denied)\b[^;]{0,60}\b(?:SPF|DKIM|DMARC)\b/i,
    keyword: 'SPF, DKIM or DMARC failed',
    stages: MAIL,
  },
  {
    code: 'daily-quota-exceeded',
    says: /\bcredits?\b[^.;]{0,20}\b(?:exceeded|exhausted|used up)|\b(?:daily|sending)\b[^.;]{0,30}\b(?:limits?|quota)\b[^.;]{0,20}\b(?:exceeded|reached)|\b(?:exceeded|reached)\b[^.;]{0,30}\b(?:daily|sending)\b[^.;]{0,20}\b(?:limits?|quota)/i,
    // The same said of whoever receives.
    unless: /\breceiv\w*|\brecipient(?:'s|’s)?\b[^.;]{0,30}\b(?:quota|exceeded)|\bmailbox\b/i,
    keyword: 'sending quota, credits or daily limit exceeded',
  },
  {
    code: 'helo-rejected',
    says: /\b(?:HELO|EHLO)\b(?: (?:command|name|hostname|argument))?[^.;:]{0,30}\b(?:rejected|denied|refused|invalid|bad|not (?:valid|acceptable|accepted))\b|\b(?:bad|invalid|rejected) (?:HELO|EHLO)\b|need fully-qualified hostname/i,
    unless: /\bSPF\b/i,
    keyword: 'Helo command rejected, need fully-qualified hostname',
  },
  {
    code: 'helo-rejected',
    basic: [501],
    says: /invalid domain name/i,
    keyword: 'Invalid domain name',
    stages: ['connect', 'tls'],
  },
  {
    code: 'sender-domain-invalid',
    basic: [450, 451, 550, 553, 554],
    says: /sender address rejected: domain (?:name )?(?:not found|does not exist)|domain of sender address\b.{0,80}\bdoes not (?:exist|resolve)|sender(?:'s|’s)? domain\b[^.;]{0,60}\b(?:not found|does not exist|must (?:exist|resolve))/i,
    keyword: 'Sender address rejected: Domain not found',
    stages: MAIL,
  },
  {
    code: 'our-address-blocked',
    basic: 'any 5xx',
    says: /\bblocked using\b|\bclient host\b.{0,80}\brejected\b|\bIP\b[^.;]{0,60}\bnot (?:authori[sz]ed|allowed|permitted)\b|\b(?:IP|host|client|\[?\d{1,3}(?:\.\d{1,3}){3}\]?)\b.{0,60}\b(?:listed|blocked|black-?listed|block-?listed) (?:by|in|on|at|using)\b/i,
    // An address that may not send for a domain is the domain's SPF record, not a list of bad addresses.
    unless:
      /\bnot (?:authori[sz]ed|allowed|permitted) to (?:send|use)\b.{0,40}\b(?:from|for|on behalf of|as)\b|\bgr[ae]y ?list/i,
    keyword: 'blocked using (a list), Client host rejected',
  },
  {
    code: 'our-address-blocked',
    basic: 'any 5xx',
    says: /^(?=.*\b(?:IP|client|your (?:host|server|network)|address|\[?\d{1,3}(?:\.\d{1,3}){3})\b)(?=.*\b(?:blocked|block-?list\w*|black-?list\w*|denied|rejected|refused|banned|reputation|not (?:allowed|welcome|accepted))\b)/i,
    unless: /\bHELO\b|\bEHLO\b/i,
    keyword: 'your address is blocked',
    stages: ['connect'],
  },
  {
    code: 'from-header-invalid',
    basic: 'any 5xx',
    says: /\bnot (?:authori[sz]ed|allowed|permitted) to send (?:e?mail |messages? )?(?:from|as|with|using) (?:this|that|the) (?:from[- ])?header\b/i,
    keyword: 'not authorised to send from this header address',
    stages: ['data'],
  },
  {
    code: 'send-as-denied',
    basic: 'any 5xx',
    says: /not owned by user|permissions? to send as this sender|\bnot (?:authori[sz]ed|allowed|permitted) to send (?:e?mail |messages? )?(?:from|as|on behalf of)\b|\b(?:email address|sender|from address|identity|identities)\b[^.;]{0,30}\bnot (?:been )?verified\b|does not match a verified sender/i,
    unless: MACHINE,
    keyword: 'not owned by user, not authorised to send from, not verified',
    stages: MAIL,
  },
  {
    code: 'mailbox-full',
    basic: [552],
    says: /\bquota\b|\bstorage\b|over ?quota|mailbox (?:is )?full/i,
    keyword: 'quota, storage, mailbox full',
  },
  { code: 'too-many-recipients', basic: [552], says: /too many recipients/i, keyword: 'Too many recipients' },
  {
    code: 'content-rejected',
    basic: 'any 5xx',
    says: /\b(?:virus|malware|trojan|infected)\b[^.;]{0,30}\b(?:found|detected|message|content|attachment|rejected)\b|\b(?:contains?|detected|found|infected with|carries|due to|because of)\b[^.;]{0,30}\b(?:virus|malware|trojan)\b|\b(?:message|mail|content)\b[^.;]{0,40}\b(?:as|like|be|is|contains?) (?:\w+ )?spam\b|\bspam (?:message|content|detected)\b|\b(?:message|e?mail)\b[^.;]{0,40}\b(?:rejected|blocked|refused)\b[^.;]{0,40}\b(?:its |message )?content\b|\bcontent[- ](?:rejected|refused|restrictions?|policy|filter)\b|\b(?:attachment|file)(?: type)?s?\b[^.;]{0,30}\b(?:not (?:allowed|permitted|accepted)|prohibited|blocked)\b/i,
    unless:
      /\b(?:IP|client|host|sender|address|domain|URL list)\b[^.;]{0,30}\b(?:blocked|listed|banned|blacklisted|rejected)\b/i,
    keyword: 'virus, spam, content rejected',
    stages: ['data'],
  },
  {
    code: 'recipient-not-found',
    basic: 'any 5xx',
    says: /\b(?:invalid|unknown|no such) (?:recipient|user|mailbox)\b|\b(?:recipient|user|mailbox) (?:is )?(?:unknown|invalid|not found|does(?: not|n['’]t) exist)\b|\bno (?:such )?(?:user|mailbox) (?:here|by that name)\b/i,
    unless: /\bsender\b|\bfrom\b|\bauth|\blog-?in\b|\bcredentials\b/i,
    keyword: 'invalid recipient, unknown user',
    stages: TO_RECIPIENT,
  },
  // A trial account may write to listed addresses only; Mailgun says so with a 421.
  {
    code: 'recipient-refused',
    says: /\bsandbox\b.{0,160}\bauthori[sz]ed recipients?\b/i,
    keyword: 'Sandbox … authorized recipients',
    stages: TO_RECIPIENT,
  },
]

const BASIC: readonly SmtpRule[] = [
  { code: 'starttls-not-offered', basic: [454], stages: ['tls'] },
  { code: 'starttls-not-offered', basic: 'any 5xx', stages: ['tls'] },
  // A reply of 504 elsewhere speaks of another parameter, such as the EHLO name.
  { code: 'auth-mechanism-unavailable', basic: [504], stages: AUTH },
  { code: 'credentials-incorrect', basic: [535], login: 'password' },
  // 5.7.139 has rows of its own, which want its keyword.
  { code: 'exchange-rejected-token', basic: [535], notEnhanced: '5.7.139', login: 'xoauth2' },
  { code: 'not-authenticated', basic: [530], login: 'none', stages: ['auth', ...MAIL] },
  {
    code: 'not-authenticated',
    basic: [530],
    says: /\bauth|\blog ?in\b/i,
    keyword: 'Authentication required',
    stages: ['auth', ...MAIL],
  },
  { code: 'message-too-large', basic: [552], notEnhanced: '5.7.x', stages: MAIL },
  { code: 'server-busy', basic: [421], enhanced: '4.3.2' },
  { code: 'server-busy', basic: [451], enhanced: '4.7.0' },
  { code: 'server-busy', basic: 'any 4xx', says: COME_AGAIN, keyword: 'busy, try again later, greylisted' },
  { code: 'temporarily-refused', basic: 'any 4xx' },
]

/** In order of precedence: names, keyword with enhanced code, enhanced code, keyword alone, basic code. */
export const SMTP_RULES: readonly SmtpRule[] = [...NAMES, ...KEYWORD_WITH_CODE, ...ENHANCED, ...KEYWORD, ...BASIC]

export interface SmtpCircumstances {
  /** Null: not known, as of a pasted text. A rule of one stage alone then counts only by its keyword. */
  stage: Stage | null
  login: SmtpFault['login']
}

export function ruleOf(reply: ReadReply, { stage, login }: SmtpCircumstances): SmtpRule | undefined {
  return SMTP_RULES.find(
    (rule) =>
      basicIs(rule.basic, reply.basic) &&
      (rule.enhanced === undefined || hasEnhanced(reply, rule.enhanced)) &&
      (rule.notEnhanced === undefined || !hasEnhanced(reply, rule.notEnhanced)) &&
      (rule.says === undefined || rule.says.test(reply.words)) &&
      (rule.unless === undefined || !rule.unless.test(reply.words)) &&
      (rule.login === undefined || rule.login === login) &&
      isAt(rule, stage),
  )
}

const hasEnhanced = ({ enhanced }: ReadReply, pattern: string): boolean =>
  enhanced !== null && enhancedIs(pattern, enhanced)

function isAt({ stages, says }: SmtpRule, stage: Stage | null): boolean {
  if (stages === undefined) return true
  if (stage !== null) return stages.includes(stage)
  // Words of a greeting (`your address is rejected`) mean something else in another reply.
  const isOfMail = stages.some((each) => MAIL.includes(each))
  return isOfMail && (says !== undefined || stages.length > 1)
}

function basicIs(wanted: SmtpRule['basic'], basic: number): boolean {
  if (wanted === undefined) return basic >= 400 && basic < 600
  if (wanted === 'any 4xx') return basic >= 400 && basic < 500
  if (wanted === 'any 5xx') return basic >= 500 && basic < 600
  return wanted.includes(basic)
}
