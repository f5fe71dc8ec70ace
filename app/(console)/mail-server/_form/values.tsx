import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { DataList } from '@/components/data-list'
import type { MailServerFields } from '@/lib/mail-server/form-fields'

/** The settings, for a role that may not change them. */
export function Values(props: {
  fields: MailServerFields
  cloudName: string
  /** Facts about the stored secret; null if none is stored. */
  secret: string | null
  w: PageLabels
}) {
  const { fields } = props
  const { form: w, conflict } = props.w
  const fact = (term: string, value: string, mono = false) => ({
    term,
    value: value === '' ? <span className="text-faint">{conflict.empty}</span> : value,
    mono,
  })
  const secret = (term: string) => (props.secret === null ? [] : [fact(term, props.secret)])
  const sender = [
    fact(w.senderAddress, fields.senderAddress),
    fact(w.senderName, fields.senderName),
    fact(w.individual, fields.allowIndividualSenders ? conflict.on : conflict.off),
  ]
  if (fields.type === 'exchange-online-oauth2') {
    return (
      <DataList
        items={[
          fact(w.type, w.typeExchange),
          ...sender,
          fact(w.cloud, props.cloudName),
          fact(w.tenantId, fields.tenantId, true),
          fact(w.clientId, fields.clientId, true),
          ...secret(w.clientSecret),
        ]}
      />
    )
  }
  const security = { starttls: w.securityStarttls, tls: w.securityTls, none: w.securityNone }[fields.security]
  return (
    <DataList
      items={[
        fact(w.type, w.typeSmtp),
        ...sender,
        fact(w.host, fields.host),
        fact(w.port, fields.port),
        fact(w.security, security),
        fact(w.login, fields.login === 'none' ? w.loginNone : w.loginPassword),
        ...(fields.login === 'none' ? [] : [fact(w.username, fields.username), ...secret(w.password)]),
      ]}
    />
  )
}
