import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { SmtpFault } from '../kernel/faults'
import type { Stage } from '../kernel/stage'
import { enhancedIs, type ReadReply } from './smtp-reply'

/** All that is named must hold. `says` is a keyword in the reply's own words, never a whole sentence: wording changes. */
export interface SmtpRule {
  code: DiagnosisCode
  basic?: readonly number[] | 'any 4xx' | 'any 5xx'
  enhanced?: string
  says?: RegExp
  /** How a person would write the keyword. */
  keyword?: string
  login?: SmtpFault['login']
  stage?: Stage
}

type Row = [code: DiagnosisCode, ...enhanced: string[]]
const rows = (table: readonly Row[]): SmtpRule[] =>
  table.flatMap(([code, ...enhanced]) => enhanced.map((one) => ({ code, enhanced: one })))

/** Replies to STARTTLS and 530 mean one thing whatever stands behind them. */
const FIRST: readonly SmtpRule[] = [
  { code: 'starttls-not-offered', basic: [530], stage: 'tls' },
  { code: 'not-authenticated', basic: [530] },
]

/** 421 4.4.x closes a connection that idled or broke, except where the server closes it because we came too fast. */
const RATE = /\b(?:rate|rates|throttl\w*|too (?:fast|many|much)|per (?:second|minute|hour|day))\b/i

const KEYWORD: readonly SmtpRule[] = [
  {
    code: 'smtp-auth-disabled-for-tenant',
    basic: [535],
    enhanced: '5.7.139',
    says: /SmtpClientAuthentication\b(?:(?!\bmailbox\b).)*\btenant\b/i,
    keyword: 'SmtpClientAuthentication … Tenant',
  },
  {
    code: 'smtp-auth-disabled-for-mailbox',
    basic: [535],
    enhanced: '5.7.139',
    says: /SmtpClientAuthentication\b(?:(?!\btenant\b).)*\bmailbox\b/i,
    keyword: 'SmtpClientAuthentication … Mailbox',
  },
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
  {
    code: 'credentials-incorrect',
    basic: [535],
    enhanced: '5.7.139',
    says: /credentials?\b.{0,20}\bincorrect\b/i,
    keyword: 'credentials were incorrect',
  },
  { code: 'send-as-denied', enhanced: '5.2.0', says: /SendAsDenied/i, keyword: 'SendAsDenied' },
  {
    code: 'mailbox-permission-missing',
    enhanced: '4.2.0',
    says: /MapiExceptionLogonFailed|mailbox logon failure/i,
    keyword: 'MapiExceptionLogonFailed',
  },
  {
    code: 'concurrency-exceeded',
    enhanced: '4.3.2',
    says: /sender thread limit|concurrent (?:server )?connections?\b/i,
    keyword: 'sender thread limit, Concurrent connections',
  },
  {
    code: 'recipient-throttled',
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
    code: 'mailbox-full',
    enhanced: '5.2.2',
    says: /quota ?exceeded|over ?quota|mailbox (?:is )?full/i,
    keyword: 'QuotaExceeded, mailbox full',
  },
  {
    code: 'relay-denied',
    enhanced: '5.4.1',
    says: /relay(?:ing)? (?:access )?denied/i,
    keyword: 'Relay access denied',
  },
  {
    code: 'relay-denied',
    enhanced: '5.7.1',
    says: /relay(?:ing)? (?:access )?denied/i,
    keyword: 'Relay access denied',
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
    says: /unable to relay|not ?authori[sz]ed/i,
    keyword: 'Unable to relay, not authorized',
  },
  { code: 'server-busy', basic: [421], enhanced: '4.4.x', says: RATE, keyword: 'rate' },
]

