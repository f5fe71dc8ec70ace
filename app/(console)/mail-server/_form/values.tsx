import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { DataList } from '@/components/data-list'
import type { MailServerFields } from '@/lib/mail-server/form-fields'

/** The settings to read, for a role that may not change them. */
export function Values(props: {
  fields: MailServerFields
  cloudName: string
  /** What is told of the stored secret; null where none is stored. */
  secret: string | null
  w: PageLabels
}) {
  const {
    fields,
    w: { form: w, conflict },
  } = props
  const told = (term: string, value: string, mono = false) => ({
    term,
    value: value === '' ? <span className="text-faint">{conflict.empty}</span> : value,
    mono,
  })
  const secret = (term: string) => (props.secret === null ? [] : [told(term, props.secret)])
  const sender = [
    told(w.senderAddress, fields.senderAddress),
    told(w.senderName, fields.senderName),
    told(w.individual, fields.allowIndividualSenders ? conflict.on : conflict.off),
  ]
  if (fields.type === 'exchange-online-oauth2') {
    return (
      <DataList
        items={[
          told(w.type, w.typeExchange),
          ...sender,
          told(w.cloud, props.cloudName),
          told(w.tenantId, fields.tenantId, true),
          told(w.clientId, fields.clientId, true),
          ...secret(w.clientSecret),
        ]}
      />
    )
  }
  const security = { starttls: w.securityStarttls, tls: w.securityTls, none: w.securityNone }[fields.security]
  return (
    <DataList
      items={[
        told(w.type, w.typeSmtp),
        ...sender,
        told(w.host, fields.host),
        told(w.port, fields.port),
        told(w.security, security),
        told(w.login, fields.login === 'none' ? w.loginNone : w.loginPassword),
        ...(fields.login === 'none' ? [] : [told(w.username, fields.username), ...secret(w.password)]),
      ]}
    />
  )
}
