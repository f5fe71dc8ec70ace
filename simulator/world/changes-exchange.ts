import { type About, type Change, isOn, principalOf, text } from './change'
import { mailboxOf } from './world'
import { makeMailbox, makeSid } from './world-start'

function register({ tenant, application }: About, objectId: string): void {
  const remaining = tenant.exchangePrincipals.filter(({ appId }) => appId !== application.appId)
  tenant.exchangePrincipals = [...remaining, { appId: application.appId, objectId, sid: makeSid() }]
}

const without = (list: string[], gone: string): string[] => list.filter((item) => item !== gone)

/** What an Exchange administrator can do. */
export const EXCHANGE_CHANGES = {
  'remove-exchange': {
    does: 'The tenant never had Exchange Online (AADSTS500011).',
    make({ tenant }) {
      tenant.exchange = false
    },
  },
  'security-defaults': {
    does: 'Security defaults lock SMTP logins; “on”: false takes it back.',
    make({ tenant, parameters }) {
      tenant.securityDefaults = isOn(parameters)
    },
  },
  'register-service-principal': {
    does: 'New-ServicePrincipal with the right Object ID (or “objectId”).',
    make: (about) => register(about, text(about.parameters, 'objectId') ?? principalOf(about)),
  },
  'wrong-object-id': {
    does: 'New-ServicePrincipal with the app registration’s Object ID: the usual mistake.',
    make: (about) => register(about, about.application.objectId),
  },
  'unregister-service-principal': {
    does: 'Remove-ServicePrincipal: Exchange does not know the application.',
    make({ tenant, application }) {
      tenant.exchangePrincipals = tenant.exchangePrincipals.filter(({ appId }) => appId !== application.appId)
    },
  },
  'grant-mailbox-permission': {
    does: 'Add-MailboxPermission: FullAccess for the application.',
    make(about) {
      about.mailbox.fullAccess = [...without(about.mailbox.fullAccess, principalOf(about)), principalOf(about)]
    },
  },
  'remove-mailbox-permission': {
    does: 'Remove-MailboxPermission: the application has no right on the mailbox.',
    make(about) {
      about.mailbox.fullAccess = without(about.mailbox.fullAccess, principalOf(about))
    },
  },
  'assign-rbac-role': {
    does: 'RBAC for Applications: the role Application SMTP.SendAsApp over the mailbox; counts where the token has no role.',
    make(about) {
      about.mailbox.rbac = [...without(about.mailbox.rbac, principalOf(about)), principalOf(about)]
    },
  },
  'remove-rbac-role': {
    does: 'Takes the role Application SMTP.SendAsApp back.',
    make(about) {
      about.mailbox.rbac = without(about.mailbox.rbac, principalOf(about))
    },
  },
  'grant-send-as': {
    does: 'Lets “trustee” (an address; else noreply@) send as the mailbox.',
    make({ tenant, mailbox, parameters }) {
      const trustee = text(parameters, 'trustee') ?? tenant.mailboxes[0]?.address ?? ''
      mailbox.sendAs = [...without(mailbox.sendAs, trustee), trustee]
    },
  },
  'remove-send-as': {
    does: 'Remove-RecipientPermission: “trustee” (an address; else noreply@) may no longer send as the mailbox.',
    make({ tenant, mailbox, parameters }) {
      mailbox.sendAs = without(mailbox.sendAs, text(parameters, 'trustee') ?? tenant.mailboxes[0]?.address ?? '')
    },
  },
  'smtp-auth-mailbox': {
    does: 'Set-CASMailbox -SmtpClientAuthenticationDisabled: “disabled” true, false or null (inherit).',
    make({ mailbox, parameters }) {
      const { disabled } = parameters
      mailbox.smtpAuthDisabled =
        disabled === null || disabled === 'null' ? null : disabled !== false && disabled !== 'false'
    },
  },
  'smtp-auth-organisation': {
    does: 'Set-TransportConfig -SmtpClientAuthenticationDisabled: “disabled” true or false.',
    make({ tenant, parameters }) {
      tenant.smtpAuthDisabled = parameters.disabled !== false && parameters.disabled !== 'false'
    },
  },
  'add-mailbox': {
    does: 'Adds a mailbox (“address”).',
    make({ tenant, parameters }) {
      const address = text(parameters, 'address')
      if (address === null || !address.includes('@')) return '!Give its address.'
      if (!mailboxOf(tenant, address)) tenant.mailboxes.push(makeMailbox(address))
    },
  },
  'remove-mailbox': {
    does: 'Deletes the mailbox.',
    make({ tenant, mailbox }) {
      tenant.mailboxes = tenant.mailboxes.filter((known) => known !== mailbox)
    },
  },
  'mailbox-password': {
    does: 'Allows basic authentication with “password” for the mailbox; without one, disables it.',
    make({ mailbox, parameters }) {
      mailbox.password = text(parameters, 'password')
    },
  },
  'mailbox-full': {
    does: 'The mailbox is full; “on”: false empties it.',
    make({ mailbox, parameters }) {
      mailbox.full = isOn(parameters)
    },
  },
  'block-sender': {
    does: 'Puts the mailbox on the list of restricted senders; “on”: false takes it off.',
    make({ mailbox, parameters }) {
      mailbox.blocked = isOn(parameters)
    },
  },
} as const satisfies Record<string, Change>
