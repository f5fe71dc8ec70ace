import type { Claims } from '../entra/tokens'
import { type Mailbox, mailboxOf, type Tenant, tenantOfAddress, type World } from '../world/world'
import type { Credentials, Verdict } from './smtp-host'

const SEND_AS_APP = 'SMTP.SendAsApp'
const no = (reply: string): Verdict => ({ reply, login: null })

function switchedOff(tenant: Tenant, mailbox: Mailbox): string | null {
  if (!(mailbox.smtpAuthDisabled ?? tenant.smtpAuthDisabled)) return null
  const scope = mailbox.smtpAuthDisabled === null ? 'Tenant' : 'Mailbox'
  return `SmtpClientAuthentication is disabled for the ${scope}. Visit https://aka.ms/smtp_auth_disabled for more information.`
}

function policyAgainst(tenant: Tenant, mailbox: Mailbox): string | null {
  // It is not documented whether security defaults stop an application; here they do, so that tests can meet the reply.
  return tenant.securityDefaults
    ? "user is locked by your organization's security defaults policy. Contact your administrator."
    : switchedOff(tenant, mailbox)
}

/**
 * XOAUTH2: as in Exchange, an invalid token and a mailbox that the application may not use get the same answer. A missing
 * mailbox permission passes here and is refused with the message (430); with RBAC for Applications no permission is needed.
 */
export function refuseAtLogin(
  world: World,
  user: string,
  claims: Claims | null,
  audiences: readonly string[],
  tail: string,
): Verdict {
  const unsuccessful = no(`535 5.7.3 Authentication unsuccessful ${tail}`)
  const tenant = tenantOfAddress(world, user)
  const mailbox = tenant && mailboxOf(tenant, user)
  if (!claims || !tenant || !mailbox) return unsuccessful
  if (claims.tid !== tenant.id || !audiences.includes(String(claims.aud)) || claims.scp !== undefined)
    return unsuccessful
  const against = policyAgainst(tenant, mailbox)
  if (against !== null) return no(`535 5.7.139 Authentication unsuccessful, ${against} ${tail}`)
  // With the role in the token, Exchange checks the mailbox permission; without it, the role assignment over the mailbox.
  const hasRole = Array.isArray(claims.roles) && claims.roles.includes(SEND_AS_APP)
  const mayUseSmtp = hasRole || mailbox.rbac.includes(String(claims.oid))
  const registered = tenant.exchangePrincipals.some(
    ({ appId, objectId }) => appId === claims.appid && objectId === claims.oid,
  )
  if (!mayUseSmtp || !registered) return unsuccessful
  return {
    reply: '235 2.7.0 Authentication successful',
    login: {
      who: `${String(claims.app_displayname)} (application ${String(claims.appid)})`,
      user: mailbox.address,
      tenantId: tenant.id,
      principalId: hasRole ? String(claims.oid) : null,
    },
  }
}

/** Basic authentication: disabled, except for a mailbox that the control page gave a password. */
export function refusePassword(world: World, { user, secret }: Credentials, tail: string): Verdict {
  const tenant = tenantOfAddress(world, user)
  const mailbox = tenant && mailboxOf(tenant, user)
  const unsuccessful = (why: string) => no(`535 5.7.139 Authentication unsuccessful, ${why} ${tail}`)
  if (!tenant || !mailbox || mailbox.password === null) return unsuccessful('basic authentication is disabled.')
  const against = policyAgainst(tenant, mailbox)
  if (against !== null) return unsuccessful(against)
  if (mailbox.password !== secret) return unsuccessful('the user credentials were incorrect.')
  return {
    reply: '235 2.7.0 Authentication successful',
    login: { who: `${mailbox.address} (password)`, user: mailbox.address, tenantId: tenant.id, principalId: null },
  }
}
