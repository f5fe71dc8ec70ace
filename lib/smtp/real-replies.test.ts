import { expect, test } from 'vitest'
import { meet } from '../../tests/support/served'
import type { SmtpScript } from '../../tests/support/servers'
import { password, xoauth2 } from '../../tests/support/smtp-attempt'
import { diagnose } from '../diagnosis'
import type { DiagnosisCode } from '../kernel'
import type { SmtpServer } from './contracts'

/** Replies of real mail servers, from issue threads, support pages and delivery statistics of 2025 and 2026. */
interface RealReply {
  from: string
  login: SmtpServer['login']['kind']
  security?: 'none'
  /** By step: a reply in place of the usual one. */
  says: Record<string, string>
  code: DiagnosisCode
  stage: string
}

const REPLIES: RealReply[] = [
  {
    from: 'Google bulk-sender codes since 2024 (support articles; ESP production data of 2026)',
    login: 'password',
    says: {
      MESSAGE:
        '550-5.7.30 This mail has been blocked because DKIM does not pass. The\r\n550-5.7.30 sender must authenticate with DKIM. To set up DKIM for your sending\r\n550-5.7.30 domains, visit\r\n550 5.7.30  https://support.google.com/mail/answer/81126#authentication d9443c01a7336-2145a9f0c2bsi1180 - gsmtp',
    },
    code: 'sender-authentication-failed',
    stage: 'data',
  },
  {
    from: 'Postfix reject_unknown_sender_domain',
    login: 'password',
    says: { RCPT: '550 5.1.8 <noreply@contoso.example>: Sender address rejected: Domain not found' },
    code: 'sender-domain-invalid',
    stage: 'recipient',
  },
  {
    from: 'Fastmail',
    login: 'password',
    says: { MESSAGE: '551 5.7.1 Not authorised to send from this header address' },
    code: 'from-header-invalid',
    stage: 'data',
  },
  {
    from: 'Gmail, NotAuthorizedError',
    login: 'none',
    says: {
      MESSAGE:
        "550-5.7.1 [203.0.113.7] The IP you're using to send mail is not authorized to\r\n550-5.7.1 send email directly to our servers. Please use the SMTP relay at your\r\n550-5.7.1 service provider instead. Learn more at\r\n550 5.7.1  https://support.google.com/mail/?p=NotAuthorizedError f64si1223417pfg.362 - gsmtp",
    },
    code: 'our-address-blocked',
    stage: 'data',
  },
  {
    from: 'Postfix reject_sender_login_mismatch',
    login: 'password',
    says: { RCPT: '553 5.7.1 <noreply@contoso.example>: Sender address rejected: not owned by user noreply' },
    code: 'send-as-denied',
    stage: 'recipient',
  },
  {
    from: 'Amazon SES sandbox or unverified sender',
    login: 'password',
    says: {
      MESSAGE:
        '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: noreply@contoso.example',
    },
    code: 'send-as-denied',
    stage: 'data',
  },
  {
    from: 'SendGrid',
    login: 'password',
    says: {
      MESSAGE:
        '550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the Sender Identity requirements',
    },
    code: 'send-as-denied',
    stage: 'data',
  },
  {
    from: 'SendGrid, credits used up',
    login: 'password',
    says: { AUTH: '451 Authentication failed: Maximum credits exceeded' },
    code: 'daily-quota-exceeded',
    stage: 'auth',
  },
  {
    from: 'Gmail, InvalidSecondFactor',
    login: 'password',
    says: {
      AUTH: '534-5.7.9 Application-specific password required. For more information, go to\r\n534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor h26sm30121397pfq.64 - gsmtp',
    },
    code: 'credentials-incorrect',
    stage: 'auth',
  },
  {
    from: 'Gmail',
    login: 'password',
    says: {
      DATA: '550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\r\n550-5.4.5 sending limits go to\r\n550 5.4.5  https://support.google.com/a/answer/166852 41be03b00d2f7-7db49914sm - gsmtp',
    },
    code: 'daily-quota-exceeded',
    stage: 'data',
  },
  {
    from: 'Exim/cPanel',
    login: 'none',
    says: {
      RCPT: '550-Please turn on SMTP Authentication in your mail client.\r\n550-app.contoso.example [203.0.113.7]:58133 is not permitted to relay\r\n550 through this server without authentication.',
    },
    code: 'not-authenticated',
    stage: 'recipient',
  },
  {
    from: 'Exim default ACL',
    login: 'password',
    says: { RCPT: '550 relay not permitted' },
    code: 'relay-denied',
    stage: 'recipient',
  },
  {
    from: 'Postfix 3 default (relay_access_denied with defer, Debian and Ubuntu)',
    login: 'password',
    says: { RCPT: '454 4.7.1 <anna@fabrikam.example>: Relay access denied' },
    code: 'relay-denied',
    stage: 'recipient',
  },
  {
    from: 'Postfix reject_non_fqdn_helo_hostname',
    login: 'password',
    says: { RCPT: '504 5.5.2 <postroom>: Helo command rejected: need fully-qualified hostname' },
    code: 'helo-rejected',
    stage: 'recipient',
  },
  {
    from: 'Exchange, any version',
    login: 'password',
    says: { EHLO: '501 5.5.4 Invalid domain name' },
    code: 'helo-rejected',
    stage: 'connect',
  },
  {
    from: 'many servers, RBL',
    login: 'password',
    says: { RCPT: '550 5.7.1 Service unavailable; client [203.0.113.7] blocked using zen.spamhaus.org' },
    code: 'our-address-blocked',
    stage: 'recipient',
  },
  {
    from: 'Exchange receive connector',
    login: 'none',
    security: 'none',
    says: { MAIL: '451 5.7.3 STARTTLS is required to send mail [AM0PR01CA0101.eurprd01.prod.exchangelabs.com]' },
    code: 'starttls-required',
    stage: 'sender',
  },
  {
    from: 'Postfix smtpd_tls_security_level=encrypt',
    login: 'none',
    security: 'none',
    says: { MAIL: '530 5.7.0 Must issue a STARTTLS command first' },
    code: 'starttls-required',
    stage: 'sender',
  },
  {
    from: 'Yahoo TSS04',
    login: 'password',
    says: {
      MAIL: '421 4.7.0 [TSS04] Messages from 203.0.113.7 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
    },
    code: 'server-busy',
    stage: 'sender',
  },
  {
    from: 'Mailgun sandbox domain',
    login: 'password',
    says: {
      MESSAGE:
        '421 Sandbox subdomains are for test purposes only. Please add your own domain or add the address to authorized recipients in Account Settings.',
    },
    code: 'recipient-refused',
    stage: 'data',
  },
  {
    from: 'Mailgun',
    login: 'password',
    says: { AUTH: '535 5.7.0 Mailgun is not loving your login or password' },
    code: 'credentials-incorrect',
    stage: 'auth',
  },
  {
    from: 'Exchange 2010/2013',
    login: 'password',
    says: { MESSAGE: '550 5.7.1 Client does not have permissions to send as this sender' },
    code: 'send-as-denied',
    stage: 'data',
  },
  {
    from: 'smtp-relay.gmail.com',
    login: 'none',
    says: {
      MAIL: "550-5.7.0 Mail relay denied [203.0.113.7]. Invalid credentials for relay for\r\n550-5.7.0 one of the domains in: contoso.example (as obtained from HELO and\r\n550-5.7.0 MAIL FROM). Email is being sent from a domain or IP address which\r\n550-5.7.0 isn't registered in your Workspace account. For more information, go to\r\n550 5.7.0  https://support.google.com/a/answer/6140680#maildenied ffacd0b85a97d-38f1si - gsmtp",
    },
    code: 'relay-denied',
    stage: 'sender',
  },
  {
    from: 'Postfix check_client_access',
    login: 'password',
    says: { RCPT: '554 5.7.1 <unknown[203.0.113.7]>: Client host rejected: Access denied' },
    code: 'our-address-blocked',
    stage: 'recipient',
  },
  {
    from: 'Barracuda in front of Exchange Online',
    login: 'password',
    says: {
      RCPT: '550 cuda_nsu 5.4.1 [anna@fabrikam.example]: Recipient address rejected: Access denied [AM0EUR02FT052.eop-EUR02.prod.protection.outlook.com]',
    },
    code: 'recipient-refused',
    stage: 'recipient',
  },
  {
    from: 'Symantec.cloud, qmail',
    login: 'password',
    says: { RCPT: '550 Invalid recipient <anna@fabrikam.example> (#5.1.1)' },
    code: 'recipient-not-found',
    stage: 'recipient',
  },
  {
    from: 'Gmail',
    login: 'password',
    says: {
      RCPT: '550-5.2.1 The email account that you tried to reach is inactive. For more\r\n550-5.2.1 information, go to\r\n550 5.2.1  https://support.google.com/mail/?p=DisabledUser 4fb4d7f45d1cf - gsmtp',
    },
    code: 'recipient-not-found',
    stage: 'recipient',
  },
  {
    from: 'Cisco ASA, inspect esmtp with its defaults',
    login: 'password',
    says: {
      GREETING: '220 ****************************************************',
      STARTTLS: '500 5.5.2 Syntax error, command XXXXXXXX unrecognized',
    },
    code: 'starttls-not-offered',
    stage: 'tls',
  },
  {
    from: 'Postfix with postgrey',
    login: 'password',
    says: {
      RCPT: '450 4.2.0 <anna@fabrikam.example>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/contoso.example.html',
    },
    code: 'server-busy',
    stage: 'recipient',
  },
  {
    from: 'Exchange Online since October 2025',
    login: 'xoauth2',
    says: {
      MESSAGE:
        "550 5.7.236 Your message can't be sent because your tenant exceeded its daily limit for sending email from onmicrosoft.com domains to external recipients (tenant MOERA recipient rate limit) [Hostname=AM0PR01MB0001.eurprd01.prod.exchangelabs.com]",
    },
    code: 'tenant-recipient-limit',
    stage: 'data',
  },
  {
    from: 'Exchange Online, aka.ms/smtp_auth_tls',
    login: 'xoauth2',
    says: {
      AUTH: '421 4.7.66 TLS 1.0 and 1.1 are not supported. Please upgrade/update your client to support TLS 1.2. Visit https://aka.ms/smtp_auth_tls. [SA9P221CA0019.NAMP221.PROD.OUTLOOK.COM]',
    },
    code: 'tls-version-unsupported',
    stage: 'auth',
  },
  {
    from: 'Outlook.com since May 2025',
    login: 'xoauth2',
    says: {
      MESSAGE:
        '550 5.7.515 Access denied, sending domain CONTOSO.EXAMPLE does not meet the required authentication level. The sender’s domain in the 5322.From address does not meet the authentication requirements defined for the sender. To learn how to fix this see: https://go.microsoft.com/fwlink/p/?linkid=2319303 Spf= Fail , Dkim= Fail , DMARC= Fail',
    },
    code: 'sender-authentication-failed',
    stage: 'data',
  },
  {
    from: 'Exchange Online mail flow rule',
    login: 'xoauth2',
    says: {
      MESSAGE:
        '550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy [AM0PR01MB0001.eurprd01.prod.exchangelabs.com 2026-11-26T08:00:00.000Z 08DE2B11AA22BB33]',
    },
    code: 'unrecognised',
    stage: 'data',
  },
  {
    from: 'Exchange Online',
    login: 'xoauth2',
    says: {
      MESSAGE:
        '451 4.3.111 Temporary server error. Please try again later MRH1 [Hostname=GVXP192MB1782.EURP192.PROD.OUTLOOK.COM]',
    },
    code: 'server-busy',
    stage: 'data',
  },
]

const LOGINS = { none: { kind: 'none' }, password, xoauth2 } as const

test.each(REPLIES)('$from is named $code at $stage', async ({ login, says, code, stage, ...reply }) => {
  const security = reply.security ?? ('starttls' as const)
  const act: SmtpScript['act'] = (line, { secured }) => {
    const step = Object.keys(says).find((verb) => line.startsWith(verb))
    return step === undefined || (step === 'GREETING' && secured) ? null : (says[step] ?? null)
  }
  const { failed } = await meet({ security, act }, { login: LOGINS[login] })
  if (!failed) throw new Error('the message was accepted')
  const diagnosis = diagnose(failed.fault, { stage: failed.stage, claims: null, login })
  expect(diagnosis).toMatchObject({ code, stage })
})