const ENHANCED: readonly SmtpRule[] = [
  { code: 'credentials-incorrect', basic: [535], enhanced: '5.7.8' },
  { code: 'exchange-rejected-token', basic: [535], enhanced: '5.7.3', login: 'xoauth2' },
  { code: 'token-expires-too-soon', basic: [501], enhanced: '5.5.127' },
  { code: 'address-malformed', basic: [501], enhanced: '5.1.x' },
  ...rows([
    ['basic-auth-disabled', '5.7.30'],
    ['auth-mechanism-unavailable', '5.7.4'],
    ['not-authenticated', '5.7.57'],
    ['send-as-denied', '5.7.60', '5.2.252'],
    ['recipient-throttled', '5.2.121', '5.2.122'],
    ['daily-quota-exceeded', '5.1.90'],
    ['mailbox-full', '5.2.2'], // RFC 3463 §3.3: "Mailbox full", whatever the words
    ['sender-blocked', '5.1.8', '5.7.501-503'],
    ['tenant-blocked', '5.7.705', '5.7.708'],
    ['tenant-recipient-limit', '5.7.232', '5.7.233'],
    ['domain-not-registered', '5.7.750'],
    ['reputation-block', '4.7.500-699', '4.7.850-899'],
    ['message-too-large', '5.3.4'],
    ['too-many-recipients', '4.5.3'],
    ['address-malformed', '5.1.7'],
    ['recipient-not-found', '5.1.10', '5.1.1'],
    ['recipient-refused', '5.7.12', '5.7.124', '5.7.130-138'],
    ['relay-denied', '5.7.64', '5.7.68', '5.7.54'],
    ['wrong-region', '4.4.62'],
    ['our-address-blocked', '5.7.606-649', '5.7.511'],
    ['helo-rejected', '5.7.506'],
    ['from-header-invalid', '5.7.512', '5.1.20'],
  ]),
  // In reply to AUTH only its keyword tells what 5.7.139 means; after RCPT it is one of the 5.7.13x.
  { code: 'recipient-refused', enhanced: '5.7.139', stage: 'recipient' },
  { code: 'recipient-refused', enhanced: '5.7.139', stage: 'data' },
  { code: 'connection-lost', basic: [421], enhanced: '4.4.x' },
]

const BASIC: readonly SmtpRule[] = [
  { code: 'starttls-not-offered', basic: [454], stage: 'tls' },
  { code: 'starttls-not-offered', basic: 'any 5xx', stage: 'tls' },
  {
    code: 'auth-mechanism-unavailable',
    basic: 'any 5xx',
    says: /unrecogni[sz]ed authentication type/i,
    keyword: 'Unrecognized authentication type',
  },
  // A reply of 504 elsewhere speaks of another parameter, such as the EHLO name.
  { code: 'auth-mechanism-unavailable', basic: [504], stage: 'auth' },
  { code: 'credentials-incorrect', basic: [535], login: 'password' },
  { code: 'message-too-large', basic: [552] },
  { code: 'server-busy', basic: 'any 4xx' },
]

/** In order of precedence: keyword with enhanced code, enhanced code, basic code. */
export const SMTP_RULES: readonly SmtpRule[] = [...FIRST, ...KEYWORD, ...ENHANCED, ...BASIC]

export interface SmtpCircumstances {
  stage: Stage
  login: SmtpFault['login']
}

export function ruleOf(reply: ReadReply, { stage, login }: SmtpCircumstances): SmtpRule | undefined {
  return SMTP_RULES.find(
    (rule) =>
      basicIs(rule.basic, reply.basic) &&
      (rule.enhanced === undefined || (reply.enhanced !== null && enhancedIs(rule.enhanced, reply.enhanced))) &&
      (rule.says === undefined || rule.says.test(reply.words)) &&
      (rule.login === undefined || rule.login === login) &&
      (rule.stage === undefined || rule.stage === stage),
  )
}

function basicIs(wanted: SmtpRule['basic'], basic: number): boolean {
  if (wanted === undefined) return basic >= 400 && basic < 600
  if (wanted === 'any 4xx') return basic >= 400 && basic < 500
  if (wanted === 'any 5xx') return basic >= 500 && basic < 600
  return wanted.includes(basic)
}
